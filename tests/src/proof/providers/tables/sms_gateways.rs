//! SMS over HTTP: Twilio (PROVIDERS.md §4.6), SMSC.ru (§4.7), SMS.ru (§4.8), Kannel (§4.9).

use serde_json::json;

use super::super::row::{Answer, Row, row};
use super::super::then::Then::{
    self, Again, AgainLater, CountryStops, Delivered, Dropped, Failed, Held, InDoubt, LaneWaits, OptedOut, PausesLater,
    Read, RunPauses, SenderStops, Sent, StaysSent, StopsLater, Waits,
};

/// A report whose status is the last word of the row's code: `status 22`.
fn told(code: &'static str, then: Then) -> Row {
    let status = code.rsplit(' ').next().unwrap_or_default();
    row(code, Answer::report(&[("status", status)]), then)
}

pub(in super::super) fn smsc_ru() -> Vec<Row> {
    let error = |code: &'static str, then| {
        let number: u64 = code.rsplit(' ').next().unwrap_or_default().parse().unwrap_or_default();
        let body = json!({"error": "words", "error_code": number});
        row(
            code,
            Answer::http(200, body).shown(format!("200 error_code {number}")),
            then,
        )
    };
    vec![
        row("200", Answer::taken("200 with an id; reported: 1"), Delivered),
        error("error 1", RunPauses),
        error("error 2", SenderStops),
        error("error 3", SenderStops),
        error("error 4", SenderStops),
        error("error 5", RunPauses),
        error("error 6", RunPauses),
        error("error 7", Dropped),
        error("error 8", Dropped),
        error("error 9", Waits(60)),
        // The reply is lost before the message was accepted, so the look-up that follows is answered "not found".
        row(
            "status -3",
            Answer::ending("reset_before").shown("reset before; status.php: -3"),
            InDoubt,
        )
        .says(""),
        told("status -2", Failed),
        told("status -1", StaysSent),
        told("status 0", StaysSent),
        told("status 1", Delivered),
        told("status 2", Delivered),
        told("status 3", Failed),
        told("status 4", Delivered),
        told("status 20", Failed),
        told("status 22", Dropped),
        told("status 23", Failed),
        told("status 24", Failed),
        told("status 25", Failed),
        row(
            "lost reply",
            Answer::ending("reset_after").shown("reset after; reported: 1"),
            Delivered,
        ),
    ]
}

pub(in super::super) fn sms_ru() -> Vec<Row> {
    let body = |own: u64, number: u64| {
        let of_number = json!({"status": "ERROR", "status_code": number, "status_text": "words"});
        json!({"status": "OK", "status_code": own, "sms": {"{recipient}": of_number}})
    };
    let number = |code: &'static str| {
        code.rsplit(' ')
            .next()
            .and_then(|code| code.parse().ok())
            .unwrap_or_default()
    };
    // Rows that concern a single number.
    let of_number = |code: &'static str, then| {
        let own: u64 = number(code);
        row(
            code,
            Answer::http(200, body(100, own)).shown(format!("200 status_code {own} of the number")),
            then,
        )
    };
    // Rows that concern the whole request.
    let of_request = |code: &'static str, then| {
        let own: u64 = number(code);
        let body = json!({"status": "ERROR", "status_code": own, "status_text": "words"});
        row(
            code,
            Answer::http(200, body).shown(format!("200 status_code {own}")),
            then,
        )
    };
    let mut rows = vec![
        row("100", Answer::taken("200 status_code 100; reported: 103"), Delivered),
        of_number("error 150", Failed),
        of_number("error 202", Dropped),
        of_number("error 207", Dropped),
        of_number("error 209", Held),
        of_number("error 214", Held),
        of_number("error 230", Held),
        of_number("error 231", Held),
        of_number("error 232", Held),
        of_number("error 233", Held),
        of_request("error 220", Waits(60)),
        of_request("error 500", Waits(60)),
        // Nothing is known about it, so nothing changes.
        row("status -1", Answer::report(&[("status", "-1")]), Sent),
        told("status 100", StaysSent),
        told("status 101", StaysSent),
        told("status 102", StaysSent),
        told("status 103", Delivered),
        told("status 104", Failed),
        told("status 105", Failed),
        told("status 106", Failed),
        told("status 107", Failed),
        told("status 108", Failed),
        told("status 110", Read),
        told("status 150", Failed),
    ];
    let wrong = [
        "error 203",
        "error 205",
        "error 208",
        "error 210",
        "error 211",
        "error 212",
        "error 213",
        "error 216",
    ];
    let stops = [
        "error 200",
        "error 201",
        "error 204",
        "error 206",
        "error 300",
        "error 301",
        "error 302",
        "error 303",
        "error 304",
        "error 305",
        "error 901",
        "error 902",
    ];
    rows.extend(wrong.map(|code| of_request(code, RunPauses)));
    rows.extend(stops.map(|code| of_request(code, SenderStops)));
    rows
}

pub(in super::super) fn twilio() -> Vec<Row> {
    let error = |code: &'static str, http: u16, then| {
        let number: u64 = code.parse().unwrap_or_default();
        let body = json!({"code": number, "message": "words", "more_info": "words", "status": http});
        row(code, Answer::http(http, body).shown(format!("{http} {code}")), then)
    };
    let undelivered = |code| Answer::report(&[("MessageStatus", "undelivered"), ("ErrorCode", code)]);
    let report = |code: &'static str, then| row(code, undelivered(code), then);
    vec![
        row("201", Answer::taken("201 with a sid; reported: delivered"), Delivered),
        error("20003", 401, SenderStops),
        error("20404", 404, RunPauses),
        error("20429", 429, Again(1)),
        error("21211", 400, Dropped),
        error("21614", 400, Dropped),
        error("21635", 400, Dropped),
        error("21212", 400, SenderStops),
        error("21606", 400, SenderStops),
        error("21408", 400, CountryStops).case("as 400"),
        error("21408", 403, CountryStops).case("as 403"),
        error("21610", 400, OptedOut),
        error("21611", 429, LaneWaits(60)).case("as 429"),
        error("21611", 400, LaneWaits(60)).case("as 400"),
        error("21612", 400, Failed),
        report("30001", AgainLater(60)),
        report("30002", StopsLater).of(1),
        report("30003", AgainLater(900)),
        report("30004", Failed),
        report("30005", Dropped),
        report("30006", Dropped),
        report("30007", PausesLater).kept_open_by(undelivered("30003")),
        report("30008", AgainLater(900)),
        report("30034", CountryStops),
        report("63016", Failed),
        row("timeout", Answer::ending("reset_before"), InDoubt)
            .says("")
            .case("no callback comes"),
        row(
            "timeout",
            Answer::ending("lost_reply").shown("lost reply; reported: delivered"),
            Delivered,
        )
        .case("settled by the callback"),
    ]
}

pub(in super::super) fn kannel() -> Vec<Row> {
    let reply =
        |code, http, text: &str, then| row(code, Answer::http(http, text).shown(format!("{http} {text}")), then);
    vec![
        row(
            "202 0",
            Answer::taken("202 0: Accepted for delivery; reported: 1"),
            Delivered,
        ),
        reply("202 3", 202, "3: Queued for later delivery", Sent),
        reply("4xx", 400, "Missing receiver number", RunPauses)
            .case("the request")
            .says("HTTP 400"),
        reply("4xx", 403, "Authorization failed for sendsms", SenderStops)
            .case("the user")
            .says("HTTP 403"),
        reply("503", 503, "Temporal failure, try again later.", Again(0)).says("Temporal failure"),
        told("dlr 1", Delivered),
        told("dlr 2", Failed).says("status 2"),
        told("dlr 4", StaysSent),
        told("dlr 8", StaysSent),
        told("dlr 16", Failed).says("status 16"),
    ]
}
