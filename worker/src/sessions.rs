//! The sessions of the senders' providers: opened once, kept while the provider is in force, ended when nobody sends through
//! it any more.

use crate::Worker;
use bellhop_campaigns::{Aside, InForce, Sender, SharedProvider};
use bellhop_domain::OrgId;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// How long a provider may take to end its session.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a provider with sessions waits for its predecessor's sessions to end, whose last requests may hang.
const PREDECESSOR: Duration = Duration::from_secs(10);

/// The sessions of this process.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<Vec<Open>>,
    /// Senders whose new sessions wait for the old ones to end, because an operator permits only a certain number.
    changing: Mutex<HashSet<(OrgId, String)>>,
    ending: TaskTracker,
}

/// A provider that was opened.
struct Open {
    org: OrgId,
    name: String,
    has_sessions: bool,
    provider: Aside,
}

impl Open {
    fn of(sender: &Sender) -> Self {
        Self {
            org: sender.org,
            name: sender.name.clone(),
            has_sessions: sender.provider.has_sessions(),
            provider: sender.provider.aside(),
        }
    }

    fn is_of(&self, sender: &Sender) -> bool {
        self.org == sender.org && self.name == sender.name
    }

    async fn close(&self) {
        if tokio::time::timeout(FAREWELL, self.provider.close()).await.is_err() {
            warn!(sender = %self.name, "its session did not end in time and is cut off");
        }
    }
}

impl Sessions {
    /// Whether the sender waits for its sessions; meanwhile nothing of it begins.
    pub fn is_changing(&self, sender: &Sender) -> bool {
        let changing = self.changing();
        !changing.is_empty() && changing.contains(&(sender.org, sender.name.clone()))
    }

    /// Takes out the providers that are open but no longer in force.
    fn take_old(&self, in_force: &InForce) -> Vec<Open> {
        let stays = |open: &Open| in_force.senders.iter().any(|sender| open.provider.is(&sender.provider));
        let mut open = self.open();
        let (kept, old) = open.drain(..).partition(stays);
        *open = kept;
        old
    }

    fn has(&self, provider: &SharedProvider) -> bool {
        self.open().iter().any(|open| open.provider.is(provider))
    }

    fn open(&self) -> MutexGuard<'_, Vec<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, HashSet<(OrgId, String)>> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Opens new providers, and ends those that are no longer in force once their last request is answered.
    pub(crate) fn follow_sessions(self: &Arc<Self>, in_force: &InForce) {
        let old = self.sessions.take_old(in_force);
        for sender in in_force.senders.iter() {
            let waits = sender.provider.has_sessions() && old.iter().any(|old| old.has_sessions && old.is_of(sender));
            if waits {
                self.sessions.changing().insert((sender.org, sender.name.clone()));
            } else if !self.sessions.has(&sender.provider) && !self.sessions.is_changing(sender) {
                self.open(sender);
            }
        }
        for old in old {
            self.sessions.ending.spawn(self.clone().end(old));
        }
    }

    fn open(&self, sender: &Sender) {
        sender.provider.open(self.sink(sender));
        self.sessions.open().push(Open::of(sender));
    }

    /// Ends a provider that is no longer in force; then its successor begins, with the settings of that time.
    async fn end(self: Arc<Self>, old: Open) {
        match old.has_sessions {
            true => drop(tokio::time::timeout(PREDECESSOR, old.provider.unused()).await),
            false => old.provider.unused().await,
        }
        old.close().await;
        info!(sender = %old.name, "what it was sent by before has ended");
        let was_waited_for = self.sessions.changing().remove(&(old.org, old.name.clone()));
        let in_force = self.live.now();
        if let Some(sender) = in_force.senders.named(old.org, &old.name)
            && was_waited_for
            && !self.sessions.has(&sender.provider)
        {
            self.open(sender);
        }
    }

    /// Ends all sessions, once nothing is sent any more.
    pub(crate) async fn close_sessions(&self) {
        let open: Vec<Open> = self.sessions.open().drain(..).collect();
        self.sessions.ending.close();
        let ended = tokio::time::timeout(FAREWELL * 2, self.sessions.ending.wait());
        let (_, _) = tokio::join!(futures_util::future::join_all(open.iter().map(Open::close)), ended);
    }
}
