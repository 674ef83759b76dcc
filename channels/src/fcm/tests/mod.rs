//! FCM's tests: the outcome table row by row, the payload, and the client against a scripted server.

mod client;
mod outcome;
mod payload;

use crate::{AttemptKey, Content, OutgoingMessage, Push};
use bellhop_domain::{MessageId, Timestamp};

/// 2026-03-01T09:00:00Z
const NOW: Timestamp = Timestamp(1_772_355_600_000);

fn message(push: Push<'static>) -> OutgoingMessage<'static> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(42),
            lease: 1,
        },
        address: "device-token",
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
