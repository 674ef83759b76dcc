use super::super::outcome::classify;
use crate::http::Answer;
use bellhop_domain::Outcome;
use std::time::Duration;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

fn refusal(status: u16, description: &str) -> String {
    format!(r#"{{"ok":false,"error_code":{status},"description":"{description}"}}"#)
}

#[test]
fn a_messages_id_names_its_chat() {
    let taken = r#"{"ok":true,"result":{"message_id":17,"chat":{"id":987654321,"type":"private"},"date":1}}"#;
    for (body, id) in [(taken, Some("987654321:17")), (r#"{"ok":true,"result":true}"#, None)] {
        let expected = Outcome::Accepted {
            provider_id: id.map(str::to_owned),
            cost: None,
            parts: None,
        };
        assert_eq!(classify(&answer(200, body), false), expected);
    }
}

#[test]
fn every_refusal() {
    for (status, description, class) in [
        (400, "Bad Request: chat not found", "Failed"),
        (400, "Bad Request: PEER_ID_INVALID", "Failed"),
        (400, "Bad Request: message is too long", "Failed"),
        (400, "Bad Request: message text is empty", "Failed"),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", "Rejected"),
        (400, "Bad Request: failed to get HTTP URL content", "Rejected"),
        (400, "Bad Request: wrong type of the web page content", "Rejected"),
        (400, "Bad Request: can't parse entities: x", "Rejected"),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", "Rejected"),
        (400, "Bad Request: of the future", "Failed"),
        (401, "Unauthorized", "Misconfigured"),
        (404, "Not Found", "Misconfigured"),
        (403, "Forbidden: bot was blocked by the user", "OptedOut"),
        (403, "Forbidden: bot can't initiate conversation with a user", "Held"),
        (403, "Forbidden: user is deactivated", "RecipientGone"),
        (403, "Forbidden: bot was kicked from the group chat", "Failed"),
        (403, "Forbidden: bot was kicked from the supergroup chat", "Failed"),
        (403, "Forbidden: bot can't send messages to bots", "Failed"),
        (403, "Forbidden: of the future", "Failed"),
        (429, "Too Many Requests: retry after 35", "Throttled"),
        (420, "FLOOD", "Failed"),
        (408, "", "Unknown"),
        (500, "Internal Server Error", "Unknown"),
        (502, "Bad Gateway", "Unknown"),
        (503, "", "Unknown"),
        (302, "", "Misconfigured"),
        (303, "", "Unknown"),
        (504, "", "Unknown"),
    ] {
        let outcome = format!("{:?}", classify(&answer(status, &refusal(status, description)), false));
        assert!(outcome.starts_with(class), "{status} {description}: {outcome}");
        assert!(outcome.contains(&format!("{status}: {description}")), "{outcome}");
    }
    for (status, body, class) in [
        (200, "<html>", "Unknown"),
        (200, "", "Unknown"),
        (200, r#"{"ok":false}"#, "Unknown"),
        (400, "<html>", "Failed"),
        (403, "", "Failed"),
        (502, "<html>", "Unknown"),
    ] {
        let outcome = format!("{:?}", classify(&answer(status, body), true));
        assert!(outcome.starts_with(class), "{status} {body}: {outcome}");
    }
}

#[test]
fn an_unknown_chat_is_gone_only_once_the_bot_is_proven() {
    let unknown = answer(400, &refusal(400, "Bad Request: chat not found"));
    assert!(matches!(classify(&unknown, false), Outcome::Failed { .. }));
    assert!(matches!(classify(&unknown, true), Outcome::RecipientGone { .. }));
}

#[test]
fn the_wait_is_the_bodys_then_the_headers() {
    let body = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#;
    for (body, header, seconds) in [(body, Some(7), 35), ("{}", Some(7), 7), ("{}", None, 5)] {
        let answer = Answer {
            retry_after: header.map(Duration::from_secs),
            ..answer(429, body)
        };
        let outcome = classify(&answer, true);
        assert!(
            matches!(outcome, Outcome::Throttled { after: Some(wait), .. } if wait.as_secs() == seconds),
            "{outcome:?}"
        );
    }
}

/// Phones and tokens that a provider quotes are kept out of the reason.
#[test]
fn the_reason_quotes_no_phone_and_no_token() {
    let quoted = "no route to +7 (999) 123-45-67 of cX1vAbC_d-9:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx";
    for status in [400, 403, 404, 429, 500] {
        let told = format!("{:?}", classify(&answer(status, &refusal(status, quoted)), true));
        for secret in ["123-45", "APA91b"] {
            assert!(!told.contains(secret), "{status}: {told}");
        }
    }
}
