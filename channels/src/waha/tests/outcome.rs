use super::super::outcome::{classify, message_id, number};
use super::super::session::SessionState;
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
fn every_engines_answer_names_the_message() {
    for (body, id) in [
        (
            r#"{"id":{"fromMe":true,"remote":"7999@c.us","id":"3EB0","_serialized":"true_7999@c.us_3EB0"}}"#,
            Some("3EB0"),
        ),
        (r#"{"id":"true_7999@c.us_3EB0","timestamp":1}"#, Some("3EB0")),
        (
            r#"{"key":{"remoteJid":"7999@s.whatsapp.net","fromMe":true,"id":"3EB0"},"status":"PENDING"}"#,
            Some("3EB0"),
        ),
        (
            r#"{"_data":{"id":{"_serialized":"true_7999@c.us_3EB0"}}}"#,
            Some("3EB0"),
        ),
        // accepted, but without an id
        (r#"{"id":17}"#, None),
        ("{}", None),
        ("", None),
    ] {
        let expected = Outcome::Accepted {
            provider_id: id.map(str::to_owned),
            cost: None,
            parts: None,
        };
        assert_eq!(classify(&answer(201, body)), expected, "{body}");
    }
}

#[test]
fn a_messages_id_is_whatsapps_own_part() {
    for (id, own) in [
        (
            "true_11111111111@c.us_4CC5EDD64BC22EBA6D639F2AF571346C",
            "4CC5EDD64BC22EBA6D639F2AF571346C",
        ),
        ("false_1203@g.us_3EB0_7999@c.us", "3EB0"),
        ("3EB08A6895830F110A5E4D", "3EB08A6895830F110A5E4D"),
        ("true_7999@c.us_", "true_7999@c.us_"),
        ("true_7999@c.us", "true_7999@c.us"),
        ("", ""),
    ] {
        assert_eq!(message_id(id), own);
    }
}

#[test]
fn every_refusal() {
    let state = |state: &str| {
        format!(
            r#"{{"error":"Session status is not as expected. Try again later or restart the session","session":"default","status":"{state}","expected":["WORKING"]}}"#
        )
    };
    let restricted = |code: u16| {
        format!(r#"{{"statusCode":500,"exception":{{"message":"2 UNKNOWN: server returned error {code}","code":2}}}}"#)
    };
    for (status, body, class, word) in [
        (422, state("STOPPED"), "Misconfigured", "STOPPED"),
        (422, state("STARTING"), "Retry", "STARTING"),
        (422, state("SCAN_QR_CODE"), "Misconfigured", "scan the QR code"),
        (422, state("PASSKEY_REQUIRED"), "Misconfigured", "passkey"),
        (
            422,
            state("PASSKEY_CONFIRMATION_REQUIRED"),
            "Misconfigured",
            "compare a code",
        ),
        (422, state("WORKING"), "Retry", "WORKING"),
        (422, state("FAILED"), "Misconfigured", "FAILED"),
        (422, state("OF_THE_FUTURE"), "Misconfigured", "OF_THE_FUTURE"),
        (
            422,
            r#"{"message":["chatId must be a string"]}"#.into(),
            "Failed",
            "chatId must be a string",
        ),
        (
            400,
            r#"{"statusCode":400,"message":"text should not be empty"}"#.into(),
            "Failed",
            "text should not be empty",
        ),
        (413, "<html>".into(), "Failed", "HTTP 413"),
        (418, String::new(), "Failed", "HTTP 418"),
        (
            401,
            r#"{"message":"Unauthorized","statusCode":401}"#.into(),
            "Misconfigured",
            "api_key",
        ),
        (403, String::new(), "Misconfigured", "api_key"),
        (
            404,
            r#"{"message":"Session not found"}"#.into(),
            "Misconfigured",
            "check base_url and session",
        ),
        (302, String::new(), "Misconfigured", "base_url"),
        (408, String::new(), "Unknown", "408"),
        (429, String::new(), "Throttled", "429"),
        (500, restricted(463), "Misconfigured", "463: "),
        (500, restricted(475), "Misconfigured", "475: "),
        (500, restricted(479), "Unknown", "error 479"),
        (
            500,
            r#"{"message":"no LID for 79990000000@c.us"}"#.into(),
            "Unknown",
            "no LID for …@c.us",
        ),
        (500, "<html>".into(), "Unknown", "HTTP 500"),
        (502, String::new(), "Unknown", "HTTP 502"),
        // A proxy in front of WAHA may say so even after WAHA has sent it.
        (503, String::new(), "Unknown", "HTTP 503"),
        (
            503,
            "<html><body>503 Service Temporarily Unavailable".into(),
            "Unknown",
            "HTTP 503",
        ),
        (303, String::new(), "Unknown", "HTTP 303"),
        (504, String::new(), "Unknown", "HTTP 504"),
        (200, "<html>".into(), "Unknown", "base_url"),
        (200, "[]".into(), "Unknown", "base_url"),
    ] {
        let outcome = format!("{:?}", classify(&answer(status, &body)));
        assert!(
            outcome.starts_with(class) && outcome.contains(word),
            "{status} {body}: {outcome}"
        );
        assert!(!outcome.contains("79990000000"), "{outcome}");
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
fn every_answer_about_a_number() {
    for (status, body, chat) in [
        (
            200,
            r#"{"numberExists":true,"chatId":"559912345678@c.us"}"#,
            Some("559912345678@c.us"),
        ),
        (
            200,
            r#"{"numberExists":true,"chatId":"559912345678@s.whatsapp.net"}"#,
            Some("559912345678@c.us"),
        ),
        (
            200,
            r#"{"numberExists":true,"chatId":"123456789@lid"}"#,
            Some("123456789@lid"),
        ),
        // old versions name no chat; a group does not count as one
        (200, r#"{"numberExists":true}"#, None),
        (200, r#"{"numberExists":true,"chatId":"1203@g.us"}"#, None),
    ] {
        assert_eq!(number(&answer(status, body)), Ok(chat.map(str::to_owned)), "{body}");
    }
    for (status, body, class) in [
        (200, r#"{"numberExists":false}"#, "RecipientGone"),
        // nobody is given up for an answer that cannot be read
        (200, r#"{"numberExists":null}"#, "Retry"),
        (200, "<html>", "Retry"),
        (200, "", "Retry"),
        (500, "", "Retry"),
        (504, "<html>", "Retry"),
        (401, "", "Misconfigured"),
        (404, "", "Misconfigured"),
        (422, r#"{"status":"SCAN_QR_CODE"}"#, "Misconfigured"),
        (422, r#"{"status":"STARTING"}"#, "Retry"),
        (429, "", "Throttled"),
        (400, r#"{"message":"phone is wrong"}"#, "Failed"),
    ] {
        let outcome = format!("{:?}", number(&answer(status, body)).unwrap_err());
        assert!(outcome.starts_with(class), "{status} {body}: {outcome}");
    }
}

#[test]
fn only_a_working_session_is_well() {
    for state in SessionState::ALL {
        assert_eq!(SessionState::from_name(state.name()), Some(state));
        assert_eq!(state.health() == HealthState::Working, state == SessionState::Working);
    }
    assert_eq!(SessionState::from_name("working"), None);
    assert_eq!(SessionState::Starting.health(), HealthState::Degraded);
}
