//! What a push service has lately answered us: whether a refusal concerns one subscription or our key, and whether
//! the whole service wants to be left alone.

use super::outcome::{Meaning, Trust};
use bellhop_domain::Timestamp;
use bellhop_domain::outcome::LONGEST_WAIT_FOR_ONE;
use std::time::Duration;

/// With this many accepted messages for each refusal of the key, the refused subscriptions are old ones.
const TAKEN_FOR_EACH_REFUSED: u32 = 10;
/// This many refusals in a row cannot be due to single subscriptions.
const IN_A_ROW: u32 = 3;
/// This many 429 in a row concern the whole service, not one subscription after another.
const BUSY_IN_A_ROW: u32 = 10;
/// The most answers that count; older evidence fades.
const REMEMBERED: u32 = 10_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ServiceHistory {
    taken: u32,
    /// How often our key was refused.
    refused: u32,
    /// How often the key or a message was refused since the last acceptance.
    refused_in_a_row: u32,
    busy_in_a_row: u32,
    paused_until: Option<Timestamp>,
}

impl ServiceHistory {
    /// Counts an answer. `wait` is how long it asks us to wait.
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

    /// Whether a refusal of the key says something about the single subscription.
    pub fn key(&self) -> Trust {
        let mostly_taken = self.taken > 0 && self.taken >= self.refused.saturating_mul(TAKEN_FOR_EACH_REFUSED);
        if mostly_taken && self.refused_in_a_row < IN_A_ROW {
            Trust::Proven
        } else {
            Trust::Unproven
        }
    }

    /// Whether this service accepts our messages.
    pub fn content_passes(&self) -> bool {
        self.taken > 0 && self.refused_in_a_row < IN_A_ROW
    }
}
