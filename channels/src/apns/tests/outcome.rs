//! PROVIDERS.md §2.4, row by row.

use crate::apns::address::Environment;
use crate::apns::outcome::{Classification, Remedy, classify};
use crate::http::Answer;
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{Outcome, Timestamp};
use std::time::Duration;

fn answer(status: u16, retry_after: Option<u64>, body: impl Into<String>) -> Answer {
    Answer {
        status,
        retry_after: retry_after.map(Duration::from_secs),
        body: body.into().into_bytes(),
    }
}

fn reason(status: u16, reason: &str) -> Answer {
    answer(status, None, format!(r#"{{"reason":"{reason}"}}"#))
}

fn judged(answer: &Answer, proven: bool) -> Classification {
    classify(answer, None, Environment::Production, proven)
}

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

const HTML: &str = "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>";

#[test]
fn every_reason_of_the_table() {
    let rejected = ("rejected", None);
    let stop = ("misconfigured", None);
    let rows = [
        (400, "BadCollapseId", rejected),
        (400, "BadExpirationDate", rejected),
        (400, "BadMessageId", rejected),
        (400, "BadPriority", rejected),
        (400, "BadTopic", rejected),
        (400, "DuplicateHeaders", rejected),
        (400, "InvalidPushType", rejected),
        (400, "MissingDeviceToken", rejected),
        (400, "MissingTopic", rejected),
        (400, "PayloadEmpty", rejected),
        (400, "BadDeviceToken", ("gone", None)),
        (400, "DeviceTokenNotForTopic", ("gone", None)),
        (400, "IdleTimeout", ("retry", None)),
        (400, "TopicDisallowed", stop),
        (403, "BadCertificate", stop),
        (403, "BadCertificateEnvironment", stop),
        (403, "Forbidden", stop),
        (403, "InvalidProviderToken", stop),
        (403, "MissingProviderToken", stop),
        (403, "ExpiredProviderToken", stop),
        (403, "UnrelatedKeyIdInToken", ("retry", None)),
        (403, "BadEnvironmentKeyIdInToken", stop),
        (403, "BadEnvironmentKeyInToken", stop),
        (404, "BadPath", rejected),
        (405, "MethodNotAllowed", rejected),
        (410, "Unregistered", ("gone", None)),
        (410, "ExpiredToken", ("gone", None)),
        (413, "PayloadTooLarge", rejected),
        (429, "TooManyRequests", ("throttled recipient", Some(60))),
        (429, "TooManyProviderTokenUpdates", ("throttled sender", Some(1200))),
        (500, "InternalServerError", ("retry", Some(900))),
        (503, "ServiceUnavailable", ("retry", Some(900))),
        (503, "Shutdown", ("retry", None)),
        // of broadcasts, which we do not send
        (400, "FeatureNotEnabled", rejected),
        (400, "MissingChannelId", rejected),
        (400, "BadChannelId", rejected),
        (400, "ChannelNotRegistered", rejected),
        (400, "BadRequestParams", rejected),
        (400, "CannotCreateChannelConfig", rejected),
        (400, "TopicMismatch", rejected),
        // reasons of the future fall back on the status, and never cost an address
        (400, "BrandNew", rejected),
        (403, "BrandNew", stop),
        (410, "BrandNew", ("failed", None)),
        (429, "BrandNew", ("throttled sender", Some(60))),
        (500, "BrandNew", ("retry", Some(900))),
        (302, "BrandNew", stop),
    ];
    for (status, text, expected) in rows {
        let outcome = judged(&reason(status, text), true).outcome;
        assert_eq!(class(&outcome), expected, "{status} {text}");
        let why = format!("{outcome:?}");
        assert!(why.contains(&format!("why: \"{text}")), "{why}");
    }
}

#[test]
fn answers_without_a_reason_of_apples() {
    for body in ["", HTML, "{}", r#"{"reason":7}"#, "[]", "null"] {
        for (status, expected) in [
            (302, ("misconfigured", None)),
            (400, ("misconfigured", None)),
            (403, ("misconfigured", None)),
            (404, ("misconfigured", None)),
            (408, ("retry", None)),
            (410, ("failed", None)),
            (413, ("misconfigured", None)),
            (429, ("throttled sender", Some(60))),
            (500, ("retry", Some(900))),
            (502, ("retry", None)),
            (503, ("retry", Some(900))),
            (504, ("retry", None)),
        ] {
            let outcome = judged(&answer(status, None, body), true).outcome;
            assert_eq!(class(&outcome), expected, "{status} {body}");
        }
    }
}

#[test]
fn a_wait_that_apple_names_goes_before_ours() {
    for (status, text) in [
        (429, "TooManyRequests"),
        (429, "TooManyProviderTokenUpdates"),
        (503, "ServiceUnavailable"),
        (503, "Shutdown"),
    ] {
        let mut answer = reason(status, text);
        answer.retry_after = Some(Duration::from_secs(7));
        assert_eq!(class(&judged(&answer, true).outcome).1, Some(7), "{text}");
    }
}

#[test]
fn no_token_is_given_up_before_credentials_and_host_are_proven() {
    for text in ["BadDeviceToken", "DeviceTokenNotForTopic"] {
        let outcome = judged(&reason(400, text), false).outcome;
        assert_eq!(class(&outcome), ("failed", None), "{text}");
    }
    // These name the time at which the token died, so Apple knew it.
    let gone = judged(&reason(410, "Unregistered"), false).outcome;
    assert_eq!(class(&gone), ("gone", None));
}

#[test]
fn a_410_says_since_when() {
    let since = |body: &str| match judged(&answer(410, None, body), true).outcome {
        Outcome::RecipientGone { since, .. } => since,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        since(r#"{"reason":"Unregistered","timestamp":1772355600123}"#),
        Some(Timestamp(1_772_355_600_123)),
        "milliseconds"
    );
    assert_eq!(since(r#"{"reason":"ExpiredToken"}"#), None);
}

#[test]
fn what_an_answer_asks_for_beside_its_outcome() {
    let rows = [
        (400, "IdleTimeout", Remedy::Reconnect),
        (503, "Shutdown", Remedy::Reconnect),
        (403, "UnrelatedKeyIdInToken", Remedy::Reconnect),
        (403, "ExpiredProviderToken", Remedy::RenewToken),
        (429, "TooManyProviderTokenUpdates", Remedy::KeepToken),
        (429, "TooManyRequests", Remedy::Nothing),
        (403, "InvalidProviderToken", Remedy::Nothing),
        (503, "ServiceUnavailable", Remedy::Nothing),
    ];
    for (status, text, remedy) in rows {
        assert_eq!(judged(&reason(status, text), true).remedy, remedy, "{text}");
    }
}

#[test]
fn success_is_an_empty_200_and_keeps_apples_id() {
    let taken =
        |body: &str, id: Option<&str>| classify(&answer(200, None, body), id, Environment::Sandbox, false).outcome;
    let accepted = |id: Option<&str>| Outcome::Accepted {
        provider_id: id.map(str::to_owned),
        cost: None,
        parts: None,
    };
    assert_eq!(taken("", Some("an-id")), accepted(Some("an-id")));
    assert_eq!(taken("", None), accepted(None));
    assert_eq!(class(&taken(HTML, None)), ("misconfigured", None));
}

/// Phones and tokens that a provider quotes are kept out of the reason.
#[test]
fn the_reason_quotes_no_phone_and_no_token() {
    let quoted = "no route to +7 (999) 123-45-67 of cX1vAbC_d-9:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx";
    for status in [400, 403, 404, 429, 500] {
        let told = format!("{:?}", judged(&reason(status, quoted), true).outcome);
        for secret in ["123-45", "APA91b"] {
            assert!(!told.contains(secret), "{status}: {told}");
        }
    }
}
