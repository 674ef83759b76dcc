//! Guests' answers through each gateway that reports them.

use super::provider;
use crate::{Event, WebhookError, WebhookRequest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bellhop_domain::incoming::{Inbound, Preference};
use md5::{Digest, Md5};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

const URL: &str = "https://bellhop.example/webhooks/default/sms";

fn parse(
    section: &Value,
    query: &str,
    fields: &[(&str, &str)],
    headers: &HeaderMap,
) -> Result<Vec<Event>, WebhookError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let url = if query.is_empty() {
        URL.to_owned()
    } else {
        format!("{URL}?{query}")
    };
    let request = WebhookRequest {
        url: &url,
        query,
        headers,
        body: body.as_bytes(),
    };
    provider(section).webhook().unwrap().parse(&request)
}

fn twilio(fields: &[(&str, &str)], keys: Value) -> Result<Vec<Event>, WebhookError> {
    let mut section = json!({"preset": "twilio", "base_url": "https://api.twilio.example",
        "values": {"account": "AC1", "user": "SK1", "sender": "+15551234567"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    section
        .as_object_mut()
        .unwrap()
        .extend(keys.as_object().unwrap().clone());
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let signed: String = std::iter::once(URL)
        .chain(sorted.iter().flat_map(|(name, value)| [*name, *value]))
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, super::REPORTS.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
    let headers = [("x-twilio-signature", signature)]
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(&value).unwrap()));
    parse(&section, "", fields, &headers.into_iter().collect())
}

fn answer<'a>(from: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("MessageSid", "SM1"),
        ("SmsStatus", "received"),
        ("From", from),
        ("To", "+15551234567"),
        ("Body", text),
    ]
}

fn inbound(events: &[Event]) -> &Inbound {
    match events {
        [Event::Inbound(inbound), ..] => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn twilios_answers() {
    for (from, region, expected) in [
        ("+79991234567", "RU", "+79991234567"),
        ("79991234567", "RU", "+79991234567"),
        ("9991234567", "RU", "+79991234567"),
        ("89991234567", "RU", "+79991234567"),
        ("4155552671", "US", "+14155552671"),
        ("whatsapp:+79991234567", "RU", "+79991234567"),
        ("BANK", "RU", "BANK"),
        ("12345", "US", "12345"),
    ] {
        let events = twilio(&answer(from, "СТОП"), json!({"region": region})).unwrap();
        let told = inbound(&events);
        assert_eq!(
            (told.from.as_str(), told.provider_id.as_str()),
            (expected, "SM1"),
            "{from} {region}"
        );
        assert_eq!(told.content.words(), Some("СТОП"));
        assert_eq!(events.len(), 1);
    }
}

/// The account may have its own words for a stop, which Bellhop does not know.
#[test]
fn what_twilio_took_for_a_stop_is_one() {
    for (kind, stops) in [
        ("STOP", true),
        ("stop", true),
        ("START", false),
        ("HELP", false),
        ("", false),
    ] {
        let mut fields = answer("+79991234567", "BASTA");
        fields.push(("OptOutType", kind));
        let events = twilio(&fields, json!({})).unwrap();
        assert_eq!(inbound(&events).content.words(), Some("BASTA"));
        let stop = matches!(&events[1..], [Event::Preference(Preference { address, given: false, .. })] if address == "+79991234567");
        assert_eq!((stop, events.len()), (stops, 1 + usize::from(stops)), "{kind}");
    }
}

#[test]
fn an_unsigned_answer_is_refused() {
    let section = json!({"preset": "twilio", "base_url": "https://api.twilio.example",
        "values": {"account": "AC1", "user": "SK1", "sender": "X"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    let refused = parse(&section, "", &answer("+79991234567", "STOP"), &HeaderMap::new());
    assert_eq!(refused, Err(WebhookError::BadSignature));
}

#[test]
fn smsc_rus_answers_and_kannels() {
    let smsc = json!({"preset": "smsc_ru", "values": {"login": "brand"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    let sign = |text: &str| hex::encode(Md5::digest(format!("{text}:{}", super::REPORTS)));
    let md5 = sign("79991234567:СТОП:79000000000");
    let fields = [
        ("phone", "79991234567"),
        ("mes", "СТОП"),
        ("to", "79000000000"),
        ("md5", &md5),
    ];
    let events = parse(&smsc, "", &fields, &HeaderMap::new()).unwrap();
    assert_eq!(
        (inbound(&events).from.as_str(), inbound(&events).content.words()),
        ("+79991234567", Some("СТОП"))
    );
    let forged = [
        ("phone", "79991234568"),
        ("mes", "СТОП"),
        ("to", "79000000000"),
        ("md5", &md5),
    ];
    assert_eq!(
        parse(&smsc, "", &forged, &HeaderMap::new()),
        Err(WebhookError::BadSignature)
    );
    let kannel = json!({"preset": "kannel", "base_url": "http://127.0.0.1:13013", "values": {"user": "brand"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    let query = |word: &str| format!("from=%2B79991234567&text=STOP&sms=7&key={word}");
    let events = parse(&kannel, &query(super::REPORTS), &[], &HeaderMap::new()).unwrap();
    assert_eq!(
        (inbound(&events).from.as_str(), inbound(&events).provider_id.as_str()),
        ("+79991234567", "7")
    );
    assert_eq!(
        parse(&kannel, &query("wrong"), &[], &HeaderMap::new()),
        Err(WebhookError::BadSignature)
    );
}
