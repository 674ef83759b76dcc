//! Settings as a program of an organisation sees them, and as they come back from it.
//!
//! The program sees no secret, only where one is: a reference, or the mark of a sealed secret. It sends these back to keep
//! what is there. References name files and variables of the machines. Only their operator may choose these, so the
//! program can keep a reference and cannot make one. A secret that is kept goes only where it went before: otherwise a
//! program could have it sent to an address of its own.

mod back;
#[cfg(test)]
mod tests;

pub use back::{NotTaken, Stray, returned};

use bellhop_domain::masking::{self, is_url};
use bellhop_domain::setting::SEALED;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A document without its secrets: each sealed one is replaced by its mark, and addresses lose their passwords.
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

/// A mark that identifies a sealed secret without revealing it; when the secret is sealed again, the mark is another.
fn mark(text: &str) -> String {
    // In the history, sealed secrets are covered already.
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
