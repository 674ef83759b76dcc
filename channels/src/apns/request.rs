//! The headers of a send (PROVIDERS.md §2.2).

use crate::{AttemptKey, OutgoingMessage};
use bellhop_domain::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

/// Apple's cap on `apns-collapse-id`, bytes.
const LONGEST_COLLAPSE_ID: usize = 64;
/// Apple stores a message for 30 days at most.
const LONGEST_STORED: Duration = Duration::from_secs(30 * 24 * 3600);

/// How urgent a push is: `apns-priority`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// 10: at once.
    Immediate,
    /// 5: when it suits the device's battery.
    Considerate,
    /// 1: never wakes the device.
    Low,
}

impl Priority {
    pub fn read(number: u8) -> Option<Self> {
        match number {
            10 => Some(Self::Immediate),
            5 => Some(Self::Considerate),
            1 => Some(Self::Low),
            _ => None,
        }
    }

    fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Immediate => "10",
            Self::Considerate => "5",
            Self::Low => "1",
        })
    }
}

/// All headers of a send. A collapse key that no header can carry is left out.
pub(super) fn headers(
    message: &OutgoingMessage<'_>,
    topic: &HeaderValue,
    priority: Priority,
    authorization: &HeaderValue,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(AUTHORIZATION, authorization.clone());
    headers.insert("apns-push-type", HeaderValue::from_static("alert"));
    headers.insert("apns-topic", topic.clone());
    headers.insert("apns-priority", priority.value());
    headers.insert("apns-expiration", HeaderValue::from(expiration(message)));
    if let Ok(mut id) = HeaderValue::try_from(apns_id(message.attempt)) {
        // Sensitive: written without indexing, or every id would push a constant header out of HPACK's table.
        id.set_sensitive(true);
        headers.insert(HeaderName::from_static("apns-id"), id);
    }
    if let Some(id) = collapse_id(message.collapse_key) {
        headers.insert("apns-collapse-id", id);
    }
    headers
}

/// Epoch seconds until which Apple stores the push for a device that is off; 0, which means a single try, if the
/// message has expired.
fn expiration(message: &OutgoingMessage<'_>) -> i64 {
    if message.time_to_live().is_zero() {
        return 0;
    }
    let Timestamp(ms) = message.expires.min(message.now.plus(LONGEST_STORED));
    ms.max(0) / 1000
}

fn collapse_id(key: &str) -> Option<HeaderValue> {
    let cut = &key[..key.floor_char_boundary(LONGEST_COLLAPSE_ID)];
    HeaderValue::try_from(cut).ok().filter(|_| !cut.is_empty())
}

/// The attempt as a UUID of version 8 (RFC 9562 §5.8): the 64 bits of the message's id, then the low 58 bits of the
/// lease, around the fixed bits. Apple echoes it, and its Push Notifications Console finds a push by it. It does not
/// prevent duplicates.
pub(super) fn apns_id(attempt: AttemptKey) -> String {
    const LEASE_BITS: u32 = 58;
    let id = attempt.message.0;
    let (high, middle, low) = (id >> 16, (id >> 4) & 0xfff, id & 0xf);
    let lease = attempt.lease.cast_unsigned() & ((1 << LEASE_BITS) - 1);
    let tail = (0b10_u64 << 62) | (low << LEASE_BITS) | lease;
    format!(
        "{:08x}-{:04x}-8{middle:03x}-{:04x}-{:012x}",
        high >> 16,
        high & 0xffff,
        tail >> 48,
        tail & 0xffff_ffff_ffff
    )
}
