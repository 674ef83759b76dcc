//! By what settings are read and changed over HTTP: the same as by the command line.

use crate::Clock;
use bellhop_settings::Ground;
use bellhop_settings::sealed::Keys;
use bellhop_store::SettingsBook;
use std::sync::Arc;

/// What a change of settings asks for.
#[derive(Clone)]
pub struct Desk {
    pub book: Arc<dyn SettingsBook>,
    /// The engineer's keys: what is given is sealed by the newest, what is sealed is opened to try a sender.
    pub keys: Arc<Keys>,
    /// Where variables are looked up that settings refer to.
    pub environment: fn(&str) -> Option<String>,
    /// Gives fresh random bytes at each call.
    pub nonce: fn() -> [u8; 12],
}

impl Desk {
    /// The ground of a change that somebody makes now.
    pub(crate) fn ground<'a>(&'a self, who: &'a str, clock: &Clock) -> Ground<'a> {
        Ground {
            keys: &self.keys,
            environment: &self.environment,
            who,
            now: clock(),
        }
    }
}
