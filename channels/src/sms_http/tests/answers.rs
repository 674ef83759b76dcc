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

/// Two numbers may have said it; what the gateway itself took for a stop counts for both.
#[test]
fn a_stop_from_a_number_that_may_be_two() {
    let mut fields = answer("9611597143", "BASTA");
    fields.push(("OptOutType", "STOP"));
    let events = twilio(&fields, json!({"region": "RU"})).unwrap();
    let told = inbound(&events);
    assert_eq!(
        (told.from.as_str(), told.perhaps.as_deref()),
        ("+79611597143", Some("+9611597143"))
    );
    let stopped: Vec<&str> = events[1..]
        .iter()
        .map(|event| match event {
            Event::Preference(Preference {
                address, given: false, ..
            }) => address.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(stopped, ["+79611597143", "+9611597143"]);
}

/// A stranger's call costs no reading, and learns nothing from how it is refused.
#[test]
fn an_unsigned_call_is_refused_before_it_is_read() {
    let twilio = json!({"preset": "twilio", "base_url": "https://api.twilio.example",
        "values": {"account": "AC1", "user": "SK1", "sender": "X"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    let kannel = json!({"preset": "kannel", "base_url": "http://127.0.0.1:13013", "values": {"user": "brand"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    let smsc = json!({"preset": "smsc_ru", "values": {"login": "brand"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    let signed: HeaderMap = [("x-twilio-signature".parse().unwrap(), HeaderValue::from_static("AAAA"))]
        .into_iter()
        .collect();
    let none = HeaderMap::new();
    for (section, query, headers, admitted) in [
        (&twilio, "", &none, false),
        (&twilio, "", &signed, true),
        (&kannel, "", &none, false),
        (&kannel, "key=wrong", &signed, false),
        (&kannel, "key=secret", &none, true),
        // Its signature stands in the body.
        (&smsc, "", &none, true),
    ] {
        let provider = provider(section);
        let webhook = provider.webhook().unwrap();
        assert_eq!(webhook.admits(query, headers), admitted, "{section} {query}");
        let read = |body: &[u8]| {
            webhook.parse(&WebhookRequest {
                url: URL,
                query,
                headers,
                body,
            })
        };
        let expected = match query {
            "key=secret" => "Unreadable",
            _ => "BadSignature",
        };
        let told = format!("{:?}", read(b"{\"text\": ").unwrap_err());
        assert!(told.starts_with(expected), "{section} {query}: {told}");
    }
}

/// `%b` of Kannel gives the octets as they came from the phone.
#[test]
fn kannels_octets_are_read_in_their_charset() {
    let kannel = json!({"preset": "kannel", "base_url": "http://127.0.0.1:13013", "values": {"user": "brand"},
        "secrets": {"password": {"env": "SMSC_PASSWORD"}, "reports": {"env": "SMSC_REPORTS"}}});
    for (text, charset, expected) in [
        ("%04%21%04%22%04%1E%04%1F", "", "СТОП"),
        ("%04%21%04%22%04%1E%04%1F", "&charset=UTF-16BE", "СТОП"),
        ("%21%04%22%04%1E%04%1F%04", "&charset=UTF-16BE", "СТОП"),
        ("%00S%00T%00O%00P", "&charset=UTF-16BE", "STOP"),
        ("%D0%A1%D0%A2%D0%9E%D0%9F", "&charset=UTF-8", "СТОП"),
        ("%D1%D2%CE%CF", "", "СТОП"),
        ("%D1%D2%CE%CF", "&charset=WINDOWS-1252", "СТОП"),
        ("%F3%F4%EF%F0", "&charset=KOI8-R", "СТОП"),
        ("STOP", "&charset=GSM", "STOP"),
        ("%EF%E8%F6%F6%E0+%E3%E4%E5%3F", "", "пицца где?"),
        (
            "%04%1D%04%35%04%42%00+%04%3F%04%43%04%42%04%38%00%3F",
            "&charset=UTF-16BE",
            "Нет пути?",
        ),
    ] {
        let query = format!("from=%2B79991234567&text={text}{charset}&sms=7&key={}", super::REPORTS);
        let events = parse(&kannel, &query, &[], &HeaderMap::new()).unwrap();
        assert_eq!(inbound(&events).content.words(), Some(expected), "{text} {charset}");
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
