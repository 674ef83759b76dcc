//! Subscriptions whose keys are drawn from the seed and a number: as many as wanted, none of them stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;

use super::WebPush;
use super::decrypt::Keys;
use super::endpoint::ANY_KEY;
use crate::draw::Draw;

/// The most subscriptions per request.
const MOST: u64 = 10_000;

#[derive(Debug)]
pub(crate) struct Subscriptions {
    seed: u64,
    next: AtomicU64,
}

impl Subscriptions {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            next: AtomicU64::default(),
        }
    }

    /// The keys of the browser with this number.
    fn keys(&self, number: u64) -> Option<Keys> {
        // One in four billion 32-byte numbers is not a key; then the next is drawn.
        let private = (0..8)
            .find_map(|nth| PrivateKey::from_private_key(&ECDH_P256, &self.bytes::<32>("p256dh", number, nth)).ok())?;
        Some(Keys {
            private,
            auth: self.bytes("auth", number, 0),
        })
    }

    fn bytes<const N: usize>(&self, purpose: &str, number: u64, nth: u32) -> [u8; N] {
        let mut draw = Draw::new(self.seed, purpose, number, nth);
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&draw.next().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }

    /// What the browser with this number shows of a message.
    pub(super) fn read(&self, number: u64, body: &[u8]) -> Result<Vec<u8>, &'static str> {
        self.keys(number).ok_or("no keys")?.decrypt(body)
    }

    /// A subscription as a browser gives it to the site: compact JSON.
    ///
    /// `root` is that of the push service. `key` is the site's `applicationServerKey`; without one any sender may
    /// send. `magic` makes every message fail as `fault.rs` says.
    pub(crate) fn subscription(&self, root: &str, number: u64, key: Option<&str>, magic: &str) -> Option<String> {
        let keys = self.keys(number)?;
        let public = keys.private.compute_public_key().ok()?;
        let dash = if magic.is_empty() { "" } else { "-" };
        let endpoint = format!("{root}/push/{number}{dash}{magic}/{}", key.unwrap_or(ANY_KEY));
        let (p256dh, auth) = (URL_SAFE_NO_PAD.encode(public), URL_SAFE_NO_PAD.encode(keys.auth));
        Some(json!({"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}).to_string())
    }

    fn take_numbers(&self, count: u64) -> u64 {
        self.next.fetch_add(count, Ordering::Relaxed)
    }
}

/// The body of `POST /_sim/web_push/subscribe`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Subscribe {
    application_server_key: Option<String>,
    /// The first number; if absent, the next free one.
    number: Option<u64>,
    /// How many, one JSON object a line; 1 if absent.
    count: Option<u64>,
    /// Such as `sim:410-once`.
    magic: String,
}

pub(super) fn router(service: Arc<WebPush>, root: String) -> Router {
    Router::new()
        .route("/_sim/web_push/subscribe", post(subscribe))
        .with_state((service, Arc::from(root)))
}

async fn subscribe(State((service, root)): State<(Arc<WebPush>, Arc<str>)>, Json(asked): Json<Subscribe>) -> Response {
    let subscriptions = &service.subscriptions;
    let count = asked.count.unwrap_or(1).min(MOST);
    let first = asked.number.unwrap_or_else(|| subscriptions.take_numbers(count));
    let key = asked.application_server_key.as_deref();
    let made = (first..first + count).map(|number| subscriptions.subscription(&root, number, key, &asked.magic));
    match made.collect::<Option<Vec<_>>>() {
        Some(lines) => (
            [(header::CONTENT_TYPE, "application/x-ndjson")],
            lines.join("\n") + "\n",
        )
            .into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbers_subscription_hangs_on_the_seed_alone() {
        let made = |seed, number| Subscriptions::new(seed).subscription("http://push", number, Some("KEY"), "");
        assert_eq!(made(1, 7), made(1, 7));
        assert_ne!(made(1, 7), made(2, 7));
        assert_ne!(made(1, 7), made(1, 8));
        assert!(made(1, 7).unwrap().contains("http://push/push/7/KEY"));
        let magic = Subscriptions::new(1)
            .subscription("http://push", 7, None, "sim:410")
            .unwrap();
        assert!(magic.contains("/push/7-sim:410/any"), "{magic}");
    }
}
