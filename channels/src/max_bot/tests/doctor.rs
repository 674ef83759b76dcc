use super::super::doctor::judge;
use super::{provider, section};
use crate::Severity;
use crate::test_server::{Reply, TestServer};
use serde_json::{Value, json};

const ME: &str = r#"{"user_id":55,"first_name":"Brand","username":"brand_bot","is_bot":true}"#;

async fn findings(subscriptions: Value, section: impl Fn(&str) -> Value) -> Vec<crate::Finding> {
    let server = TestServer::plain(move |request| match request.path.as_str() {
        "/me" => Reply::json(200, ME),
        _ => Reply::json(200, subscriptions.to_string()),
    })
    .await;
    provider(&section(&server.url())).check().await
}

#[tokio::test]
async fn the_doctor_asks_for_the_bot_and_names_the_contract() {
    let one = json!({"subscriptions": [{"url": "https://x.example", "time": 1, "update_types": null}]});
    let told = findings(one, section).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].what.contains("brand_bot") && told[0].what.contains("No. 12 of 2026-05-01"));
}

#[tokio::test]
async fn without_a_secret_no_call_is_believed() {
    let without = |url: &str| {
        let mut section = section(url);
        section.as_object_mut().unwrap().remove("webhook_secret");
        section
    };
    let told = findings(json!({}), without).await;
    assert!(told[1].severity == Severity::Warning && told[1].mend.as_ref().unwrap().contains("webhook_secret"));
}

#[test]
fn what_is_wrong_with_a_subscription_is_named() {
    let of = |kinds: Value| json!({"url": "https://x.example", "time": 1, "update_types": kinds});
    let whole = json!([
        "message_created",
        "message_edited",
        "message_callback",
        "bot_started",
        "bot_stopped",
        "dialog_removed",
        "bot_added",
    ]);
    for (list, words) in [
        (json!([]), Some("no subscription")),
        (json!([of(Value::Null)]), None),
        (json!([of(json!([]))]), None),
        (json!([of(whole)]), None),
        (
            json!([of(json!([
                "message_created",
                "bot_started",
                "message_edited",
                "message_callback"
            ]))]),
            Some("does not tell of bot_stopped, dialog_removed"),
        ),
        (json!([of(Value::Null), of(Value::Null)]), Some("2 subscriptions")),
    ] {
        let told = judge(&json!({"subscriptions": list}));
        assert_eq!(told.is_some(), words.is_some(), "{told:?}");
        assert!(told.is_none_or(|told| told.what.contains(words.unwrap())));
    }
    assert!(judge(&json!({})).is_some());
}

#[tokio::test]
async fn a_wrong_token_is_an_error() {
    let server =
        TestServer::plain(|_| Reply::json(401, r#"{"code":"verify.token","message":"Invalid access_token"}"#)).await;
    let told = provider(&section(&server.url())).check().await;
    assert!(
        told[0].severity == Severity::Error && told[0].what.contains("verify.token"),
        "{told:?}"
    );
}
