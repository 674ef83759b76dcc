use super::{KEY, TEAM};
use crate::config::process_environment;
use crate::{Finding, Severity, registry};
use serde_json::{Value, json};

/// A folder with the key as Apple would name it, and a correct section.
fn right() -> (tempfile::TempDir, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("AuthKey_ABC123DEFG.p8");
    std::fs::write(&file, KEY.serialize_pem()).unwrap();
    let section = json!({
        "key": {"file": file}, "key_id": "ABC123DEFG", "team_id": TEAM, "topic": "com.example.app",
    });
    (folder, section)
}

fn with(section: &Value, change: Value) -> Value {
    let mut section = section.clone();
    let fields = change.as_object().unwrap().clone();
    section.as_object_mut().unwrap().extend(fields);
    section
}

#[test]
fn mistakes_in_the_section_are_named() {
    let (_folder, section) = right();
    for (change, words) in [
        (json!({"key": {"file": "/no/such/file"}}), "cannot read /no/such/file"),
        (
            json!({"key": {"env": "BELLHOP_TEST_UNSET"}}),
            "BELLHOP_TEST_UNSET is not set",
        ),
        (json!({"key": "text"}), "key: is not a reference to a secret"),
        (json!({"key_id": "abc123defg"}), "10 capital letters and digits"),
        (json!({"team_id": "DEF123GHI"}), "team_id \"DEF123GHI\""),
        (json!({"topic": ""}), "not a bundle id"),
        (json!({"topic": "a\nb"}), "not a bundle id"),
        (json!({"priority": 7}), "not 10, 5 or 1"),
        (json!({"connections": 0}), "between 1 and 64"),
        (json!({"sandbox_url": "api.sandbox.push.apple.com"}), "sandbox_url"),
        (json!({"keyid": "x"}), "unknown field `keyid`"),
    ] {
        let error = registry::build("apns", &with(&section, change), &process_environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("apns: ") && error.contains(words), "{error}");
    }
}

async fn findings(section: &Value) -> Vec<Finding> {
    registry::build("apns", section, &process_environment)
        .unwrap()
        .check()
        .await
}

#[tokio::test]
async fn the_doctor_says_what_is_odd() {
    let (_folder, section) = right();
    let all = findings(&section).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].severity, Severity::Fine);
    for (change, words) in [
        (json!({"topic": "app"}), "does not look like a bundle id"),
        (json!({"topic": "com..app"}), "does not look like a bundle id"),
        (json!({"topic": "com.example.my app"}), "does not look like a bundle id"),
        (json!({"topic": "com.example.app.voip"}), "another kind of push"),
        (json!({"production_url": "http://api.push.apple.com"}), "plain http"),
        (json!({"sandbox_url": "http://10.0.0.7"}), "plain http"),
        (json!({"key_id": "XYZ123DEFG"}), "named after ABC123DEFG"),
    ] {
        let all = findings(&with(&section, change)).await;
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[1].severity, Severity::Warning);
        assert!(all[1].what.contains(words), "{all:?}");
    }
}
