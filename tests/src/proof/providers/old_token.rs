//! The one row of APNs that would take a mailing 20 minutes: the answer to a token that was minted that long ago. The
//! channel is tested on its own with its own clock, but with the same simulator and section as all other rows.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use bellhop_channels::{AttemptKey, Content, OutgoingMessage, Provider, Push};
use bellhop_domain::{MessageId, Outcome, Timestamp};
use serde_json::Value;

use super::tables::apns::expired;

/// Apple wants tokens renewed after 20 minutes at the least, and after an hour at the most.
const AGE: Duration = Duration::from_secs(21 * 60);
/// A token that belongs to no guest.
const BEFORE: &str = "cd00000000000000000000000000000000000000000000000000000000000001";
const REFUSED_ONCE: &str = "cd00000000000000000000000000000000000000000000000000000000000002";

/// What the simulator is to answer.
pub(super) fn order() -> Option<Value> {
    expired().order("apns", REFUSED_ONCE, true)
}

/// Mints a token, lets it grow old and has it refused; returns the outcome of that message.
///
/// # Errors
/// When the first message, by which the token is minted, is not accepted.
pub(super) async fn play(apns: &Arc<dyn Provider>) -> Result<Outcome> {
    let now = Timestamp::now();
    let minted = Timestamp(now.0 - AGE.as_millis() as i64);
    let first = apns.send(&message(1, BEFORE, minted)).await;
    ensure!(
        matches!(first, Outcome::Accepted { .. }),
        "a token is minted: {first:?}"
    );
    Ok(apns.send(&message(2, REFUSED_ONCE, now)).await)
}

fn message(id: u64, address: &str, now: Timestamp) -> OutgoingMessage<'_> {
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(id),
            lease: 1,
        },
        address,
        content: Content::Push(Push {
            title: "We miss you",
            body: "Two pizzas for one",
            ..Push::default()
        }),
        collapse_key: "old-token",
        expires: now.plus(Duration::from_secs(3_600)),
        now,
        last_inbound: None,
        customer: None,
    }
}
