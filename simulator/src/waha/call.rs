//! WAHA's calls to Bellhop, signed by HMAC-SHA512 over the body.

use aws_lc_rs::hmac;
use chrono::Utc;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::config::WahaEngine;
use crate::callbacks;
use std::borrow::Cow;

/// What every call carries.
pub(super) struct Account {
    pub(super) key: hmac::Key,
    pub(super) session: String,
    pub(super) engine: WahaEngine,
}

/// One event of the session.
pub(super) struct Call {
    /// The same at every try.
    pub(super) id: String,
    pub(super) event: Cow<'static, str>,
    pub(super) payload: Value,
}

impl callbacks::Call for Call {
    type Account = Account;

    fn write(&self, account: &Account, request: RequestBuilder) -> RequestBuilder {
        let now_ms = Utc::now().timestamp_millis();
        let body = json!({
            "id": self.id,
            "timestamp": now_ms,
            "event": self.event,
            "session": account.session,
            "metadata": {},
            "me": {"id": "79000000000@c.us", "pushName": "Brand"},
            "payload": self.payload,
            "engine": account.engine,
            "environment": {"version": "2026.7.1", "engine": account.engine, "tier": "CORE"},
        })
        .to_string();
        request
            .header(CONTENT_TYPE, "application/json")
            .header("X-Webhook-Request-Id", &self.id)
            .header("X-Webhook-Timestamp", now_ms.to_string())
            .header("X-Webhook-Hmac", signature(&account.key, &body))
            .header("X-Webhook-Hmac-Algorithm", "sha512")
            .body(body)
    }
}

fn signature(key: &hmac::Key, body: &str) -> String {
    hex::encode(hmac::sign(key, body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_signature() {
        let key = hmac::Key::new(hmac::HMAC_SHA512, b"my-secret-key");
        assert_eq!(
            signature(&key, r#"{"event":"message","session":"default","engine":"WEBJS"}"#),
            "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
        );
    }
}
