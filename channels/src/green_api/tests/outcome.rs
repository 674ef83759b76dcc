use super::super::instance::InstanceState;
use super::super::outcome::classify;
use crate::http::Answer;
use bellhop_domain::Outcome;
use bellhop_domain::incoming::HealthState;
use std::time::Duration;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn a_queued_message_has_an_id() {
    let expected = Outcome::Accepted {
        provider_id: Some("3EB0C767D097B7C7C030".to_owned()),
        cost: None,
        parts: None,
    };
    assert_eq!(
        classify(&answer(200, r#"{"idMessage":"3EB0C767D097B7C7C030"}"#)),
        expected
    );
}

/// Green-API's own examples of a 466.
const METHOD_QUOTA: &str = r#"{"invokeStatus":{"method":"sendmessage","used":100,"total":100,"status":"QUOTE_EXCEEDED","description":"Monthly quota has been exceeded."}}"#;
const CHAT_QUOTA: &str = r#"{"invokeStatus":{"method":"sendmessage","used":67,"total":0,"status":"QUOTE_ALLOWED"},"correspondentsStatus":{"method":"correspondents","used":3,"total":3,"status":"CORRESPONDENTS_QUOTE_EXCEEDED","description":"You can only send or receive messages from these numbers: 12345678901@c.us"}}"#;

#[test]
fn every_answer() {
    for (status, body, class, word) in [
        (200, "{}", "Unknown", "idMessage"),
        (200, r#"{"idMessage":null}"#, "Unknown", "idMessage"),
        (200, "<html>", "Unknown", "idMessage"),
        (200, "", "Unknown", "idMessage"),
        (400, "instance in starting process try later", "Retry", "15s"),
        (
            400,
            r#"{"message":"instance in starting process try later"}"#,
            "Retry",
            "15s",
        ),
        (
            400,
            "instance account not authorized",
            "Misconfigured",
            "scan the QR code",
        ),
        (
            400,
            "instance is starting or not authorized",
            "Misconfigured",
            "scan the QR code",
        ),
        (400, "bad request data", "Rejected", "bad request data"),
        (
            400,
            r#"{"message":"Monthly quota has been exceeded"}"#,
            "Misconfigured",
            "quota",
        ),
        (400, "chat limit of your tariff is reached", "Misconfigured", "tariff"),
        (
            400,
            "Validation failed. Details: 'chatId' 79990000000@c.us",
            "Failed",
            "'chatId' …@c.us",
        ),
        (400, "", "Failed", "HTTP 400"),
        (400, "<html>", "Failed", "no words"),
        (401, "Unauthorized", "Misconfigured", "check token"),
        (403, "Forbidden", "Misconfigured", "check instance"),
        (404, "", "Misconfigured", "base_url"),
        (405, "", "Misconfigured", "base_url"),
        (301, "", "Misconfigured", "base_url"),
        (408, "", "Unknown", "408"),
        (413, "", "Failed", "413"),
        (429, "Too Many Requests", "Throttled", "Sender"),
        (466, METHOD_QUOTA, "Misconfigured", "QUOTE_EXCEEDED"),
        (466, CHAT_QUOTA, "Misconfigured", "CORRESPONDENTS_QUOTE_EXCEEDED"),
        (466, "", "Misconfigured", "quota exceeded"),
        (499, "Client Closed Request", "Unknown", "499"),
        (500, "<html>", "Unknown", "500"),
        (502, "Bad Gateway", "Unknown", "502"),
        (503, "", "Unknown", "503"),
        (503, "<html>", "Unknown", "503"),
        (303, "", "Unknown", "303"),
        (504, "", "Unknown", "504"),
    ] {
        let outcome = format!("{:?}", classify(&answer(status, body)));
        assert!(
            outcome.starts_with(class) && outcome.contains(word),
            "{status} {body}: {outcome}"
        );
        assert!(
            !outcome.contains("79990000000") && !outcome.contains("12345678901"),
            "{outcome}"
        );
    }
}

#[test]
fn retry_after_is_kept() {
    let answer = Answer {
        retry_after: Some(Duration::from_secs(7)),
        ..answer(429, "")
    };
    assert!(format!("{:?}", classify(&answer)).contains("Some(7s)"));
}

#[test]
fn every_state_has_its_name_and_health() {
    for state in InstanceState::ALL {
        assert_eq!(InstanceState::from_name(state.name()), Some(state));
        assert_eq!(
            state.health() == HealthState::Working,
            state == InstanceState::Authorized
        );
    }
    assert_eq!(InstanceState::from_name("Authorized"), None);
}
