//! The listener: whom it lets in, for how long, and who goes when it is full.

mod addresses;
mod bounds;
mod connection;
mod crowd;
mod lasting;
mod lingering;

pub use bounds::Bounds;
pub use crowd::Crowd;
pub(crate) use lasting::{Lasting, Leaving};

use addresses::Addresses;
use axum::Router;
use connection::{ConnectionState, Crowds};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often to look for connections that have waited too long.
const LOOK: Duration = Duration::from_millis(500);
/// The pause after a connection could not be accepted, for instance for lack of file handles.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `stop` is cancelled, and then until requests under way are answered. When all places are taken, the
/// connection that has waited longest for a request makes room. If none waits, the request that has waited longest in one
/// of `slow` is ended, and the connection that has been busy longest takes no more requests: in HTTP/2 it could otherwise
/// begin another for each that is ended.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, slow: Vec<Crowd>, stop: CancellationToken) {
    let crowds = Crowds::default();
    let door = Door {
        places: Arc::new(Semaphore::new(bounds.connections)),
        addresses: Addresses::default(),
        crowds: crowds.clone(),
        slow,
    };
    let protocols = connection::protocols(&bounds);
    let mut connections = JoinSet::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            _ = look.tick() => {
                crowds.waiting.end_those_waiting(bounds.idle);
                while connections.try_join_next().is_some() {}
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a connection could not be taken");
                door.make_room();
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Some(counted) = door.addresses.count(peer.ip(), bounds.connections_per_address) else {
            metrics::counter!("bellhop_connections_refused_total").increment(1);
            continue;
        };
        let place = tokio::select! {
            () = stop.cancelled() => break,
            place = door.place() => place,
        };
        let state = ConnectionState::new(&crowds);
        let served = connection::serve(
            socket,
            protocols.clone(),
            router.clone(),
            bounds.url_bytes,
            state,
            stop.clone(),
        );
        connections.spawn(async move {
            let _held = (place, counted);
            served.await;
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

struct Door {
    places: Arc<Semaphore>,
    addresses: Addresses,
    crowds: Crowds,
    /// Requests that wait for their peer.
    slow: Vec<Crowd>,
}

impl Door {
    /// A place for one more connection; `None` only if there never will be one.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                return Some(place);
            }
            // If all are busy, one may finish in a moment and then wait for its next request.
            self.make_room();
            let freed = Arc::clone(&self.places).acquire_owned();
            if let Ok(freed) = tokio::time::timeout(BREATH, freed).await {
                return freed.ok();
            }
        }
    }

    fn make_room(&self) {
        let closed = self.crowds.waiting.make_room() || {
            let ended = self.slow.iter().any(Crowd::make_room);
            self.crowds.busy.make_room() || ended
        };
        if closed {
            metrics::counter!("bellhop_connections_closed_for_others_total").increment(1);
        }
    }
}
