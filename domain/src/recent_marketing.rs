//! What a frequency cap says of one more message to a guest (PRODUCT.md §8), from what the ledger keeps of the guest: which
//! marketing messages were about to go, and when.
//!
//! An entry is made, or made anew, when a message that nobody has taken yet is about to go. So a message counts once,
//! whatever its attempts and channels; from its first acceptance on it is no more asked about, and its own SMS is never
//! capped by its push. What came to nothing does not count.

use crate::frequency_cap::{FrequencyCap, Verdict};
use crate::{MessageId, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// From the decision to the provider's acceptance: no longer than that, or it counts as that long.
const UNDER_WAY: Duration = Duration::from_secs(3600);
/// No cap looks back further.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600 + 3600);

/// The marketing messages that a guest has lately got, or is about to get.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecentMarketing(Vec<(MessageId, Timestamp)>);

/// What became of a message that was about to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A provider took it then.
    Sent(Timestamp),
    /// It may yet go, or may have gone.
    UnderWay,
    /// It ended without having gone.
    Never,
}

impl RecentMarketing {
    /// Reads what [`RecentMarketing::to_json`] wrote; `None` if it is something else.
    pub fn from_json(text: &str) -> Option<Self> {
        let entries: Vec<(i64, i64)> = serde_json::from_str(text).ok()?;
        let entry = |(message, at)| (MessageId::from_sql(message), Timestamp(at));
        Some(Self(entries.into_iter().map(entry).collect()))
    }

    pub fn to_json(&self) -> String {
        let entries = self
            .0
            .iter()
            .map(|(message, at)| format!("[{},{}]", message.to_sql(), at.0));
        format!("[{}]", entries.collect::<Vec<_>>().join(","))
    }

    /// The messages to look at before `message` may be judged; none if it may go whatever became of them.
    pub fn doubts(&self, cap: &FrequencyCap, message: MessageId, now: Timestamp) -> Vec<MessageId> {
        let others = self.others(message);
        let latest = others.clone().map(|(_, at)| at.plus(UNDER_WAY).min(now).max(at));
        let earliest = others.clone().map(|(_, at)| at);
        let free = |sent: Vec<Timestamp>| cap.verdict(&sent, now) == Verdict::Free;
        if free(earliest.collect()) && free(latest.collect()) {
            return Vec::new();
        }
        others.map(|(message, _)| message).collect()
    }

    /// Whether `message` may go now. What is not in `fates` may have gone.
    pub fn verdict(
        &self,
        cap: &FrequencyCap,
        message: MessageId,
        fates: &HashMap<MessageId, Fate>,
        now: Timestamp,
    ) -> Verdict {
        let counted = self
            .others(message)
            .filter_map(|(message, at)| match fates.get(&message) {
                Some(Fate::Never) => None,
                Some(Fate::Sent(sent)) => Some((*sent).clamp(at, at.plus(UNDER_WAY))),
                Some(Fate::UnderWay) | None => Some(at),
            });
        cap.verdict(&counted.collect::<Vec<_>>(), now)
    }

    /// With this message as one that is about to go, without what no cap looks back to.
    #[must_use]
    pub fn with(&self, message: MessageId, now: Timestamp) -> Self {
        let kept = self.others(message).filter(|(_, at)| at.plus(KEPT) > now);
        Self(kept.chain([(message, now)]).collect())
    }

    fn others(&self, message: MessageId) -> impl Iterator<Item = (MessageId, Timestamp)> + Clone {
        self.0.iter().copied().filter(move |(other, _)| *other != message)
    }
}

#[cfg(test)]
#[path = "recent_marketing_tests.rs"]
mod tests;
