//! Who of an audience is reached, and why the others are not (PRODUCT.md §3).

use super::{Asked, Guest, Segment};
use crate::exclusion::Exclusion;
use crate::recent_marketing::cap_reached;
use crate::{Channel, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// The answer of `audience count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AudienceCount {
    pub as_of: Timestamp,
    /// Guests who pass the filter.
    pub count: u64,
    /// `count` less the excluded.
    pub reachable: u64,
    /// Guests by the first reason that applies; a reason that excludes nobody is 0. The frequency cap is judged at
    /// `as_of`: when the message is about to go the answer may be different.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Of the reachable guests, those with consent and a live endpoint on each channel; a guest may be in several.
    pub by_channel: BTreeMap<Channel, u64>,
}

impl AudienceCount {
    /// The count of nobody.
    pub fn empty(as_of: Timestamp) -> Self {
        Self {
            as_of,
            count: 0,
            reachable: 0,
            excluded: Exclusion::OF_MARKETING.into_iter().map(|r| (r, 0)).collect(),
            by_channel: Channel::ALL.into_iter().map(|c| (c, 0)).collect(),
        }
    }

    /// Adds guests who are excluded.
    pub fn exclude(&mut self, reason: Exclusion, guests: u64) {
        self.count += guests;
        *self.excluded.entry(reason).or_default() += guests;
    }

    /// Adds guests who can be reached on these channels.
    pub fn reach(&mut self, channels: impl IntoIterator<Item = Channel>, guests: u64) {
        self.count += guests;
        self.reachable += guests;
        for channel in channels {
            *self.by_channel.entry(channel).or_default() += guests;
        }
    }
}

impl Guest {
    /// Why the guest would get nothing over the default order of channels, as far as this card alone tells.
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

    /// Whether one more marketing message at the instant asked about would exceed the cap.
    pub fn cap_reached(&self, asked: &Asked) -> bool {
        cap_reached(&asked.cap, &self.marketing, asked.as_of)
    }
}

/// The reference count: `base` in ascending order of customers. Of guests with the same first address, the first one
/// whose cap is not reached gets the message and the others are duplicates.
pub fn audience(base: &[Guest], segment: &Segment, asked: &Asked) -> AudienceCount {
    let mut answer = AudienceCount::empty(asked.as_of);
    let mut used = HashSet::new();
    for guest in base.iter().filter(|g| segment.holds(g, asked)) {
        if let Some(reason) = guest.exclusion() {
            answer.exclude(reason, 1);
            continue;
        }
        let first = guest.reachable().next().and_then(|c| guest.live(c)).map(|e| e.id);
        if !used.insert(first) {
            answer.exclude(Exclusion::DuplicateEndpoint, 1);
        } else if guest.cap_reached(asked) {
            answer.exclude(Exclusion::FrequencyCap, 1);
        } else {
            answer.reach(guest.reachable(), 1);
        }
    }
    answer
}
