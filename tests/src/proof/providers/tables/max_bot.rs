//! MAX by a bot (PROVIDER-MAX.md, M.7). That an unknown authority stops a request before it is sent, the client's own tests show.

use serde_json::json;

use super::super::row::{Answer, Row, row};
use super::super::then::Then::{self, Again, Failed, Held, InDoubt, LaneWaits, OptedOut, RunPauses, SenderStops, Sent};

const PAGE: &str = "<html><title>Error</title></html>";

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        row("200 with mid", Answer::taken("200 with message.body.mid"), Sent),
        plain(
            "200 without mid",
            Answer::http(200, json!({"message": {"body": {}}})),
            InDoubt,
        ),
        plain("200 without mid", Answer::http(200, PAGE), InDoubt).case("a page"),
        plain(
            "200 success:false",
            Answer::http(200, json!({"success": false, "message": "no", "code": "chat.denied"})),
            Failed,
        ),
        refused(
            400,
            "400 attachment.not.ready",
            "Key: errors.process.attachment.photo.not.processed",
            Again(0),
        ),
        refused(
            400,
            "400 proto.payload",
            "text: size must be between 0 and 4000",
            RunPauses,
        ),
        plain(
            "400 other",
            Answer::http(400, json!({"code": "proto.payload", "message": "Unknown recipient"})),
            Failed,
        ),
        plain(
            "400 other",
            Answer::http(400, json!({"code": "of.the.future", "message": ""})),
            Failed,
        )
        .case("a code of the future"),
        refused(401, "401 verify.token", "Invalid access_token", SenderStops),
        refused(
            403,
            "403 chat.denied",
            "Key: error.dialog.suspended, args: [{recipient},]",
            OptedOut,
        ),
        plain(
            "403 other",
            Answer::http(403, json!({"code": "access.denied", "message": ""})),
            Failed,
        ),
        refused(404, "404 chat.not.found", "Chat {recipient} not found", Held),
        refused(404, "404 dialog.not.found", "", Held),
        plain("404 no JSON code", Answer::http(404, PAGE), SenderStops),
        plain(
            "405",
            Answer::http(405, json!({"code": "method.not.allowed", "message": ""})),
            SenderStops,
        ),
        plain("3xx", Answer::http(302, ""), SenderStops),
        refused_with(
            Answer::http(429, json!({"code": "too.many.requests", "message": ""})).header("retry-after", "30"),
            "429 too.many.requests",
            LaneWaits(30),
        ),
        plain(
            "503 JSON code",
            Answer::http(503, json!({"code": "service.unavailable", "message": ""})),
            Again(0),
        ),
        plain(
            "500",
            Answer::http(500, json!({"code": "internal", "message": ""})),
            InDoubt,
        ),
        plain("502", Answer::http(502, PAGE), InDoubt),
        plain("504", Answer::http(504, PAGE), InDoubt),
        plain("503 without JSON", Answer::http(503, PAGE), InDoubt),
        row("connection lost after sending", Answer::ending("reset_after"), InDoubt).says(""),
    ]
}

/// The page names status and code, and the code stands in the reason.
fn refused(status: u16, code: &'static str, message: &str, then: Then) -> Row {
    let told = code.split_once(' ').map_or(code, |(_, code)| code);
    refused_with(
        Answer::http(status, json!({"code": told, "message": message})),
        code,
        then,
    )
}

fn refused_with(answer: Answer, code: &'static str, then: Then) -> Row {
    let told = code.split_once(' ').map_or(code, |(_, code)| code);
    row(code, answer, then).says(told)
}

/// The page names the status only, which the reason has.
fn plain(code: &'static str, answer: Answer, then: Then) -> Row {
    row(code, answer, then).says("HTTP ")
}
