//! Converts between the microseconds of the rule and the caller's clock.

use bellhop_domain::Timestamp;

use crate::Past;
use crate::rule::PastGrant;

/// An instant in microseconds.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.0.saturating_mul(1000)
}

/// `now` plus a wait in microseconds, rounded up to a whole millisecond.
pub(crate) fn after(now: Timestamp, wait: i64) -> Timestamp {
    Timestamp(now.0.saturating_add(wait.max(0).saturating_add(999) / 1000))
}

/// Ages of past messages at `now`, oldest first.
pub(crate) fn past_grants(past: &[Past], now: Timestamp) -> Vec<PastGrant> {
    let mut grants: Vec<PastGrant> = past
        .iter()
        .map(|past| PastGrant {
            age: micros(now).saturating_sub(micros(past.at)),
            permits: past.permits.into(),
        })
        .collect();
    grants.sort_by_key(|grant| std::cmp::Reverse(grant.age));
    grants
}
