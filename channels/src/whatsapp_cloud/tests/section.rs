use super::{environment, provider, section};
use crate::provider::PeopleLimit;
use crate::registry;
use serde_json::json;
use std::time::Duration;

#[test]
fn mistakes_in_the_section_are_named() {
    let with = |key: &str, value| {
        let mut section = section("https://graph.facebook.com");
        section[key] = value;
        section
    };
    for (section, words) in [
        (
            with("phone_number_id", json!("+79991234567")),
            "phone_number_id = \"+79991234567\" is not an id",
        ),
        (with("waba_id", json!("")), "waba_id = \"\" is not an id"),
        (with("portfolio_id", json!("x")), "portfolio_id = \"x\" is not an id"),
        (with("version", json!("25")), "write it like v25.0"),
        (with("version", json!("v25.0/../x")), "write it like v25.0"),
        (
            with("access_token", json!("EAAJ")),
            "access_token: is not a reference to a secret",
        ),
        (
            with("access_token", json!({"env": "NO_SUCH"})),
            "access_token: the environment variable NO_SUCH",
        ),
        (with("app_secret", json!({"env": "NO_SUCH"})), "app_secret: "),
        (
            with("verify_token", json!({"file": "/no/such"})),
            "verify_token: cannot read /no/such",
        ),
        (with("base_url", json!("ftp://graph")), "neither http nor https"),
        (with("phone", json!("x")), "unknown field `phone`"),
        (with("unique_people_per_day", json!(0)), "leave it out"),
        (with("pair_seconds", json!(7_200)), "more than an hour"),
        (with("marketing", json!({"ttl_seconds": 3600})), "not between 43200"),
        (with("templates", json!(["a"])), "invalid type"),
        (with("http", json!({"timeout_seconds": 1})), "at least 10"),
        (json!({}), "missing field `phone_number_id`"),
    ] {
        let error = registry::build("whatsapp_cloud", &section, &environment)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.starts_with("whatsapp_cloud: ") && error.contains(words),
            "{error}"
        );
    }
}

#[test]
fn the_portfolios_limit_is_told_to_the_limiter() {
    let mut section = section("https://graph.facebook.com");
    assert_eq!(provider(&section).people_limit(), None);
    assert_eq!(
        provider(&section).portfolio(),
        Some(super::WABA),
        "others may know the limit"
    );
    section["unique_people_per_day"] = json!(2_000);
    let limit = |shared_by: &str| PeopleLimit {
        people: 2_000,
        shared_by: shared_by.to_owned(),
    };
    assert_eq!(provider(&section).people_limit(), Some(&limit(super::WABA)));
    section["portfolio_id"] = json!("506914307656634");
    assert_eq!(provider(&section).people_limit(), Some(&limit("506914307656634")));
}

#[test]
fn messages_to_one_guest_are_six_seconds_apart_unless_the_section_says_otherwise() {
    let mut section = section("https://graph.facebook.com");
    assert_eq!(provider(&section).apart(), Some(Duration::from_secs(6)));
    section["pair_seconds"] = json!(10);
    assert_eq!(provider(&section).apart(), Some(Duration::from_secs(10)));
    section["pair_seconds"] = json!(0);
    assert_eq!(provider(&section).apart(), None);
}
