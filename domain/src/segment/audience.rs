//! Who of an audience is reached, and why the others are not (PRODUCT.md §3).

use super::{Asked, Guest, Segment};
use crate::exclusion::Exclusion;
use crate::{Channel, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// The answer of `audience count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AudienceCount {
    pub as_of: Timestamp,
    /// Guests whom the filter lets in.
    pub count: u64,
    /// `count` less the excluded.
    pub reachable: u64,
    /// Guests by the first reason that applies; reasons nobody is excluded for are 0.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Of the reachable guests, those with consent and a live endpoint on each channel; a guest may be in several.
    pub by_channel: BTreeMap<Channel, u64>,
}

/// Reasons that a count without a mailing knows. Caps depend on when a message goes out.
const REASONS: [Exclusion; 4] = [
    Exclusion::Blacklisted,
    Exclusion::NoConsent,
    Exclusion::NoLiveEndpoint,
    Exclusion::DuplicateEndpoint,
];

impl AudienceCount {
    /// Of nobody.
    pub fn empty(as_of: Timestamp) -> Self {
        Self {
            as_of,
            count: 0,
            reachable: 0,
            excluded: REASONS.into_iter().map(|r| (r, 0)).collect(),
            by_channel: Channel::ALL.into_iter().map(|c| (c, 0)).collect(),
        }
    }

    /// Adds guests who are excluded.
    pub fn exclude(&mut self, reason: Exclusion, guests: u64) {
        self.count += guests;
        *self.excluded.entry(reason).or_default() += guests;
    }

    /// Adds guests who are reached on these channels.
    pub fn reach(&mut self, channels: impl IntoIterator<Item = Channel>, guests: u64) {
        self.count += guests;
        self.reachable += guests;
        for channel in channels {
            *self.by_channel.entry(channel).or_default() += guests;
        }
    }
}

impl Guest {
    /// Why the guest would get nothing over the default order of channels, as far as one card alone tells.
    pub fn exclusion(&self) -> Option<Exclusion> {
        if self.blacklisted {
            Some(Exclusion::Blacklisted)
        } else if self.consents.is_empty() {
            Some(Exclusion::NoConsent)
        } else if self.reachable().next().is_none() {
            Some(Exclusion::NoLiveEndpoint)
        } else {
            None
        }
    }
}

/// The reference count: `base` in ascending order of customers. Of guests whose first address is the same, the
/// first gets the message and the others are duplicates.
pub fn audience(base: &[Guest], segment: &Segment, asked: &Asked) -> AudienceCount {
    let mut answer = AudienceCount::empty(asked.as_of);
    let mut used = HashSet::new();
    for guest in base.iter().filter(|g| segment.holds(g, asked)) {
        if let Some(reason) = guest.exclusion() {
            answer.exclude(reason, 1);
            continue;
        }
        let first = guest.reachable().next().and_then(|c| guest.live(c)).map(|e| e.id);
        if used.insert(first) {
            answer.reach(guest.reachable(), 1);
        } else {
            answer.exclude(Exclusion::DuplicateEndpoint, 1);
        }
    }
    answer
}
