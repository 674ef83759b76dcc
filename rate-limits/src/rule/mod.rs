//! The rule that decides, as functions over values: time and chance are arguments, nothing waits.
//!
//! Small limits are exact. A scope remembers every grant for as long as it counts, as the instant by which the permit
//! must have been *used*: a permit lives for `life`, so its message reaches the provider in [grant, grant + life],
//! and a new permit is granted only if, for each window, fewer than its number may have arrived in the span before
//! now. Hence no window holds more than its limit at the provider either, however late permits are used. Large limits
//! are quotas (see [`parameters::Quota`]): one instant each, and a lost past costs no more than one step.
//!
//! In addition, marketing keeps a pace: places `spacing` apart, each used a little late at random. It leaves a
//! reserve in every window. A caller who asks up to `late` too late makes up for it, so that latency costs no
//! throughput. If a more urgent caller was refused, what becomes free next is kept for them and not given to
//! marketing.
//!
//! This has a twin in Lua (`redis/`), compared by a property test. Instants are microseconds since the epoch.

mod memory;
mod parameters;
mod restore;
mod take;

#[cfg(test)]
mod schedules;
#[cfg(test)]
mod tests;

pub(crate) use memory::Memory;
pub(crate) use parameters::{DOUBT, LONGEST_LIFE, Parameters};
pub(crate) use restore::{PastGrant, RestoreAnswer, restore};
pub(crate) use take::{Ask, TakeAnswer, hold, release, take};

/// Since when the limiter as a whole remembers, and until when permits that it has forgotten may still be in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch {
    pub(crate) since: i64,
    /// Whether others may hold permits from before this epoch.
    pub(crate) shared: bool,
}

impl Epoch {
    /// From when on no permit from before this epoch can be in use.
    pub(crate) fn settled(self) -> i64 {
        if self.shared {
            self.since + LONGEST_LIFE
        } else {
            self.since
        }
    }
}
