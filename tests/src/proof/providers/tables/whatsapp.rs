//! WhatsApp through Meta's Cloud API: PROVIDERS.md §5.5 (codes) and §5.6 (statuses).

use serde_json::json;

use super::super::row::{Answer, Row, row};
use super::super::then::Then::{
    self, Again, AgainLater, CountryStops, Delivered, Failed, Held, InDoubt, LaneWaits, OptedOut, OptedOutLater,
    PausesLater, Read, RunPauses, SenderStops, StaysSent, StopsLater, Waits,
};

/// Token, permission, account, number: nothing goes out until a human has acted.
const STOPS: [&str; 24] = [
    "0", "190", "3", "10", "200", "299", "33", "368", "131031", "131005", "131037", "131042", "131045", "131048",
    "131055", "131063", "133000", "133005", "133006", "133008", "133009", "133010", "133015", "133016",
];
/// The request or the template, for everybody.
const WRONG: [&str; 23] = [
    "100", "130501", "131008", "131009", "131021", "131030", "131051", "131053", "131064", "132000", "132001",
    "132005", "132007", "132008", "132012", "132018", "132015", "132016", "132068", "132069", "134011", "134100",
    "134102",
];
const OF_ONE: [(&str, Then); 20] = [
    ("1", Again(0)),
    ("2", Again(0)),
    ("131000", Again(0)),
    ("131016", Again(0)),
    ("133004", Again(0)),
    ("4", LaneWaits(60)),
    ("80007", LaneWaits(60)),
    ("131057", LaneWaits(180)),
    ("134101", LaneWaits(600)),
    ("130403", Held),
    ("130472", Held),
    ("130497", CountryStops),
    ("131047", Held),
    // 24 hours are longer than the mailing's life, so the message is suppressed, and another channel could follow.
    ("131049", Held),
    ("137000", Held),
    ("131050", OptedOut),
    // Once more later; the quarter of an hour is Bellhop's choice.
    ("131026", Waits(900)),
    ("131062", Failed),
    ("131052", Waits(60)),
    ("131056", Again(6)),
];

fn code(code: &'static str, then: Then) -> Row {
    row(code, answer(code), then)
}

fn answer(code: &str) -> Answer {
    let number: i64 = code.parse().unwrap_or_default();
    let body = json!({"error": {
        "message": format!("(#{code}) words"), "type": "OAuthException", "code": number,
        "error_data": {"messaging_product": "whatsapp", "details": "words"}, "fbtrace_id": "A",
    }});
    Answer::http(400, body).shown(format!("400 code {code}"))
}

fn later(code: &'static str, then: Then) -> Row {
    let answer = Answer::report(&[("code", code)]).shown(format!("200; status failed, code {code}"));
    row(code, answer, then).case("by a status")
}

fn status(code: &'static str, last: &str, then: Then) -> Row {
    let answer = Answer::report(&[("status", last)]).shown(format!("200; status {last}"));
    row(code, answer, then)
}

pub(in super::super) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = STOPS.map(|number| code(number, SenderStops)).into();
    rows.extend(WRONG.map(|number| code(number, RunPauses)));
    rows.push(code("135000", RunPauses));
    rows.extend(OF_ONE.map(|(number, then)| code(number, then)));
    rows.extend([
        row(
            "HTTP 200",
            Answer::taken("200 with a wamid; status delivered"),
            Delivered,
        ),
        row("130429", answer("130429").header("retry-after", "30"), LaneWaits(30)),
        row("timeout", Answer::ending("reset_before"), InDoubt)
            .says("")
            .case("no status comes"),
        row(
            "timeout",
            Answer::ending("reset_after").shown("reset after; status delivered"),
            Delivered,
        )
        .case("settled by a status"),
        status("status sent", "sent", StaysSent),
        status("status delivered", "delivered", Delivered),
        status("status read", "read", Read),
        status("status played", "played", Read),
        later("131026", AgainLater(900)),
        later("131047", Failed),
        later("131049", Failed),
        later("131050", OptedOutLater),
        // Another guest waits a minute.
        later("132015", PausesLater).kept_open_by(answer("131052")),
        later("190", StopsLater),
        // The next report after the resume.
        later("131031", StopsLater),
    ]);
    rows
}
