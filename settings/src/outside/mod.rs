//! Settings as a program of an organisation sees them, and as they come back from it.
//!
//! It sees no secret, but where one is: a reference, or the mark of what is sealed. It sends these back to keep what is there.
//! Who runs the machines has put references into the settings, and a file or variable of theirs is nothing that a program may
//! name; and a secret that is kept goes where it went before, or an address of the program's own would be told it.

mod back;
#[cfg(test)]
mod tests;

pub use back::{NotTaken, Stray, returned};

use bellhop_domain::masking::{self, is_url};
use bellhop_domain::setting::SEALED;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A document without its secrets: what is sealed has a mark in its place, an address no password.
pub fn shown(document: &Value) -> Value {
    match document {
        Value::Object(keys) => match only(keys, SEALED) {
            Some(text) => json!({ SEALED: mark(text) }),
            None => Value::Object(keys.iter().map(|(key, value)| (key.clone(), shown(value))).collect()),
        },
        Value::Array(list) => Value::Array(list.iter().map(shown).collect()),
        Value::String(text) if is_url(text) => masking::url(text).into(),
        other => other.clone(),
    }
}

/// By which what is sealed is known without being told: it is another whenever it was sealed anew.
fn mark(text: &str) -> String {
    // In a history it is covered already.
    if text.chars().all(|c| c == '*') {
        return text.to_owned();
    }
    hex::encode(&Sha256::digest([b"bellhop sealed ".as_slice(), text.as_bytes()].concat())[..6])
}

/// The text of an object that has this one key.
fn only<'a>(keys: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    keys.get(key).and_then(Value::as_str).filter(|_| keys.len() == 1)
}

/// Whether what stands under a key names something of the machine: a file, or a variable of its environment.
fn is_reference(key: &str) -> bool {
    matches!(key, "file" | "env") || key.ends_with("_file")
}
