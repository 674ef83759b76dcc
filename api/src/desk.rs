//! What it takes to read and change settings over HTTP: the same as on the command line.

use crate::Clock;
use bellhop_settings::Ground;
use bellhop_settings::sealed::Keys;
use bellhop_store::SettingsBook;
use std::sync::Arc;

/// What a change of settings needs.
#[derive(Clone)]
pub struct Desk {
    pub book: Arc<dyn SettingsBook>,
    /// The engineer's keys: the newest seals a secret that is given; all of them open what is sealed, to try a sender.
    pub keys: Arc<Keys>,
    /// Looks up the variables that settings refer to.
    pub environment: fn(&str) -> Option<String>,
    /// Gives fresh random bytes at each call.
    pub nonce: fn() -> [u8; 12],
    /// The same for a secret of ours.
    pub randomness: fn() -> [u8; 32],
}

impl Desk {
    /// What a change made now by `who` stands on.
    pub(crate) fn ground<'a>(&'a self, who: &'a str, clock: &Clock) -> Ground<'a> {
        Ground {
            keys: &self.keys,
            environment: &self.environment,
            who,
            now: clock(),
        }
    }
}
