//! PROVIDERS.md §3.6, row by row.

use crate::http::Answer;
use crate::web_push::outcome::{ServiceReply, Trust, outcome};
use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use std::time::Duration;

const HTML: &str = "<!DOCTYPE html><html><title>Error</title></html>";

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

fn class(outcome: Outcome) -> (&'static str, Option<u64>) {
    match outcome {
        Outcome::Accepted { .. } => ("accepted", None),
        Outcome::Retry { after, .. } => ("retry", after.map(|d| d.as_secs())),
        Outcome::Throttled {
            scope: ThrottleScope::Recipient,
            after,
            ..
        } => ("throttled", after.map(|d| d.as_secs())),
        Outcome::Throttled { .. } => ("throttled sender", None),
        Outcome::OnceMore { .. } => ("once more", None),
        Outcome::CountryStopped { .. } => ("country stopped", None),
        Outcome::RecipientGone { .. } => ("gone", None),
        Outcome::Held { .. } => ("held", None),
        Outcome::OptedOut { .. } => ("opted out", None),
        Outcome::Failed { .. } => ("failed", None),
        Outcome::Rejected { .. } => ("rejected", None),
        Outcome::Misconfigured { .. } => ("misconfigured", None),
        Outcome::Unknown { .. } => ("unknown", None),
    }
}

fn judged(answer: &Answer, proven: bool) -> Outcome {
    let key = if proven { Trust::Proven } else { Trust::Unproven };
    outcome(ServiceReply::of(answer), answer.retry_after, key, proven)
}

fn mozilla(code: u16, errno: u16) -> Answer {
    answer(
        code,
        &format!(r#"{{"code":{code},"errno":{errno},"error":"E","message":"Some words."}}"#),
    )
}

fn apple(status: u16, reason: &str) -> Answer {
    answer(status, &format!(r#"{{"reason":"{reason}"}}"#))
}

type Class = (&'static str, Option<u64>);

/// Asserts what answers mean before this service has accepted anything of ours, and after.
fn assert_rows(rows: Vec<(Answer, Class, Class)>) {
    for (answer, fresh, proven) in rows {
        let shown = || format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        assert_eq!(class(judged(&answer, false)), fresh, "fresh {}", shown());
        assert_eq!(class(judged(&answer, true)), proven, "proven {}", shown());
    }
}

fn always(answer: Answer, class: &'static str, after: Option<u64>) -> (Answer, Class, Class) {
    (answer, (class, after), (class, after))
}

/// A row about the content or its length, which blames everybody's content until something was accepted here.
fn malformed(answer: Answer) -> (Answer, Class, Class) {
    (answer, ("rejected", None), ("failed", None))
}

fn other_key(answer: Answer) -> (Answer, Class, Class) {
    (answer, ("misconfigured", None), ("gone", None))
}

#[test]
fn every_row_of_the_generic_table() {
    assert_rows(vec![
        always(answer(201, ""), "accepted", None),
        always(answer(202, ""), "accepted", None),
        always(answer(200, ""), "accepted", None),
        malformed(answer(400, "")),
        other_key(answer(401, "")),
        other_key(answer(403, "Forbidden")),
        always(answer(404, ""), "gone", None),
        always(answer(404, HTML), "gone", None),
        always(answer(410, ""), "gone", None),
        malformed(answer(413, "")),
        always(answer(429, ""), "throttled", Some(60)),
        always(answer(500, ""), "retry", None),
        always(answer(502, HTML), "retry", None),
        always(answer(503, ""), "retry", None),
        always(answer(504, ""), "retry", None),
        always(answer(408, ""), "retry", None),
        // not followed
        always(answer(301, ""), "failed", None),
        always(answer(307, HTML), "failed", None),
        // statuses that no RFC gives a push service
        malformed(answer(405, "")),
        malformed(answer(418, "")),
        always(answer(599, ""), "retry", None),
        // a page from something between us and the service never costs a subscription
        always(answer(200, HTML), "misconfigured", None),
        always(answer(401, HTML), "misconfigured", None),
        always(answer(403, HTML), "misconfigured", None),
    ]);
}

#[test]
fn every_errno_of_mozilla() {
    assert_rows(vec![
        malformed(mozilla(400, 101)),
        malformed(mozilla(400, 108)),
        malformed(mozilla(400, 110)),
        malformed(mozilla(400, 111)),
        malformed(mozilla(400, 112)),
        malformed(mozilla(400, 113)),
        other_key(mozilla(401, 109)),
        always(mozilla(404, 102), "gone", None),
        always(mozilla(410, 103), "gone", None),
        always(mozilla(410, 105), "gone", None),
        always(mozilla(410, 106), "gone", None),
        malformed(mozilla(413, 104)),
        always(mozilla(500, 999), "retry", None),
        always(mozilla(502, 900), "retry", None),
        always(mozilla(502, 901), "retry", None),
        always(mozilla(502, 902), "retry", None),
        always(mozilla(502, 903), "retry", None),
        always(mozilla(503, 201), "retry", Some(60)),
        always(mozilla(503, 202), "retry", None),
        always(answer(301, ""), "failed", None),
        // an unknown number falls back on the status
        always(mozilla(410, 777), "gone", None),
        malformed(mozilla(400, 777)),
    ]);
}

#[test]
fn every_reason_of_apple() {
    assert_rows(vec![
        malformed(apple(400, "BadTtl")),
        malformed(apple(400, "BadUrgency")),
        malformed(apple(400, "BadWebPushRequest")),
        malformed(apple(400, "BadWebPushTopic")),
        always(apple(400, "BadVapidPublicKey"), "misconfigured", None),
        always(apple(400, "BadAuthorizationHeader"), "misconfigured", None),
        always(apple(400, "IdleTimeout"), "retry", None),
        other_key(apple(403, "BadJwtToken")),
        other_key(apple(400, "VapidPkHashMismatch")),
        other_key(apple(403, "VapidPkHashMismatch")),
        always(apple(404, "BadPath"), "gone", None),
        malformed(apple(405, "MethodNotAllowed")),
        always(apple(410, "Unregistered"), "gone", None),
        always(apple(410, "ExpiredToken"), "gone", None),
        malformed(apple(413, "PayloadTooLarge")),
        always(apple(429, "TooManyRequests"), "throttled", Some(60)),
        always(apple(500, "InternalServerError"), "retry", None),
        always(apple(503, "ServiceUnavailable"), "retry", None),
        always(apple(503, "Shutdown"), "retry", None),
        other_key(apple(403, "ReasonOfTheFuture")),
    ]);
}

#[test]
fn the_words_of_google_and_microsofts_406() {
    let mismatch = "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.";
    let unauthorized = "<HTML><HEAD><TITLE>UnauthorizedRegistration</TITLE></HEAD></HTML>";
    assert_rows(vec![
        other_key(answer(403, mismatch)),
        other_key(answer(400, "UnauthorizedRegistration")),
        other_key(answer(400, unauthorized)),
        always(
            answer(404, "A valid push subscription endpoint should be specified in the URL"),
            "gone",
            None,
        ),
        always(answer(410, "NotRegistered"), "gone", None),
        always(
            answer(410, "push subscription has unsubscribed or expired."),
            "gone",
            None,
        ),
        always(answer(400, "InvalidRegistration"), "gone", None),
        always(answer(406, ""), "throttled", Some(3600)),
        always(answer(410, "The channel is gone"), "gone", None),
        other_key(answer(403, "")),
    ]);
}

#[test]
fn retry_after_goes_before_our_own_waits() {
    for (mut answer, class_) in [
        (answer(429, ""), "throttled"),
        (answer(406, ""), "throttled"),
        (answer(503, ""), "retry"),
        (mozilla(503, 201), "retry"),
    ] {
        answer.retry_after = Some(Duration::from_secs(7));
        assert_eq!(class(judged(&answer, true)), (class_, Some(7)), "{}", answer.status);
    }
}

#[test]
fn odd_bodies_do_no_harm() {
    for body in [
        "null",
        "7",
        "[]",
        r#"{"errno":"109"}"#,
        r#"{"errno":-1}"#,
        r#"{"reason":7}"#,
        "\u{0}",
        "{",
    ] {
        assert_eq!(class(judged(&answer(410, body), false)), ("gone", None), "{body}");
    }
    let garbage = Answer {
        body: vec![0xff; 300],
        ..answer(500, "")
    };
    assert_eq!(class(judged(&garbage, false)), ("retry", None));
}

#[test]
fn reasons_begin_with_the_most_telling_code() {
    for (answer, why) in [
        (apple(410, "Unregistered"), "Unregistered"),
        (mozilla(410, 106), "410 errno 106: Some words."),
        (answer(410, "NotRegistered\n"), "HTTP 410: NotRegistered"),
        (answer(410, HTML), "HTTP 410"),
        (answer(410, ""), "HTTP 410"),
    ] {
        let Outcome::RecipientGone { why: said, .. } = judged(&answer, true) else {
            panic!("{answer:?}");
        };
        assert_eq!(said, why);
    }
}
