//! The one who reads the log for all streams of a process, as long as there are any.

use super::Streams;
use super::ring::Ring;
use crate::Api;
use bellhop_domain::OrgId;
use bellhop_store::base::outbox::{Changes, Place};
use bellhop_store::{ChangeLog, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// The most changes of one look.
const AT_ONCE: u32 = 1_000;

/// The end of the log as this process knows it.
#[derive(Debug)]
pub(super) struct Tail {
    state: Mutex<State>,
    news: watch::Sender<Place>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    ring: Ring,
    /// Whether somebody reads.
    goes: bool,
}

impl Tail {
    pub fn new(state: Mutex<State>) -> Self {
        let (news, _) = watch::channel(Place::default());
        Self { state, news }
    }

    pub fn news(&self) -> watch::Receiver<Place> {
        self.news.subscribe()
    }

    /// What an organisation has behind a place, if that is remembered.
    pub fn since(&self, after: Place, org: OrgId) -> Option<Changes> {
        let state = self.locked();
        state.goes.then(|| state.ring.since(after, org)).flatten()
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One look; whether there may be more at once.
    async fn look(&self, log: &(impl ChangeLog + ?Sized)) -> Result<bool> {
        let after = self.locked().ring.upto();
        let more = log.changes(None, after, AT_ONCE).await?;
        let (upto, is_full) = (more.upto, more.changes.len() >= AT_ONCE as usize);
        if upto > after {
            self.locked().ring.add(more);
            self.news.send_replace(upto);
        }
        Ok(is_full)
    }
}

impl Streams {
    /// Has the log read from `at` on, if nobody does. Whoever calls has a seat.
    pub(super) fn follow(&self, api: &Api, at: Place) {
        let mut state = self.tail.locked();
        if !state.goes {
            state.goes = true;
            state.ring.begin(at);
            tokio::spawn(read(Arc::clone(&api.bounded.streams), api.store.clone()));
        }
    }

    /// Whether nobody follows any more: then nobody reads.
    fn ends(&self) -> bool {
        let mut state = self.tail.locked();
        let ends = self.seats.are_empty();
        state.goes = !ends;
        ends
    }
}

async fn read(streams: Arc<Streams>, store: Arc<dyn crate::ApiStore>) {
    while !streams.ends() {
        match streams.tail.look(store.as_ref()).await {
            Ok(true) => continue,
            Ok(false) => {}
            // The streams notice it themselves, and end.
            Err(error) => tracing::debug!(%error, "the log of changes cannot be read"),
        }
        tokio::time::sleep(LOOK).await;
    }
}
