//! Meta's calls to Bellhop (PROVIDERS §5.6): changes in an envelope, escaped as Meta escapes, signed over the bytes.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::hmac;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::callbacks::Call;
use crate::ledger::lock;

/// The most updates in one call.
const LARGEST_BATCH: usize = 1_000;

/// What every call needs.
pub(super) struct Account {
    pub(super) waba_id: String,
    pub(super) app_secret: SecretString,
    /// Changes that wait for others.
    pub(super) gathered: Arc<Mutex<Vec<Value>>>,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) enum Update {
    Change(Value),
    /// All that has gathered when the call is first tried.
    Gathered(Arc<OnceLock<Vec<Value>>>),
}

impl Update {
    pub(super) fn gathered() -> Self {
        Self::Gathered(Arc::default())
    }
}

impl Call for Update {
    type Account = Account;

    fn write(&self, account: &Account, request: RequestBuilder) -> RequestBuilder {
        let changes = match self {
            Self::Change(change) => std::slice::from_ref(change),
            Self::Gathered(once) => once.get_or_init(|| {
                let mut gathered = lock(&account.gathered);
                let kept = gathered.len().min(LARGEST_BATCH);
                gathered.drain(..kept).collect()
            }),
        };
        let body = body(&account.waba_id, changes);
        request
            .header(CONTENT_TYPE, "application/json")
            .header(
                "X-Hub-Signature-256",
                signature(account.app_secret.expose_secret(), body.as_bytes()),
            )
            .body(body)
    }
}

fn body(waba_id: &str, changes: &[Value]) -> String {
    let entry = json!({"id": waba_id, "time": chrono::Utc::now().timestamp(), "changes": changes});
    let entries = if changes.is_empty() { json!([]) } else { json!([entry]) };
    escaped(&json!({"object": "whatsapp_business_account", "entry": entries}).to_string())
}

/// JSON as Meta writes it: ASCII only, slashes escaped.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '/' => text.push_str("\\/"),
            letter if letter.is_ascii() => text.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to memory cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text
}

pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_signature() {
        let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
        assert_eq!(
            signature("test_app_secret", body),
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
        );
    }

    #[test]
    fn text_is_escaped_and_reads_the_same() {
        let value = json!({"body": "Жду 🍕 https://a.b/c"});
        let text = escaped(&value.to_string());
        assert!(
            text.is_ascii() && text.contains(r"\u0416") && text.contains(r"\/\/a.b"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
