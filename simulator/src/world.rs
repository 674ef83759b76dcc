//! What all providers share: the ledger, the faults in force, the guests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use chrono::Utc;

use crate::answers::Answers;
use crate::draw::fingerprint;
use crate::error::StartError;
use crate::faults::{ChannelFaults, Fault, Faults, InvalidFaults, ResetScope};
use crate::ledger::{Acceptance, Channel, Ledger, Received};
use crate::people::{People, PeopleSummary};
use crate::serve::{Reply, Reset};

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) ledger: Ledger,
    pub(crate) answers: Answers,
    faults: RwLock<Arc<Faults>>,
    people: OnceLock<People>,
    nameless: AtomicU64,
}

/// A fault that a recipient's address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Magic {
    pub(crate) fault: Fault,
    /// Whether only at the first try of a message.
    pub(crate) once: bool,
}

/// One try of one message, and what is to go wrong with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) identity: u64,
    pub(crate) fault: Option<Fault>,
    latency_ms: u64,
}

/// How a request ends, and after which wait; `R` is a reply in its protocol.
pub(crate) struct Outcome<R = Reply> {
    after: Duration,
    ending: Ending<R>,
}

enum Ending<R> {
    Reply(R),
    Reset(ResetScope),
}

impl World {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        Self {
            seed,
            ledger: Ledger::default(),
            answers: Answers::default(),
            faults: RwLock::new(Arc::new(faults)),
            people: OnceLock::new(),
            nameless: AtomicU64::default(),
        }
    }

    pub(crate) fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_faults(&self, faults: Faults) -> Result<(), InvalidFaults> {
        faults.validate()?;
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(faults);
        Ok(())
    }

    pub(crate) fn invite(&self, people: People) -> Result<(), StartError> {
        self.people.set(people).map_err(|_| StartError::GuestsThere)
    }

    /// What the guests have done; nothing without guests.
    pub(crate) fn people(&self) -> PeopleSummary {
        self.people.get().map(People::summary).unwrap_or_default()
    }

    /// The identity of a message by its id; a message without an id is unlike any other.
    pub(crate) fn identity(&self, message_id: &str) -> u64 {
        if message_id.is_empty() {
            let number = self.nameless.fetch_add(1, Ordering::Relaxed);
            return fingerprint(&format!("\u{0}nameless {number}"));
        }
        fingerprint(message_id)
    }

    /// Begins a try. What is ordered for the recipient comes first, then the fault of a magic recipient, then chance.
    pub(crate) fn attempt(
        &self,
        channel: Channel,
        faults: &ChannelFaults,
        identity: u64,
        recipient: &str,
        magic: impl FnOnce(&str) -> Option<Magic>,
    ) -> Attempt {
        let nth = self.ledger.book(channel).begin(identity);
        let asked = if faults.magic_recipients {
            magic(recipient)
        } else {
            None
        };
        let fault = match (self.answers.fault(channel, recipient), asked) {
            (Some(ordered), _) => Some(ordered),
            (None, Some(magic)) if !magic.once || nth == 1 => Some(magic.fault),
            _ => faults.drawn(channel, self.seed, recipient, identity, nth),
        };
        if let Some(fault) = fault {
            self.ledger.note_fault(channel, fault);
        }
        Attempt {
            identity,
            fault,
            latency_ms: faults.latency_ms(self.seed, identity, nth),
        }
    }

    /// Records an accepted message in the ledger; the guest learns of it only the first time.
    ///
    /// `customer_id` is the brand's id of the guest if the message carries it, else empty.
    pub(crate) fn take(
        &self,
        channel: Channel,
        identity: u64,
        received: &Received<'_>,
        customer_id: &str,
    ) -> Acceptance {
        let acceptance = self
            .ledger
            .book(channel)
            .accept(identity, received, Utc::now().timestamp_millis());
        if let (Acceptance::First, Some(people)) = (acceptance, self.people.get()) {
            people.receive(channel, received, customer_id);
        }
        acceptance
    }
}

impl Attempt {
    pub(crate) fn is_taken(&self) -> bool {
        self.fault.is_none_or(Fault::takes_the_message)
    }

    /// How the request ends when its reply would be `reply`.
    pub(crate) fn outcome<R>(&self, faults: &ChannelFaults, reply: R) -> Outcome<R> {
        let (after_ms, ending) = match self.fault {
            Some(Fault::ResetBefore | Fault::ResetAfter) => (self.latency_ms, Ending::Reset(faults.reset_scope)),
            Some(Fault::LostReply) => (faults.lost_reply_ms, Ending::Reset(faults.reset_scope)),
            Some(Fault::Slow) => (faults.slow_ms, Ending::Reply(reply)),
            _ => (self.latency_ms, Ending::Reply(reply)),
        };
        Outcome {
            after: Duration::from_millis(after_ms),
            ending,
        }
    }
}

impl<R> Outcome<R> {
    /// An answer without delay.
    pub(crate) fn at_once(reply: R) -> Self {
        Self::later(Duration::ZERO, reply)
    }

    /// An answer after a wait.
    pub(crate) fn later(after: Duration, reply: R) -> Self {
        Self {
            after,
            ending: Ending::Reply(reply),
        }
    }

    pub(crate) async fn play(self) -> Result<R, Reset> {
        if !self.after.is_zero() {
            tokio::time::sleep(self.after).await;
        }
        match self.ending {
            Ending::Reply(reply) => Ok(reply),
            Ending::Reset(scope) => Err(Reset(scope)),
        }
    }
}
