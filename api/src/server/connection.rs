//! One connection: its requests, and its end.

use super::bounds::Bounds;
use super::crowd::{Crowd, Membership};
use super::lasting::{Leaving, hold};
use super::lingering::Lingering;
use crate::edge::language;
use crate::problem::Problem;
use crate::visitor::Peer;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use bellhop_domain::fault::Why;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::Service;

/// The most simultaneous requests of one HTTP/2 connection.
const STREAMS: u32 = 32;
/// The most streams that a peer may have reset before we accepted them (CVE-2023-44487), and that we may have reset
/// ourselves.
const RESET_STREAMS: usize = 20;
/// How long the requests under way may take when their connection has to make room.
const LEAVING: Duration = Duration::from_secs(5);
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;

/// The protocols, both bounded.
pub(super) fn protocols(bounds: &Bounds) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.idle)
        // A header and a piece of a body are read into the same buffer; hyper requires at least 8 KiB.
        .max_buf_size(bounds.header_bytes.max(8 << 10));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(bounds.header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(RESET_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(STREAM_WINDOW as usize)
        .keep_alive_interval(bounds.idle)
        .keep_alive_timeout(bounds.idle);
    builder
}

/// All connections, by whether a request of theirs is under way.
#[derive(Default, Clone)]
pub(super) struct Crowds {
    pub waiting: Crowd,
    pub busy: Crowd,
}

/// Whether the connection waits for its peer.
pub(super) struct ConnectionState {
    crowds: Crowds,
    goes: CancellationToken,
    now: Mutex<Now>,
}

struct Now {
    under_way: usize,
    /// Its place in one of the crowds; always there but while it moves.
    place: Option<Membership>,
}

/// A request under way.
struct UnderWay(Arc<ConnectionState>);

impl ConnectionState {
    pub(super) fn new(crowds: &Crowds) -> Arc<Self> {
        let goes = CancellationToken::new();
        let place = Some(crowds.waiting.join(goes.clone()));
        Arc::new(Self {
            crowds: crowds.clone(),
            goes,
            now: Mutex::new(Now { under_way: 0, place }),
        })
    }

    fn begin(self: &Arc<Self>) -> UnderWay {
        self.change(|now| {
            now.under_way += 1;
            if now.under_way == 1 {
                now.place = Some(self.crowds.busy.join(self.goes.clone()));
            }
        });
        UnderWay(Arc::clone(self))
    }

    fn is_busy(&self) -> bool {
        self.change(|now| now.under_way > 0)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let state = &self.0;
        state.change(|now| {
            now.under_way -= 1;
            if now.under_way == 0 {
                now.place = Some(state.crowds.waiting.join(state.goes.clone()));
            }
        });
    }
}

/// Serves a connection until the peer ends it, it has to make room, or the process stops.
pub(super) async fn serve(
    socket: TcpStream,
    protocols: auto::Builder<TokioExecutor>,
    router: Router,
    longest_url: usize,
    state: Arc<ConnectionState>,
    stop: CancellationToken,
) {
    let _ = socket.set_nodelay(true);
    let peer = socket.peer_addr().ok().map(|peer| Peer(peer.ip()));
    let service = service_fn(|mut request: Request<Incoming>| {
        let under_way = state.begin();
        request.extensions_mut().insert(Leaving(state.goes.clone()));
        let answer = answer(router.clone(), longest_url, peer, request);
        async move {
            let answered = answer.await;
            answered.map(|answered| hold(answered, under_way))
        }
    });
    let connection = protocols.serve_connection(TokioIo::new(Lingering::new(socket)), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        // Errors are the peer's fault: it did not send HTTP, or went away.
        _ = connection.as_mut() => return,
        () = state.goes.cancelled() => {
            if state.is_busy() {
                connection.as_mut().graceful_shutdown();
                // A peer that does not hear it, or drips its requests, is not waited for.
                let _ = tokio::time::timeout(LEAVING, connection).await;
            }
            return;
        }
        () = stop.cancelled() => {}
    }
    // Streams end by it; requests are answered.
    state.goes.cancel();
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn answer(
    mut router: Router,
    longest_url: usize,
    peer: Option<Peer>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let url = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    if url > longest_url {
        let too_long = Problem::closing(StatusCode::URI_TOO_LONG, Why::PathTooLong);
        return Ok(too_long.in_words(language(request.headers())));
    }
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    router.call(request.map(Body::new)).await
}
