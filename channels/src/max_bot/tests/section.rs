use super::{TOKEN, environment, provider, section};
use crate::registry;
use serde_json::{Value, json};
use std::time::Duration;

fn mistake(section: &Value) -> String {
    registry::build("max_bot", section, &environment)
        .err()
        .unwrap()
        .to_string()
}

#[test]
fn without_a_contract_the_sender_stays_off() {
    for contract in [Value::Null, json!(""), json!("  ")] {
        let mut section = section("https://platform-api2.max.ru");
        section["contract"] = contract;
        let told = mistake(&section);
        assert!(told.starts_with("max_bot: contract: MAX forbids"), "{told}");
        assert!(told.contains("requirements, 1.5"), "{told}");
    }
    let mut absent = section("https://platform-api2.max.ru");
    absent.as_object_mut().unwrap().remove("contract");
    assert!(mistake(&absent).contains("so this sender stays off"));
}

#[test]
fn mistakes_in_the_section_are_named() {
    let with = |key: &str, value: Value| {
        let mut section = section("https://platform-api2.max.ru");
        section[key] = value;
        section
    };
    for (section, words) in [
        (with("token", json!({"env": "MAX_BEARER"})), "without \"Bearer\""),
        (
            with("token", json!({"env": "NO_SUCH"})),
            "token: the environment variable NO_SUCH",
        ),
        (
            with("webhook_secret", json!({"env": "NO_SUCH"})),
            "webhook_secret: the environment",
        ),
        (
            with("webhook_secret", json!({"env": "MAX_SHORT"})),
            "webhook_secret: MAX takes 5 to 256",
        ),
        (with("base_url", json!("max")), "base_url"),
        (with("tokn", json!("x")), "unknown field `tokn`"),
        (json!({"contract": "No. 12"}), "missing field `token`"),
    ] {
        let told = mistake(&section);
        assert!(told.starts_with("max_bot: ") && told.contains(words), "{told}");
        assert!(!told.contains(TOKEN), "{told}");
    }
}

#[test]
fn a_section_needs_no_address_and_messages_to_one_guest_keep_apart() {
    let mut section = section("");
    section.as_object_mut().unwrap().remove("base_url");
    assert_eq!(provider(&section).apart(), Some(Duration::from_millis(500)));
}
