//! WhatsApp from a connected number: WAHA (PROVIDERS.md §5.8) and Green-API (§5.9).

use serde_json::json;

use super::super::row::{Aim, Answer, Row, row};
use super::super::then::Then::{
    self, Delivered, Dropped, Failed, InDoubt, LaneWaits, Read, RunPauses, SenderStops, StaysSent, StopsOnly, Waits,
};

/// A state of the session or instance that a call reports, and whether it stops the sender.
pub(in super::super) type State = (&'static str, bool);

pub(in super::super) const WAHA_STATES: [State; 6] = [
    ("STOPPED", true),
    ("STARTING", false),
    ("SCAN_QR_CODE", true),
    ("PASSKEY_REQUIRED", true),
    ("PASSKEY_CONFIRMATION_REQUIRED", true),
    ("FAILED", true),
];
pub(in super::super) const GREEN_API_STATES: [State; 6] = [
    ("notAuthorized", true),
    ("blocked", true),
    ("sleepMode", false),
    ("starting", false),
    ("yellowCard", true),
    ("suspended", true),
];

pub(in super::super) fn waha() -> Vec<Row> {
    let state = |code: &'static str, then| {
        let body = json!({
            "error": "Session status is not as expected. Try again later or restart the session",
            "session": "default", "status": code, "expected": ["WORKING"],
        });
        row(code, Answer::http(422, body).shown(format!("422 status {code}")), then)
    };
    let ack = |code: &'static str, ack: &str, then: Then| {
        let answer = Answer::report(&[("ack", ack)]).shown(format!("201; ack {ack}"));
        row(code, answer, then)
    };
    vec![
        row("WORKING", Answer::taken("201; ack DEVICE"), Delivered),
        state("STOPPED", SenderStops),
        state("STARTING", Waits(15)),
        state("SCAN_QR_CODE", SenderStops),
        state("PASSKEY_REQUIRED", SenderStops),
        state("PASSKEY_CONFIRMATION_REQUIRED", SenderStops),
        state("FAILED", SenderStops),
        row(
            "numberExists false",
            Answer::http(200, json!({"numberExists": false})).shown("check-exists: numberExists false"),
            Dropped,
        )
        .aim(Aim::NumberCheck)
        .says("numberExists"),
        ack("ack ERROR", "-1", Failed).says("ERROR"),
        ack("ack PENDING", "0", StaysSent),
        ack("ack SERVER", "1", StaysSent),
        ack("ack DEVICE", "2", Delivered),
        ack("ack READ", "3", Read),
        ack("ack PLAYED", "4", Read),
        row("lost reply", Answer::ending("reset_after"), InDoubt).says(""),
    ]
}

pub(in super::super) fn green_api() -> Vec<Row> {
    let words =
        |code, http, text: &str, then| row(code, Answer::http(http, text).shown(format!("{http} {text}")), then);
    let told = |code: &'static str, then| {
        let status = code.rsplit(' ').next().unwrap_or_default();
        row(code, Answer::report(&[("status", status)]), then).says(if failed(then) { status } else { "" })
    };
    let quota = json!({"correspondentsStatus": {"method": "correspondents", "used": 3, "total": 3, "status": "CORRESPONDENTS_QUOTE_EXCEEDED"}});
    vec![
        row(
            "authorized",
            Answer::taken("200 with an idMessage; status delivered"),
            Delivered,
        ),
        row(
            "429",
            Answer::http(429, "Too Many Requests").header("retry-after", "30"),
            LaneWaits(30),
        ),
        row("466", Answer::http(466, quota), SenderStops),
        words("400 starting", 400, "instance in starting process try later", Waits(15)).says("starting process"),
        words(
            "400 not authorized",
            400,
            "instance account not authorized",
            SenderStops,
        )
        .says("not authorized"),
        words("400 bad request data", 400, "bad request data", RunPauses).says("bad request data"),
        words(
            "400 chat limit",
            400,
            "chat limit of the tariff is reached",
            SenderStops,
        )
        .says("limit of the tariff"),
        words("suspended", 403, "instance is suspended", SenderStops).says("403"),
        told("outgoing sent", StaysSent),
        told("outgoing delivered", Delivered),
        told("outgoing read", Read),
        told("outgoing failed", Failed),
        told("outgoing fail", Failed),
        told("outgoing noAccount", Dropped),
        told("outgoing notInGroup", Failed),
        told("outgoing yellowCard", StopsOnly).says("yellowCard"),
        row("lost reply", Answer::ending("reset_after"), InDoubt).says(""),
    ]
}

fn failed(then: Then) -> bool {
    matches!(then, Failed | Dropped)
}
