//! Programs at work: events fire, dates are armed ahead, and what is due is let go.
//!
//! What is to happen is decided by `bellhop_campaigns::programs`, which a rehearsal asks too; the store keeps what is decided.
//! What is here reads what happened, asks, and hands the answers on.

mod calendar;
mod due;
mod events;
mod known;

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::HEARD_WITHIN;
use bellhop_store::base::outbox::{Kind, Reader};
use known::KnownPrograms;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

impl Dispatcher {
    /// Does whatever programs have to do at this instant of the dispatcher's clock, as its loops would turn by turn. For those
    /// who play time instead of living in it.
    ///
    /// # Errors
    /// What keeps a loop from its work.
    pub async fn catch_up_programs(&self) -> Result<(), Trouble> {
        while self.follow_events().await? != Turn::Idle {}
        while self.arm_days().await? != Turn::Idle {}
        while self.let_go_due().await? != Turn::Idle {}
        Ok(())
    }
}

/// Of several dispatchers one reads events; another takes over when that one has been silent for this long. Short, because
/// guests wait for it; one that is slow says that it lives ([`STILL_AT_IT`]), and if both do the same, that changes nothing.
const TURN: Duration = Duration::from_millis(900);
/// How often whoever reads says so while it works on what it has read.
const STILL_AT_IT: Duration = Duration::from_millis(250);

/// What a dispatcher keeps for its programs. All of it can be read again.
pub(crate) struct Programs {
    reader: Reader,
    known: KnownPrograms,
    /// Wakes whoever lets go when something may be due at once.
    pub(crate) due: Notify,
    /// Since when the settings of the database are newer than those that this process has heard of.
    behind_since: Mutex<Option<Instant>>,
}

impl Programs {
    /// `holder` is this process.
    pub fn new(holder: u64) -> Self {
        Self {
            reader: Reader {
                name: "programs",
                holder: format!("{holder:016x}"),
                kinds: &[Kind::Happened],
                turn: TURN,
            },
            known: KnownPrograms::default(),
            due: Notify::new(),
            behind_since: Mutex::default(),
        }
    }

    /// Whether to wait for newer settings: a sender that this process has not heard of yet would leave guests out. Settings
    /// that cannot be read hold up nobody for longer than all others take to hear.
    fn waits_for_settings(&self, is_behind: bool) -> bool {
        let mut since = self.behind_since.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_behind {
            *since = None;
            return false;
        }
        since.get_or_insert_with(Instant::now).elapsed() < HEARD_WITHIN
    }
}
