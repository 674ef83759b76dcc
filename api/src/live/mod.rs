//! Streams of server-sent events: what happens in an organisation while somebody looks.
//!
//! There are two sorts of what is told, and a client that was away for a minute misses nothing of either:
//!
//! - **changes** come from the outbox in the order of its commits ([`ChangeLog`](bellhop_store::ChangeLog)), each with an `id`.
//!   A client that comes back says the last one it has, to whichever process, and gets what follows;
//! - **states** (how far runs are, who is at what) are compared with what this stream has told before, and told when they differ.
//!   They have no id: a stream that begins tells all of them.
//!
//! A process reads the log once for all its streams (`tail`), and each count once for all who look (`freshly`). An inbox adds
//! kinds of notices to [`FOLLOWED`](bellhop_store::base::outbox::FOLLOWED) and topics to `told`, and no second log.

mod following;
mod freshly;
mod place;
mod ring;
mod seats;
mod tail;
mod told;

pub(crate) use following::{Beginner, Following};
pub(crate) use place::Seen;
pub(crate) use seats::{Full, OF_ONE};

use bellhop_domain::{OrgId, RunId};
use bellhop_store::accounts::Present;
use bellhop_store::guests::ApiCaller;
use bellhop_store::statistics::RunUnderWay;
use freshly::Freshly;
use seats::{Seat, Seats};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tail::Tail;

/// The streams of a process, and what they share.
#[derive(Debug)]
pub(crate) struct Streams {
    seats: Arc<Seats>,
    tail: Tail,
    present: Freshly<OrgId, Arc<Vec<Present>>>,
    runs: Freshly<OrgId, Arc<Vec<RunUnderWay>>>,
    counted: Freshly<RunId, Arc<told::Counted>>,
    /// How runs ended that were followed.
    ended: Freshly<RunId, Arc<Value>>,
}

impl Streams {
    pub fn new(most: usize) -> Self {
        Self {
            seats: Arc::new(Seats::new(most)),
            tail: Tail::new(Mutex::default()),
            present: Freshly::default(),
            runs: Freshly::default(),
            counted: Freshly::default(),
            ended: Freshly::default(),
        }
    }

    pub fn seat(&self, caller: &ApiCaller) -> Result<Seat, Full> {
        self.seats.take(caller)
    }
}
