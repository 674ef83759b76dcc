//! The fields of documents, and the fields in which two documents differ.

use crate::outside;
use bellhop_domain::masking;
use bellhop_domain::setting::{SEALED, without_secrets};
use serde_json::Value;
use std::collections::BTreeMap;

/// A field that differs, in the form in which it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Field {
    /// As in `settings.secrets.password`.
    pub field: String,
    /// Absent if the field did not exist before.
    pub before: Option<String>,
    /// Absent if the field no longer exists.
    pub after: Option<String>,
}

/// The leaves of a document by their fields, as texts; a list is one leaf.
pub(crate) fn leaves(document: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    collect(document, "", &mut all);
    all
}

fn collect(value: &Value, at: &str, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Object(keys) if at.is_empty() || !keys.is_empty() && !keys.contains_key(SEALED) => {
            for (key, value) in keys {
                let field = if at.is_empty() {
                    key.clone()
                } else {
                    format!("{at}.{key}")
                };
                collect(value, &field, all);
            }
        }
        other => {
            all.insert(at.to_owned(), sorted(other).to_string());
        }
    }
}

/// The value with its keys sorted.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(keys) => {
            let keys: BTreeMap<_, _> = keys.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            keys.into_iter().collect()
        }
        Value::Array(list) => list.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The fields in which two documents differ, by name.
pub(crate) fn differing(before: &Value, after: &Value) -> Vec<Field> {
    let (old, new) = (leaves(before), leaves(after));
    let fields: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let differing = fields.into_iter().filter(|field| old.get(*field) != new.get(*field));
    differing
        .map(|field| {
            let (before, after) = (old.get(field), new.get(field));
            let is_new = before.is_some();
            Field {
                field: field.clone(),
                before: before.map(|text| shown(text, false)),
                after: after.map(|text| shown(text, is_new)),
            }
        })
        .collect()
}

/// A value as it may be shown.
pub(crate) fn told(value: Option<&Value>) -> Option<String> {
    let value = value.filter(|it| !it.is_null())?;
    Some(shown(&sorted(&outside::shown(value)).to_string(), false))
}

/// A leaf as it may be shown: without anything sealed, and without the password in an address.
fn shown(leaf: &str, changed: bool) -> String {
    if leaf.contains(&format!("\"{SEALED}\"")) {
        return if changed { "sealed, changed" } else { "sealed" }.to_owned();
    }
    match serde_json::from_str(leaf) {
        Ok(Value::String(text)) if text.contains("://") => masking::url(&text),
        Ok(Value::String(text)) if text.is_empty() => "\"\"".to_owned(),
        Ok(Value::String(text)) => text,
        Ok(value) => without_secrets(&value).to_string(),
        Err(_) => leaf.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
        let fields = differing(before, after).into_iter();
        fields
            .map(|it| format!("{}: {} → {}", it.field, side(&it.before), side(&it.after)))
            .collect()
    }

    #[test]
    fn a_difference_is_told_by_field_and_without_secrets() {
        for (before, after, expected) in [
            (json!({"rate": "1/s"}), json!({"rate": "2/s"}), vec!["rate: 1/s → 2/s"]),
            (
                json!({"a": 1, "b": {"c": true}}),
                json!({"b": {"c": true}, "a": 1}),
                vec![],
            ),
            (json!({"pool": null}), json!({}), vec![]),
            (
                json!({}),
                json!({"pool": "p", "warm": false}),
                vec!["pool: - → p", "warm: - → false"],
            ),
            (json!({"pool": "p"}), json!({"pool": ""}), vec!["pool: p → \"\""]),
            (
                json!({"s": {"x": {"file": "/a"}}}),
                json!({"s": {"x": {"env": "A"}}}),
                vec!["s.x.env: - → A", "s.x.file: /a → -"],
            ),
            (
                json!({"s": {"x": {"sealed": "v1.k.one"}}}),
                json!({"s": {"x": {"sealed": "v1.k.two"}}}),
                vec!["s.x: sealed → sealed, changed"],
            ),
            (
                json!({"s": {"x": {"file": "/a"}}}),
                json!({"s": {"x": {"sealed": "v1.k.two"}}}),
                vec!["s.x: - → sealed", "s.x.file: /a → -"],
            ),
            (
                json!({"keys": [{"sealed": "v1.k.one"}]}),
                json!({"keys": [{"sealed": "v1.k.one"}, {"env": "A"}]}),
                vec!["keys: sealed → sealed, changed"],
            ),
            (
                json!({"ramp": [1, 2]}),
                json!({"ramp": [1, 3]}),
                vec!["ramp: [1,2] → [1,3]"],
            ),
            (
                json!({"url": "http://u:hunter2@h/x"}),
                json!({"url": "http://h/x"}),
                vec!["url: http://…@h/x → http://h/x"],
            ),
            (
                json!({"urls": ["http://u:hunter2@h/x"]}),
                json!({"urls": ["http://h/x"]}),
                vec![r#"urls: ["http://…@h/x"] → ["http://h/x"]"#],
            ),
        ] {
            assert_eq!(told(&before, &after), expected);
        }
    }
}
