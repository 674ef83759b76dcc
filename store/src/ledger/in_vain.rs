//! What providers tell us in vain: receipts that fit no attempt. Somebody who shares an account or a number with us may send
//! them for ever, so each one costs less and less, and in the end nothing.

use super::kept_receipt::END;
use bellhop_domain::{Timestamp, time};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use tracing::warn;

/// How long the attempt of a receipt is looked for: an answer that a worker still has in hand is recorded within minutes,
/// and a doubt is settled, one way or the other, within a day (`dispatcher.settlement`).
const LOOKED_FOR_MS: i64 = 3 * time::DAY_MS;

/// When a receipt that matches nothing yet is looked at again: after half its age, and never within the same instant. A
/// minute after it came that is half a minute, after a day half a day: some thirty looks and not one at every tick. The
/// arguments are now, and when those came whose last look this is.
pub(super) const NEXT_LOOK: &str = "CASE WHEN came_at > $2 THEN $1 + 1 + ($1 - came_at) / 2 END";

/// Receipts that came before this instant are given up.
pub(super) fn given_up_before(now: Timestamp) -> i64 {
    now.0 - LOOKED_FOR_MS
}

/// Says how many receipts have been given up.
pub(super) fn tell(given_up: u64) {
    if given_up > 0 {
        warn!(
            receipts = given_up,
            "delivery reports have matched no message for three days and are given up: does another system use the same account?"
        );
    }
}

/// The age at which a receipt without a message is worth a log line, because its answer would have been recorded by
/// now.
const NOTICED_AFTER_MS: i64 = 2 * 60_000;
/// Whoever shares an account with us sends them all day.
const SAID_AGAIN_AFTER_MS: i64 = 15 * 60_000;
static LAST_SAID: AtomicI64 = AtomicI64::new(i64::MIN);

/// Whether this look is the first after the time in which an answer is recorded, as looks are [`NEXT_LOOK`] apart.
pub(super) fn is_noticed(came: Timestamp, now: Timestamp) -> bool {
    let age = now.0 - came.0;
    (NOTICED_AFTER_MS..NOTICED_AFTER_MS * 3 / 2).contains(&age)
}

/// Says that receipts of these accounts fit no message, now and then.
pub(super) fn notice(unmatched: &BTreeMap<String, u64>, now: Timestamp) {
    let last = LAST_SAID.load(Ordering::Relaxed);
    if unmatched.is_empty() || now.0.saturating_sub(last) < SAID_AGAIN_AFTER_MS {
        return;
    }
    LAST_SAID.store(now.0, Ordering::Relaxed);
    for (senders, receipts) in unmatched {
        warn!(
            receipts,
            senders = senders.trim_end().replace(END, ", "),
            "delivery reports fit no message of ours: `bellhop sender receipts` shows them; look at `message_ids`"
        );
    }
}
