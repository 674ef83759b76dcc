//! Decides whether a frequency cap allows one more message to a guest (PRODUCT.md §8), from what the ledger keeps
//! about the guest: which marketing messages were about to go, and when.
//!
//! An entry is made, or renewed, when a message that no provider has accepted yet is about to go. So a message counts
//! once, whatever its attempts and channels. After its first acceptance it is not checked again, so its own SMS is
//! never capped by its push. A message that came to nothing does not count.

use crate::frequency_cap::{FrequencyCap, Verdict};
use crate::message::MessageState;
use crate::{MessageKey, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// The longest time from the decision to the provider's acceptance that counts; a later acceptance counts as if it
/// had come then.
pub const UNDER_WAY: Duration = Duration::from_secs(3600);
/// No cap looks back further.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600 + 3600);

/// The marketing messages that a guest has lately got, or is about to get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecentMarketing(Vec<(MessageKey, Timestamp)>);

/// What happened to a message that was about to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A provider accepted it at this instant.
    Sent(Timestamp),
    /// It may still go, or may have gone.
    UnderWay,
    /// It ended without having gone.
    Never,
}

impl Fate {
    /// What became of a message in this state.
    pub fn of(state: MessageState, sent_at: Option<Timestamp>) -> Fate {
        use MessageState::{Cancelled, Expired, Failed, Suppressed};
        match (sent_at, state) {
            (Some(sent_at), _) => Fate::Sent(sent_at),
            (None, Cancelled | Expired | Suppressed | Failed) => Fate::Never,
            _ => Fate::UnderWay,
        }
    }

    /// The instant at which a message that was about to go at `at` counts; `None` if it does not count.
    fn counted(self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Fate::Never => None,
            Fate::Sent(sent) => Some(sent.clamp(at, at.plus(UNDER_WAY))),
            Fate::UnderWay => Some(at),
        }
    }
}

/// Whether a guest's cap is reached at `at`, so that one more message would be suppressed. `lately` tells when each
/// of the guest's marketing messages was about to go, and what happened to it. Those after `at` are ignored.
pub fn cap_reached(cap: &FrequencyCap, lately: &[(Timestamp, Fate)], at: Timestamp) -> bool {
    let seen = lately.iter().filter(|(about_to_go, _)| *about_to_go <= at);
    let counted = seen.filter_map(|(about_to_go, fate)| fate.counted(*about_to_go));
    let counted: Vec<_> = counted.map(|counted| counted.min(at)).collect();
    cap.verdict(&counted, at) != Verdict::Free
}

impl RecentMarketing {
    /// Reads what [`RecentMarketing::to_json`] wrote; `None` if the text is something else.
    pub fn from_json(text: &str) -> Option<Self> {
        let entries: Vec<(i64, i64)> = serde_json::from_str(text).ok()?;
        let entry = |(message, at)| (MessageKey(message), Timestamp(at));
        Some(Self(entries.into_iter().map(entry).collect()))
    }

    pub fn to_json(&self) -> String {
        let entries = self.0.iter().map(|(message, at)| format!("[{},{}]", message.0, at.0));
        format!("[{}]", entries.collect::<Vec<_>>().join(","))
    }

    /// The messages whose fate must be known to decide on `message`; none if it may go whatever happened to them.
    pub fn doubts(&self, cap: &FrequencyCap, message: MessageKey, now: Timestamp) -> Vec<MessageKey> {
        let others = self.others(message);
        let latest = others.clone().map(|(_, at)| at.plus(UNDER_WAY).min(now).max(at));
        let earliest = others.clone().map(|(_, at)| at);
        let free = |sent: Vec<Timestamp>| cap.verdict(&sent, now) == Verdict::Free;
        if free(earliest.collect()) && free(latest.collect()) {
            return Vec::new();
        }
        others.map(|(message, _)| message).collect()
    }

    /// Whether `message` may go now. Messages without a fate in `fates` are taken to have gone.
    pub fn verdict(
        &self,
        cap: &FrequencyCap,
        message: MessageKey,
        fates: &HashMap<MessageKey, Fate>,
        now: Timestamp,
    ) -> Verdict {
        let counted = self
            .others(message)
            .filter_map(|(message, at)| fates.get(&message).unwrap_or(&Fate::UnderWay).counted(at));
        cap.verdict(&counted.collect::<Vec<_>>(), now)
    }

    /// Adds this message as one that is about to go, and forgets those that no cap looks back to.
    #[must_use]
    pub fn with(&self, message: MessageKey, now: Timestamp) -> Self {
        let kept = self.others(message).filter(|(_, at)| at.plus(KEPT) > now);
        Self(kept.chain([(message, now)]).collect())
    }

    fn others(&self, message: MessageKey) -> impl Iterator<Item = (MessageKey, Timestamp)> + Clone {
        self.0.iter().copied().filter(move |(other, _)| *other != message)
    }
}

#[cfg(test)]
#[path = "recent_marketing_tests.rs"]
mod tests;
