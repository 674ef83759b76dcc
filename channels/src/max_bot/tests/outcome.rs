use super::super::outcome::classify;
use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::outcome::ThrottleScope;
use serde_json::json;
use std::time::Duration;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

fn refusal(code: &str, message: &str) -> String {
    json!({"code": code, "message": message}).to_string()
}

#[test]
fn a_message_with_an_id_is_taken() {
    let body = json!({"message": {"recipient": {"chat_id": 5, "chat_type": "dialog", "user_id": 987_654_321},
        "timestamp": 1_772_355_600_000_i64, "body": {"mid": "mid.0001", "seq": 7, "text": "x"}}});
    let expected = Outcome::Accepted {
        provider_id: Some("mid.0001".to_owned()),
        cost: None,
        parts: None,
    };
    assert_eq!(classify(&answer(200, &body.to_string())), expected);
}

/// Every row of the table, with the reason that is kept.
#[test]
fn every_refusal() {
    for (status, code, message, class, why) in [
        (
            400,
            "attachment.not.ready",
            "Key: errors.process.attachment.video.not.processed",
            "Retry",
            "attachment.not.ready: HTTP 400, errors.process.attachment.video.not.processed",
        ),
        (
            400,
            "proto.payload",
            "text: size must be between 0 and 4000",
            "Rejected",
            "proto.payload: HTTP 400",
        ),
        (
            400,
            "proto.payload",
            "Unknown recipient",
            "Failed",
            "proto.payload: HTTP 400",
        ),
        (
            400,
            "a.code.of.the.future",
            "",
            "Failed",
            "a.code.of.the.future: HTTP 400",
        ),
        (
            401,
            "verify.token",
            "Invalid access_token",
            "Misconfigured",
            "verify.token: HTTP 401; check token",
        ),
        (
            403,
            "chat.denied",
            "Key: error.dialog.suspended, args: [987654321,]",
            "OptedOut",
            "chat.denied: HTTP 403, error.dialog.suspended",
        ),
        (403, "chat.denied", "Denied", "Held", "chat.denied: HTTP 403"),
        (
            403,
            "access.denied",
            "Key: error.dialog.suspended",
            "OptedOut",
            "access.denied: HTTP 403, error.dialog.suspended",
        ),
        (403, "access.denied", "", "Failed", "access.denied: HTTP 403"),
        (
            404,
            "chat.not.found",
            "Chat 5 not found",
            "Held",
            "chat.not.found: HTTP 404",
        ),
        (404, "dialog.not.found", "", "Held", "dialog.not.found: HTTP 404"),
        (404, "user.not.found", "", "Failed", "user.not.found: HTTP 404"),
        (
            405,
            "method.not.allowed",
            "",
            "Misconfigured",
            "method.not.allowed: HTTP 405; check base_url",
        ),
        (429, "too.many.requests", "", "Throttled", "too.many.requests: HTTP 429"),
        (503, "service.unavailable", "", "Retry", "service.unavailable: HTTP 503"),
        (500, "internal", "", "Unknown", "internal: HTTP 500"),
        (502, "internal", "", "Unknown", "internal: HTTP 502"),
        (504, "internal", "", "Unknown", "internal: HTTP 504"),
        (418, "teapot", "", "Failed", "teapot: HTTP 418"),
    ] {
        let outcome = format!("{:?}", classify(&answer(status, &refusal(code, message))));
        assert!(outcome.starts_with(class), "{status} {code} {message}: {outcome}");
        assert!(
            outcome.contains(&format!("\"{why}\"")),
            "{status} {code} {message}: {outcome}"
        );
    }
}

/// `chat.denied` withdraws with the words for a dialog that the guest has suspended, and only with them.
#[test]
fn a_bare_denial_is_held_and_withdraws_nothing() {
    for (message, class) in [
        ("Key: error.dialog.suspended", "OptedOut"),
        ("Key: error.dialog.suspended, args: [987654321,]", "OptedOut"),
        ("", "Held"),
        ("Denied", "Held"),
        ("No access to chat", "Held"),
        ("Key: error.bot.suspended", "Held"),
        ("Key: error.dialog.closed", "Held"),
        ("user 987654321 has stopped the bot", "Held"),
    ] {
        let outcome = format!("{:?}", classify(&answer(403, &refusal("chat.denied", message))));
        assert!(outcome.starts_with(class), "{message}: {outcome}");
    }
    for body in [r#"{"code":"chat.denied"}"#, r#"{"code":"chat.denied","message":null}"#] {
        let outcome = format!("{:?}", classify(&answer(403, body)));
        assert!(outcome.starts_with("Held"), "{body}: {outcome}");
    }
}

/// Whatever stands before MAX may answer in its place, or MAX in another form than it documents.
#[test]
fn what_is_no_answer_of_the_page() {
    for (status, body, class) in [
        (200, r#"{"success":false,"message":"no"}"#, "Failed"),
        (200, r#"{"success":false,"code":"chat.denied"}"#, "Failed"),
        (200, r#"{"success":true}"#, "Unknown"),
        (200, r#"{"message":{"body":{}}}"#, "Unknown"),
        (200, r#"{"message":{"body":{"mid":""}}}"#, "Unknown"),
        (200, r#"{"message":{"body":{"mid":17}}}"#, "Unknown"),
        (200, "<html>", "Unknown"),
        (200, "", "Unknown"),
        (400, "<html>", "Failed"),
        (400, r#"{"code":["proto.payload"],"message":{}}"#, "Failed"),
        (401, "", "Misconfigured"),
        (403, "", "Failed"),
        (404, "<html>", "Misconfigured"),
        (404, "", "Misconfigured"),
        (405, "", "Misconfigured"),
        (408, "", "Unknown"),
        (429, "<html>", "Throttled"),
        (301, "", "Misconfigured"),
        (302, "", "Misconfigured"),
        (303, "", "Unknown"),
        (500, "", "Unknown"),
        (502, "<html>", "Unknown"),
        (503, "<html>", "Unknown"),
        (503, "", "Unknown"),
        (504, "", "Unknown"),
    ] {
        let outcome = format!("{:?}", classify(&answer(status, body)));
        assert!(outcome.starts_with(class), "{status} {body}: {outcome}");
        assert!(outcome.contains(&format!("HTTP {status}")), "{outcome}");
    }
}

#[test]
fn no_answer_retires_an_address() {
    for status in 100..=599 {
        for code in ["", "chat.not.found", "user.not.found", "user.deleted", "proto.payload"] {
            let outcome = classify(&answer(status, &refusal(code, "Unknown recipient")));
            assert!(!matches!(outcome, Outcome::RecipientGone { .. }), "{status} {code}");
        }
    }
}

#[test]
fn the_wait_is_the_headers_or_five_seconds() {
    for (header, seconds) in [(Some(7), 7), (Some(0), 0), (None, 5)] {
        let answer = Answer {
            retry_after: header.map(Duration::from_secs),
            ..answer(429, &refusal("too.many.requests", ""))
        };
        let Outcome::Throttled {
            scope: ThrottleScope::Sender,
            after,
            ..
        } = classify(&answer)
        else {
            panic!("{answer:?}")
        };
        assert_eq!(after, Some(Duration::from_secs(seconds)));
    }
}

/// MAX's messages name the guest.
#[test]
fn the_reason_holds_no_digit_of_a_guest() {
    for message in [
        "Key: error.dialog.suspended, args: [987654321,]",
        "user 987654321 has stopped the bot",
        "chat.987654321.denied",
        "+7 (999) 123-45-67",
    ] {
        for (status, code) in [
            (400, "proto.payload"),
            (403, "chat.denied"),
            (404, "chat.987654321"),
            (429, ""),
            (500, ""),
        ] {
            let told = format!("{:?}", classify(&answer(status, &refusal(code, message))));
            assert!(!told.contains("987") && !told.contains("123"), "{told}");
        }
    }
}
