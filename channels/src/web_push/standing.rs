//! What a push service has lately answered us: whether a refusal is of one subscription or of our key, and whether the
//! whole service wants to be left alone.

use super::outcome::{Meaning, Trust};
use bellhop_domain::Timestamp;
use bellhop_domain::outcome::LONGEST_WAIT_FOR_ONE;
use std::time::Duration;

/// So many messages taken for each refused key, and the refused ones are old subscriptions.
const TAKEN_FOR_EACH_REFUSED: u32 = 10;
/// So many refusals in a row are no accident of single subscriptions.
const IN_A_ROW: u32 = 3;
/// So many 429 in a row are of the service and not of one subscription after another.
const BUSY_IN_A_ROW: u32 = 10;
/// Older evidence fades.
const REMEMBERED: u32 = 10_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Standing {
    taken: u32,
    /// Our key refused.
    refused: u32,
    /// Key or message refused since the last one taken.
    refused_in_a_row: u32,
    busy_in_a_row: u32,
    paused_until: Option<Timestamp>,
}

impl Standing {
    /// Counts an answer. `wait` is how long it asks us to stay away.
    pub fn note(&mut self, meaning: Meaning, wait: Duration, now: Timestamp) {
        match meaning {
            Meaning::Taken => {
                self.taken += 1;
                (self.refused_in_a_row, self.busy_in_a_row) = (0, 0);
            }
            Meaning::OtherKey => {
                self.refused += 1;
                self.refused_in_a_row = self.refused_in_a_row.saturating_add(1);
            }
            Meaning::Malformed => self.refused_in_a_row = self.refused_in_a_row.saturating_add(1),
            Meaning::Busy => {
                self.busy_in_a_row = self.busy_in_a_row.saturating_add(1);
                if self.busy_in_a_row >= BUSY_IN_A_ROW {
                    self.pause(wait, now);
                }
            }
            Meaning::Blocked => self.pause(wait, now),
            Meaning::Gone | Meaning::Misconfigured | Meaning::TooBig | Meaning::Moved | Meaning::Trouble(_) => {}
        }
        if self.taken + self.refused > REMEMBERED {
            (self.taken, self.refused) = (self.taken / 2, self.refused / 2);
        }
    }

    fn pause(&mut self, wait: Duration, now: Timestamp) {
        self.paused_until = Some(now.plus(wait.min(LONGEST_WAIT_FOR_ONE)));
        self.busy_in_a_row = 0;
    }

    /// How long the service is still to be left alone.
    pub fn pause_left(&self, now: Timestamp) -> Option<Duration> {
        let left = self.paused_until?.since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Whether a refused key says something of the one subscription.
    pub fn key(&self) -> Trust {
        let mostly_taken = self.taken > 0 && self.taken >= self.refused.saturating_mul(TAKEN_FOR_EACH_REFUSED);
        if mostly_taken && self.refused_in_a_row < IN_A_ROW {
            Trust::Proven
        } else {
            Trust::Unproven
        }
    }

    /// Whether our messages are taken here.
    pub fn content_passes(&self) -> bool {
        self.taken > 0 && self.refused_in_a_row < IN_A_ROW
    }
}
