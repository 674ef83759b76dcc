//! PROVIDERS.md §1.5, row by row.

use crate::fcm::outcome::{classify, refuses_our_token};
use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use std::time::Duration;

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";

fn answer(status: u16, retry_after: Option<u64>, body: impl Into<String>) -> Answer {
    Answer {
        status,
        retry_after: retry_after.map(Duration::from_secs),
        body: body.into().into_bytes(),
    }
}

/// An error with FCM's own code, and perhaps more details.
fn coded(status: u16, canonical: &str, code: &str, more: &str) -> Answer {
    let body = format!(
        r#"{{"error":{{"code":{status},"message":"Some words.","status":"{canonical}",
            "details":[{{"@type":"{FCM_ERROR}","errorCode":"{code}"}}{more}]}}}}"#
    );
    answer(status, None, body)
}

/// The answer with other words.
fn worded(answer: Answer, words: &str) -> Answer {
    let body = String::from_utf8(answer.body).unwrap_or_default();
    Answer {
        body: body.replace("Some words.", words).into_bytes(),
        ..answer
    }
}

fn bare(status: u16, canonical: &str) -> Answer {
    let body = format!(r#"{{"error":{{"code":{status},"message":"Some words.","status":"{canonical}"}}}}"#);
    answer(status, None, body)
}

const BAD_TOKEN: &str = r#",{"@type":"type.googleapis.com/google.rpc.BadRequest",
    "fieldViolations":[{"field":"message.token","description":"Invalid registration token"}]}"#;
const BAD_TOKEN_WORDS: &str = "The registration token is not a valid FCM registration token";
const BAD_TTL: &str = r#",{"@type":"type.googleapis.com/google.rpc.BadRequest",
    "fieldViolations":[{"field":"message.android.ttl","description":"Invalid ttl"}]}"#;
const DEVICE_QUOTA: &str = r#",{"@type":"type.googleapis.com/google.rpc.QuotaFailure",
    "violations":[{"subject":"device","description":"Device message rate exceeded"}]}"#;
const PROJECT_QUOTA: &str = r#",{"@type":"type.googleapis.com/google.rpc.QuotaFailure",
    "violations":[{"subject":"project:1","description":"Message rate exceeded"}]}"#;
const HTML: &str = "<!DOCTYPE html><html><title>Error</title><p>Please try again in 30 seconds.</html>";

/// The class of an outcome, with the wait if it has one.
fn class(outcome: &Outcome) -> (&'static str, Option<u64>) {
    let seconds = |after: &Option<Duration>| after.map(|d| d.as_secs());
    match outcome {
        Outcome::Accepted { .. } => ("accepted", None),
        Outcome::Retry { after, .. } => ("retry", seconds(after)),
        Outcome::OnceMore { .. } => ("once more", None),
        Outcome::CountryStopped { .. } => ("country stopped", None),
        Outcome::Throttled { scope, after, .. } => match scope {
            ThrottleScope::Recipient => ("throttled recipient", seconds(after)),
            ThrottleScope::Sender => ("throttled sender", seconds(after)),
        },
        Outcome::RecipientGone { .. } => ("gone", None),
        Outcome::Held { .. } => ("held", None),
        Outcome::OptedOut { .. } => ("opted out", None),
        Outcome::Failed { .. } => ("failed", None),
        Outcome::Rejected { .. } => ("rejected", None),
        Outcome::Misconfigured { .. } => ("misconfigured", None),
        Outcome::Unknown { .. } => ("unknown", None),
    }
}

#[test]
fn every_row_of_the_table() {
    let after = |seconds, mut answer: Answer| {
        answer.retry_after = Some(Duration::from_secs(seconds));
        answer
    };
    // answer, outcome before the run's first success, outcome after it
    let rows = [
        (
            coded(500, "INTERNAL", "UNSPECIFIED_ERROR", ""),
            ("retry", None),
            ("retry", None),
        ),
        (
            coded(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", BAD_TOKEN),
            ("failed", None),
            ("gone", None),
        ),
        // The same by words alone, with and without details.
        (
            worded(coded(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", ""), BAD_TOKEN_WORDS),
            ("failed", None),
            ("gone", None),
        ),
        (
            worded(bare(400, "INVALID_ARGUMENT"), BAD_TOKEN_WORDS),
            ("failed", None),
            ("gone", None),
        ),
        (
            coded(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", BAD_TTL),
            ("rejected", None),
            ("rejected", None),
        ),
        (
            coded(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", ""),
            ("rejected", None),
            ("rejected", None),
        ),
        // too big, sometimes without details
        (bare(400, "INVALID_ARGUMENT"), ("rejected", None), ("rejected", None)),
        (
            coded(404, "NOT_FOUND", "UNREGISTERED", ""),
            ("gone", None),
            ("gone", None),
        ),
        (
            coded(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", ""),
            ("failed", None),
            ("gone", None),
        ),
        (
            coded(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", DEVICE_QUOTA),
            ("throttled recipient", Some(60)),
            ("throttled recipient", Some(60)),
        ),
        (
            after(7, coded(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", PROJECT_QUOTA)),
            ("throttled sender", Some(7)),
            ("throttled sender", Some(7)),
        ),
        (
            bare(429, "RESOURCE_EXHAUSTED"),
            ("throttled sender", Some(60)),
            ("throttled sender", Some(60)),
        ),
        (
            answer(429, None, ""),
            ("throttled sender", Some(60)),
            ("throttled sender", Some(60)),
        ),
        (
            after(5, coded(503, "UNAVAILABLE", "UNAVAILABLE", "")),
            ("retry", Some(5)),
            ("retry", Some(5)),
        ),
        (
            coded(503, "UNAVAILABLE", "UNAVAILABLE", ""),
            ("retry", None),
            ("retry", None),
        ),
        (coded(500, "INTERNAL", "INTERNAL", ""), ("retry", None), ("retry", None)),
        (
            coded(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", ""),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
        (
            bare(401, "UNAUTHENTICATED"),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
        (
            bare(403, "PERMISSION_DENIED"),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
        (
            answer(403, None, HTML),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
        // a wrong URL is never a dead token
        (
            answer(404, None, HTML),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
        (bare(404, "NOT_FOUND"), ("misconfigured", None), ("misconfigured", None)),
        (answer(502, None, HTML), ("retry", Some(30)), ("retry", Some(30))),
        (answer(502, Some(3), HTML), ("retry", Some(3)), ("retry", Some(3))),
        (answer(500, None, HTML), ("retry", None), ("retry", None)),
        (answer(503, None, ""), ("retry", None), ("retry", None)),
        (answer(504, None, HTML), ("retry", None), ("retry", None)),
        (answer(408, None, ""), ("retry", None), ("retry", None)),
        // a code of the future falls back on the status
        (coded(503, "NEW", "BRAND_NEW", ""), ("retry", None), ("retry", None)),
        (
            coded(400, "NEW", "BRAND_NEW", ""),
            ("rejected", None),
            ("rejected", None),
        ),
        (answer(413, None, HTML), ("rejected", None), ("rejected", None)),
        (answer(302, None, ""), ("misconfigured", None), ("misconfigured", None)),
        (
            answer(200, None, HTML),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
        // odd shapes of details do no harm
        (
            answer(
                404,
                None,
                r#"{"error":{"code":404,"details":[null,7,{"errorCode":"UNREGISTERED"}]}}"#,
            ),
            ("gone", None),
            ("gone", None),
        ),
        (
            answer(404, None, r#"{"error":"not found"}"#),
            ("misconfigured", None),
            ("misconfigured", None),
        ),
    ];
    for (answer, fresh, proven) in rows {
        let shown = || format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        assert_eq!(class(&classify(&answer, false)), fresh, "fresh {}", shown());
        assert_eq!(class(&classify(&answer, true)), proven, "proven {}", shown());
    }
}

#[test]
fn success_keeps_the_last_part_of_the_name() {
    let taken = answer(
        200,
        None,
        r#"{"name":"projects/brand/messages/0:1500415314455276%31bd1c9631bd1c96"}"#,
    );
    let expected = Outcome::Accepted {
        provider_id: Some("0:1500415314455276%31bd1c9631bd1c96".to_owned()),
        cost: None,
        parts: None,
    };
    assert_eq!(classify(&taken, false), expected);
}

#[test]
fn only_a_401_without_fcms_code_is_about_our_token() {
    assert!(refuses_our_token(&bare(401, "UNAUTHENTICATED")));
    assert!(refuses_our_token(&answer(401, None, HTML)));
    assert!(!refuses_our_token(&coded(
        401,
        "UNAUTHENTICATED",
        "THIRD_PARTY_AUTH_ERROR",
        ""
    )));
    assert!(!refuses_our_token(&bare(403, "PERMISSION_DENIED")));
}

#[test]
fn reasons_begin_with_the_most_telling_code() {
    for (answer, why) in [
        (coded(404, "NOT_FOUND", "UNREGISTERED", ""), "UNREGISTERED: Some words."),
        (bare(403, "PERMISSION_DENIED"), "PERMISSION_DENIED: Some words."),
        (answer(500, None, HTML), "HTTP 500"),
    ] {
        let outcome = format!("{:?}", classify(&answer, true));
        assert!(outcome.contains(&format!("why: \"{why}")), "{outcome}");
    }
}

/// Phones and tokens that a provider quotes are kept out of the reason.
#[test]
fn the_reason_quotes_no_phone_and_no_token() {
    let quoted = "no route to +7 (999) 123-45-67 of cX1vAbC_d-9:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx";
    for status in [400, 403, 404, 429, 500] {
        let told = format!(
            "{:?}",
            classify(
                &answer(status, None, format!(r#"{{"error":{{"message":"{quoted}"}}}}"#)),
                true
            )
        );
        for secret in ["123-45", "APA91b"] {
            assert!(!told.contains(secret), "{status}: {told}");
        }
    }
}
