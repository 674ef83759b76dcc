//! APNs' tests: the outcome table row by row, headers and payload, the token's life, and the client against a scripted server.

mod client;
mod config;
mod outcome;
mod request;
mod token;

use crate::{AttemptKey, Content, OutgoingMessage, Push};
use bellhop_domain::{MessageId, Timestamp};
use secrecy::SecretString;
use std::sync::LazyLock;
use std::time::Duration;

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);
const DEVICE: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const TEAM: &str = "DEF123GHIJ";

/// The key of all tests that look into tokens.
static KEY: LazyLock<rcgen::KeyPair> = LazyLock::new(new_key);

fn new_key() -> rcgen::KeyPair {
    rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

fn pem(key: &rcgen::KeyPair) -> SecretString {
    SecretString::from(key.serialize_pem())
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn message(push: Push<'static>) -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address: DEVICE,
        content: Content::Push(push),
        collapse_key: "run-7",
        expires: Timestamp(NOW.0 + 3_600_000),
        now: NOW,
        last_inbound: None,
        customer: None,
    }
}

fn short() -> OutgoingMessage<'static> {
    message(Push {
        title: "Pizza",
        body: "Tonight at half price",
        ..Push::default()
    })
}
