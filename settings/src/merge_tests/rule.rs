//! The rule of one field, against every combination.

use super::{brought, document, sender, with};
use crate::{Said, merge};
use bellhop_domain::setting::SettingKey;
use serde_json::{Value, json};

/// Every combination of three values and none, in a field and in a field of a table, against the rule itself.
#[test]
fn each_field_is_decided_by_itself() {
    let values = [None, Some("a"), Some("b"), Some("c")];
    let all = || {
        values
            .iter()
            .flat_map(move |last| values.map(|file| values.map(move |there| (*last, file, there))))
            .flatten()
    };
    let expected = |(last, file, there): (Option<&str>, Option<&str>, Option<&str>)| {
        if file == last || file == there {
            (there.map(str::to_owned), false)
        } else if there == last {
            (file.map(str::to_owned), false)
        } else {
            (there.map(str::to_owned), true)
        }
    };
    let body = |pool: Option<&str>, login: Option<&str>| {
        let mut section = serde_json::to_value(sender("sms")).unwrap();
        section["settings"]["values"] = json!({ "more": true });
        if let Some(pool) = pool {
            section["pool"] = json!(pool);
        }
        if let Some(login) = login {
            section["settings"]["values"]["login"] = json!(login);
        }
        section
    };
    let key = SettingKey::sender("default", "sms");
    let mut tried = 0;
    for pool in all() {
        for login in all() {
            let mut file = with(&[]);
            file.senders = vec![serde_json::from_value(body(pool.1, login.1)).unwrap()];
            let mut base = brought(&file);
            base.file.insert(key.to_string(), body(pool.0, login.0));
            *document(&mut base, &key) = body(pool.2, login.2);
            let merged = merge(&file, Said::ALL, &base).unwrap();
            let found = merged.documents.iter().find(|it| it.key == key).unwrap();
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let found = (
                text(&found.body["pool"]),
                text(&found.body["settings"]["values"]["login"]),
            );
            let (pools, logins) = (expected(pool), expected(login));
            assert_eq!(found, (pools.0, logins.0), "{pool:?} {login:?}");
            let kept: Vec<_> = merged
                .kept
                .iter()
                .filter_map(|it| it.field.as_ref().map(|it| it.field.as_str()))
                .collect();
            let mut wanted = Vec::new();
            wanted.extend(pools.1.then_some("pool"));
            wanted.extend(logins.1.then_some("settings.values.login"));
            assert_eq!(kept, wanted, "{pool:?} {login:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 4096);
}
