//! The rule that decides, as functions over values: time and chance are arguments, nothing waits.
//!
//! Small limits are exact. A scope remembers every grant for as long as it counts, as the instant by which the permit
//! must have been *used*: a permit lives for `life`, so its message reaches the provider in [grant, grant + life], and a
//! new permit is granted only if, for each window, fewer than its number may have arrived in the span before now. Hence
//! no window holds more than its limit at the provider either, however late permits are used. Large limits are quotas
//! (see [`plan::Quota`]): one instant each, and any lost past is no worse than one step.
//!
//! Marketing moreover keeps a pace: places `spacing` apart, each left a little late by chance, and it leaves every window
//! a reserve. Who asks late makes up for it within `late`, so that latency costs no throughput. Whoever is more urgent
//! and was refused is waited for: what becomes free next is not given to marketing.
//!
//! This has a twin in Lua (`redis/`), compared by a property test. Instants are microseconds since the epoch.

mod memory;
mod plan;
mod restore;
mod take;

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;

pub(crate) use memory::Memory;
pub(crate) use plan::{DOUBT, LONGEST_LIFE, Plan};
pub(crate) use restore::{Outcome, PastGrant, restore};
pub(crate) use take::{Ask, Verdict, hold, release, take};

/// Since when the limiter as a whole remembers, and until when permits may be in use that it has forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch {
    pub(crate) since: i64,
    /// Whether others may hold permits from before.
    pub(crate) shared: bool,
}

impl Epoch {
    /// When no permit from before can be in use any more.
    pub(crate) fn settled(self) -> i64 {
        if self.shared {
            self.since + LONGEST_LIFE
        } else {
            self.since
        }
    }
}
