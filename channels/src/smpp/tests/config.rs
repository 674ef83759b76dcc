use super::super::config::Source;
use super::super::submit::validity;
use super::{read, section};
use crate::Provider;
use rusmpp::values::{Npi, Ton};
use serde_json::json;
use std::time::Duration;

#[test]
fn the_smallest_section_is_enough() {
    let settings = read(&section()).unwrap();
    assert_eq!((settings.peer.port, settings.binds, settings.window), (2775, 1, 10));
    assert_eq!(settings.timing.enquire_link, Duration::from_secs(30));
    assert_eq!(settings.timing.response, Duration::from_secs(60));
    assert_eq!(settings.timing.refused, Duration::from_secs(60));
    assert!(settings.receipts && settings.peer.tls.is_none());
}

#[test]
fn every_mistake_is_told() {
    for (key, value, told) in [
        (
            "system_id",
            json!("sixteen-letters!"),
            "system_id is not a text of at most 15",
        ),
        ("system_id", json!(""), "system_id is empty"),
        (
            "system_type",
            json!("thirteen-char"),
            "system_type is not a text of at most 12",
        ),
        (
            "password",
            json!({"env": "LONG_PASSWORD"}),
            "the password is not a text of at most 8",
        ),
        (
            "password",
            json!({"env": "UNSET"}),
            "password: the environment variable UNSET is not set",
        ),
        ("password", json!("inline"), "password: is not a reference to a secret"),
        ("source", json!("TWELVE-CHARS"), "at most 11 Latin characters"),
        ("source", json!("Пицца"), "at most 11 Latin characters"),
        ("source", json!(""), "is not a sender"),
        ("window", json!(0), "window = 0 is out of range; give it 1 to 10000"),
        ("binds", json!(65), "binds = 65 is out of range"),
        (
            "enquire_link_seconds",
            json!(1),
            "enquire_link_seconds = 1 is out of range",
        ),
        (
            "response_timeout_seconds",
            json!(5),
            "response_timeout_seconds = 5 is out of range",
        ),
        ("reconnect_seconds", json!(0), "reconnect_seconds = 0 is out of range"),
        ("concatenation", json!("udh"), "unknown variant `udh`"),
        ("receipt_utc_offset", json!("MSK"), "write it like +03:00"),
        (
            "errors",
            json!({"0x4zz": {"outcome": "held"}}),
            "write it like 1025 or 0x401",
        ),
        ("errors", json!({"0": {"outcome": "held"}}), "0 is success"),
        (
            "tls",
            json!({"ca_file": "/nowhere/ca.pem"}),
            "tls.ca_file: cannot read /nowhere/ca.pem",
        ),
        ("windows", json!(1), "unknown field `windows`"),
    ] {
        let mut section = section();
        section[key] = value;
        let error = read(&section).err().unwrap();
        assert!(error.contains(told), "{key}: {error}");
        assert!(!error.contains("ninechars"), "{error}");
    }
}

#[test]
fn a_source_by_its_form() {
    for (text, ton, npi, address) in [
        ("PIZZA", Ton::Alphanumeric, Npi::Unknown, "PIZZA"),
        ("Pizza & Co", Ton::Alphanumeric, Npi::Unknown, "Pizza & Co"),
        ("+79991234567", Ton::International, Npi::Isdn, "79991234567"),
        ("79991234567", Ton::International, Npi::Isdn, "79991234567"),
        ("4321", Ton::NetworkSpecific, Npi::Unknown, "4321"),
    ] {
        let source = Source::read(text, None, None).unwrap();
        assert_eq!(
            (source.ton, source.npi, source.address.as_str()),
            (ton, npi, address),
            "{text}"
        );
    }
    let own = Source::read("4321", Some(0), Some(1)).unwrap();
    assert_eq!((own.ton, own.npi), (Ton::Unknown, Npi::Isdn));
}

#[test]
fn own_codes_are_decimal_or_hexadecimal() {
    let mut section = section();
    section["errors"] = json!({"0x401": {"outcome": "held"}, "1026": {"outcome": "retry"}});
    let settings = read(&section).unwrap();
    assert_eq!(settings.errors.keys().copied().collect::<Vec<_>>(), [0x401, 0x402]);
}

#[test]
fn a_validity_period_is_relative() {
    for (seconds, written) in [
        (0, "000000000001000R"),
        (90 * 60, "000000013000000R"),
        (86_399, "000000235959000R"),
        (2 * 86_400 + 3_661, "000002010101000R"),
        (90 * 86_400, "000030000000000R"),
    ] {
        assert_eq!(validity(Duration::from_secs(seconds)), written);
        assert_eq!(written.len(), 16);
    }
}

/// Two operators may be reached through one host, an aggregator's or a tunnel's.
#[test]
fn an_account_is_a_login_at_a_host_and_port() {
    let of = |host: &str, port: u16, system_id: &str| {
        let smpp = super::smpp(port, json!({"host": host, "system_id": system_id}));
        smpp.account().unwrap()
    };
    let one = of("smpp.example", 2775, "brand");
    assert_eq!(one, of("SMPP.example", 2775, "brand"));
    assert_ne!(one, of("smpp.example", 2776, "brand"));
    assert_ne!(one, of("smpp2.example", 2775, "brand"));
    assert_ne!(one, of("smpp.example", 2775, "other"));
}
