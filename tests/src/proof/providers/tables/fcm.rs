//! FCM HTTP v1: PROVIDERS.md §1.1 (the exchange of the key) and §1.5.

use serde_json::{Value, json};

use super::super::row::{Aim, Answer, Row, row};
use super::super::then::Then::{
    Again, Dropped, Failed, LaneWaits, RunPauses, SenderStops, Sent, SentAfterRenewal, SentAgain, Waits,
};

const PAGE: &str = "<!DOCTYPE html><html lang=en><title>Error</title><p>That’s an error.</html>";

/// An error with FCM's own code.
fn error(http: u16, status: &str, code: &str) -> Answer {
    with_details(http, status, code, &[])
}

fn with_details(http: u16, status: &str, code: &str, more: &[Value]) -> Answer {
    let own = json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code});
    let details: Vec<Value> = std::iter::once(own).chain(more.iter().cloned()).collect();
    let error = json!({"code": http, "message": "words", "status": status, "details": details});
    Answer::http(http, json!({ "error": error })).shown(format!("{http} {code}"))
}

/// An error of Google's front end, without FCM's code.
fn bare(http: u16, status: &str) -> Answer {
    let error = json!({"code": http, "message": "words", "status": status});
    Answer::http(http, json!({ "error": error })).shown(format!("{http} {status}, no FcmError"))
}

fn violation(field: &str) -> Value {
    let violations = json!([{"field": field, "description": "invalid"}]);
    json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations})
}

fn quota_of(subject: &str) -> Value {
    let violations = json!([{"subject": subject, "description": "Message rate exceeded"}]);
    json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations})
}

fn blames(field: &str) -> Answer {
    let answer = with_details(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", &[violation(field)]);
    answer.shown(format!("400 INVALID_ARGUMENT on {field}"))
}

pub(in super::super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("200", Answer::taken("200 with a name"), Sent),
        row(
            "UNSPECIFIED_ERROR",
            error(500, "INTERNAL", "UNSPECIFIED_ERROR"),
            Again(0),
        ),
        row("UNREGISTERED", error(404, "NOT_FOUND", "UNREGISTERED"), Dropped),
        row("INTERNAL", error(500, "INTERNAL", "INTERNAL"), Again(0)),
        row("UNAVAILABLE", error(503, "UNAVAILABLE", "UNAVAILABLE"), Again(0)),
        row(
            "THIRD_PARTY_AUTH_ERROR",
            error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
            SenderStops,
        ),
        row("401 without FcmError", bare(401, "UNAUTHENTICATED"), SentAfterRenewal).case("once"),
        row("401 without FcmError", bare(401, "UNAUTHENTICATED"), SenderStops)
            .case("again and again")
            .says("401"),
        row("403 without FcmError", bare(403, "PERMISSION_DENIED"), SenderStops).says("PERMISSION_DENIED"),
        row("404 without FcmError", bare(404, "NOT_FOUND"), SenderStops).says("NOT_FOUND"),
        row(
            "404 without FcmError",
            Answer::http(404, PAGE).shown("404 with a page"),
            SenderStops,
        )
        .case("a page")
        .says("404"),
        row(
            "502 or HTML",
            Answer::http(502, PAGE).shown("502 with a page"),
            Waits(30),
        )
        .says("502"),
        row("reset or timeout", Answer::ending("reset_after"), SentAgain).says(""),
        row("reset or timeout", Answer::ending("lost_reply"), SentAgain)
            .case("no answer")
            .says(""),
    ];
    rows.extend(invalid_arguments());
    rows.extend(other_projects());
    rows.extend(too_fast());
    rows.extend(exchange());
    rows
}

/// Blames the token only if the content was accepted for somebody (§1.5, §7 rule 5).
fn invalid_arguments() -> [Row; 4] {
    let oversize = bare(400, "INVALID_ARGUMENT").shown("400 INVALID_ARGUMENT without details");
    [
        row("INVALID_ARGUMENT", blames("message.token"), Dropped)
            .case("token, the content has passed")
            .with(1),
        row("INVALID_ARGUMENT", blames("message.token"), Failed)
            .case("token, nothing has passed")
            .of(1),
        row("INVALID_ARGUMENT", blames("message.notification"), RunPauses).case("payload"),
        row("INVALID_ARGUMENT", oversize, RunPauses).case("too big"),
    ]
}

/// The token is given up unless nothing of ours was ever accepted, because then the credentials may belong to another
/// app.
fn other_projects() -> [Row; 2] {
    let mismatch = || error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH");
    [
        row("SENDER_ID_MISMATCH", mismatch(), Dropped)
            .case("the content has passed")
            .with(1),
        row("SENDER_ID_MISMATCH", mismatch(), Failed)
            .case("nothing has passed")
            .of(1),
    ]
}

fn too_fast() -> [Row; 4] {
    let quota = |subject| {
        let details = [quota_of(subject)];
        with_details(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", &details)
    };
    let device = quota("device:1")
        .shown("429 QUOTA_EXCEEDED of a device")
        .header("retry-after", "90");
    let unavailable = error(503, "UNAVAILABLE", "UNAVAILABLE").header("retry-after", "3");
    [
        row(
            "QUOTA_EXCEEDED",
            quota("project:p").header("retry-after", "120"),
            LaneWaits(120),
        ),
        row("QUOTA_EXCEEDED", quota("project:p"), LaneWaits(60)).case("no Retry-After"),
        row("QUOTA_EXCEEDED", device, Waits(90)).case("a device's"),
        row("UNAVAILABLE", unavailable, Again(3)).case("Retry-After"),
    ]
}

/// §1.1: what the token endpoint may answer.
fn exchange() -> Vec<Row> {
    let refused = |error: &str| {
        Answer::http(400, json!({"error": error, "error_description": "words"}))
            .shown(format!("token endpoint: 400 {error}"))
    };
    let passing = |status: u16| Answer::http(status, "").shown(format!("token endpoint: {status}"));
    let again = |code, answer| row(code, answer, Again(0)).aim(Aim::Account).says("token endpoint");
    vec![
        again("exchange 5xx", passing(503)),
        again("exchange 408", passing(408)),
        again("exchange 429", passing(429)),
        again("exchange internal_failure", refused("internal_failure")),
        again("exchange server_error", refused("server_error")),
        again("exchange temporarily_unavailable", refused("temporarily_unavailable")),
        row("exchange invalid_grant", refused("invalid_grant"), SenderStops)
            .aim(Aim::Account)
            .says("invalid_grant"),
    ]
}
