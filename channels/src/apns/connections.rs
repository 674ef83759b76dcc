//! The long-lived connections to one of Apple's hosts (PROVIDERS.md §2.5).

use super::address::Environment;
use crate::config::Unusable;
use crate::http::{HttpOptions, Protocol};
use bellhop_domain::{Outcome, Timestamp};
use reqwest::{Client, Url};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// The shortest life of a connection, because Apple takes rapid reconnecting for an attack (PROVIDERS.md §2.5).
const LEAST_LIFE: Duration = Duration::from_secs(10);
/// The opening time of a process's first connections: long ago, so that they may be replaced at once.
const LONG_AGO: Timestamp = Timestamp(0);

/// One HTTP/2 connection: dialled at the first send, and again when it has ended.
pub(super) struct Connection {
    pub client: Client,
    place: usize,
    /// When it replaced another; [`LONG_AGO`] for a process's first.
    pub opened: Timestamp,
    /// Apple allows only one stream until a request with a valid token has succeeded, so the first request goes
    /// alone.
    begun: AtomicBool,
    first: Mutex<()>,
}

/// The connections to one environment.
pub(super) struct Host {
    pub environment: Environment,
    pub url: Url,
    connections: Vec<RwLock<Arc<Connection>>>,
    next: AtomicUsize,
    http: HttpOptions,
    /// Whether Apple has accepted a push here with these credentials.
    proven: AtomicBool,
}

impl Host {
    pub fn new(environment: Environment, url: Url, count: usize, http: &HttpOptions) -> Result<Self, Unusable> {
        let open = |place| {
            let connection = Connection::new(http, place, LONG_AGO)?;
            Ok(RwLock::new(Arc::new(connection)))
        };
        Ok(Self {
            environment,
            url,
            connections: (0..count).map(open).collect::<Result<_, Unusable>>()?,
            next: AtomicUsize::new(0),
            http: http.clone(),
            proven: AtomicBool::new(false),
        })
    }

    /// The next connection in turn.
    pub fn connection(&self) -> Arc<Connection> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let place = &self.connections[turn % self.connections.len()];
        Arc::clone(&place.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces `ended` by a new connection, unless that has already happened, or `ended` is younger than
    /// [`LEAST_LIFE`] and stays. Requests under way on it go on.
    pub fn reconnect(&self, ended: &Arc<Connection>, now: Timestamp) -> Result<Arc<Connection>, Outcome> {
        let place = &self.connections[ended.place];
        let mut present = place.write().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&present, ended) && !ended.is_young(now) {
            let connection = Connection::new(&self.http, ended.place, now);
            // The certificate authorities are read again and may have become unreadable.
            let misconfigured = |why: Unusable| Outcome::Misconfigured { why: why.to_string() };
            *present = Arc::new(connection.map_err(misconfigured)?);
        }
        Ok(Arc::clone(&present))
    }

    /// Whether [`Host::reconnect`] would give another connection.
    pub fn is_replaceable(&self, connection: &Arc<Connection>, now: Timestamp) -> bool {
        let place = self.connections[connection.place]
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        !Arc::ptr_eq(&place, connection) || !connection.is_young(now)
    }

    pub fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    pub fn prove(&self) {
        if !self.is_proven() {
            self.proven.store(true, Ordering::Relaxed);
        }
    }
}

impl Connection {
    fn new(http: &HttpOptions, place: usize, opened: Timestamp) -> Result<Self, Unusable> {
        Ok(Self {
            client: http.client(Protocol::Http2Kept)?,
            place,
            opened,
            begun: AtomicBool::new(false),
            first: Mutex::default(),
        })
    }

    /// Tasks read the clock at different times, so a little skew is tolerated; a clock that was set back by more does
    /// not make a connection young.
    fn is_young(&self, now: Timestamp) -> bool {
        now.since(self.opened) < LEAST_LIFE && self.opened.since(now) < LEAST_LIFE
    }

    /// Waits until the connection's first request has ended in whatever way. The first request itself gets a guard
    /// instead.
    ///
    /// This is only a courtesy: a request that still comes too early, after the connection was dialled again, is
    /// refused unprocessed by Apple.
    pub async fn enter(&self) -> Option<First<'_>> {
        if self.begun.load(Ordering::Acquire) {
            return None;
        }
        let alone = self.first.lock().await;
        (!self.begun.load(Ordering::Acquire)).then_some(First {
            connection: self,
            _alone: alone,
        })
    }
}

/// Held by a connection's first request.
pub(super) struct First<'a> {
    connection: &'a Connection,
    _alone: MutexGuard<'a, ()>,
}

impl Drop for First<'_> {
    fn drop(&mut self) {
        self.connection.begun.store(true, Ordering::Release);
    }
}
