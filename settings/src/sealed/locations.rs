//! Where secrets stand in a document.

use super::key::Keys;
use super::location::SecretLocation;
use crate::SettingsError;
use bellhop_domain::setting::{SEALED, SettingKey};
use serde_json::{Value, json};

/// The key under which a caller gives a secret that is to be sealed: `{ secret = "…" }`. It is never stored like
/// this.
pub(crate) const GIVEN: &str = "secret";

/// Every sealed secret of a document: its field and its text.
pub fn sealed_secrets(document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(document, SEALED, "", &mut found);
    found
}

/// Whether a document holds a secret that is not sealed yet.
pub fn has_given(document: &Value) -> bool {
    let mut found = Vec::new();
    walk(document, GIVEN, "", &mut found);
    !found.is_empty()
}

/// The document with every given secret sealed for its place.
///
/// # Errors
/// When there is no key to seal by.
pub fn given(
    keys: &Keys,
    key: &SettingKey,
    document: &Value,
    mut nonce: impl FnMut() -> [u8; 12],
) -> Result<Value, SettingsError> {
    let mut all = Vec::new();
    walk(document, GIVEN, "", &mut all);
    let mut sealed = document.clone();
    for (field, secret) in all {
        let location = SecretLocation { key, field: &field };
        let text = keys
            .seal(location, &secret, nonce())
            .map_err(|problem| location.refused(problem))?;
        put(&mut sealed, (GIVEN, "", &field), &secret, &text);
    }
    Ok(sealed)
}

/// Puts one sealed text in the place of another, wherever it stands.
pub fn replace(document: &mut Value, old: &str, new: &str) {
    match document {
        Value::Object(keys) if keys.len() == 1 && keys.get(SEALED).and_then(Value::as_str) == Some(old) => {
            *document = json!({ SEALED: new });
        }
        Value::Object(keys) => keys.values_mut().for_each(|value| replace(value, old, new)),
        Value::Array(list) => list.iter_mut().for_each(|value| replace(value, old, new)),
        _ => {}
    }
}

/// Seals the one secret of this field and text.
fn put(document: &mut Value, (mark, at, field): (&str, &str, &str), secret: &str, text: &str) {
    match document {
        Value::Object(keys)
            if at == field && keys.len() == 1 && keys.get(mark).and_then(Value::as_str) == Some(secret) =>
        {
            *document = json!({ SEALED: text });
        }
        Value::Object(keys) => {
            for (key, value) in keys {
                put(value, (mark, &inner(at, key), field), secret, text);
            }
        }
        Value::Array(list) => list
            .iter_mut()
            .for_each(|value| put(value, (mark, at, field), secret, text)),
        _ => {}
    }
}

fn walk(document: &Value, mark: &str, at: &str, found: &mut Vec<(String, String)>) {
    match document {
        Value::Object(keys) => match keys.get(mark).and_then(Value::as_str) {
            Some(text) if keys.len() == 1 => found.push((at.to_owned(), text.to_owned())),
            _ => keys
                .iter()
                .for_each(|(key, value)| walk(value, mark, &inner(at, key), found)),
        },
        Value::Array(list) => list.iter().for_each(|value| walk(value, mark, at, found)),
        _ => {}
    }
}

fn inner(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.to_owned()
    } else {
        format!("{at}.{key}")
    }
}
