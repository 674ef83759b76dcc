//! Listeners and connections of the providers, on TLS or plain: HTTP/2 and HTTP/1.1 with faults below the level of
//! HTTP, and protocols other than HTTP.

pub(crate) mod reply;
pub(crate) mod tls;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::faults::ResetScope;

pub(crate) type Reply = Response<Full<Bytes>>;

/// The largest request body that is read, bytes.
const BODY_LIMIT: usize = 64 * 1024;
/// Room for a few hundred requests in flight before flow control sets in.
const WINDOW: u32 = 1024 * 1024;

/// The provider ends the stream or connection instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reset(pub(crate) ResetScope);

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated reset")
    }
}

impl std::error::Error for Reset {}

/// The far side of one provider.
pub(crate) trait Provider: Send + Sync + 'static {
    /// Answers a request, or resets.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Result<Reply, Reset>> + Send;

    /// After how many requests a connection is told to go away.
    fn goaway_after(&self) -> Option<u64>;
}

/// The far side of one provider that does not speak HTTP.
pub(crate) trait Conversation: Send + Sync + 'static {
    /// Talks on one connection until it ends; dropped when the simulator stops.
    fn converse<S>(self: Arc<Self>, stream: S) -> impl Future<Output = ()> + Send
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static;
}

/// HTTP with a provider.
pub(crate) struct Http<P> {
    pub(crate) provider: Arc<P>,
    /// SETTINGS_MAX_CONCURRENT_STREAMS.
    pub(crate) max_concurrent_streams: u32,
}

/// Where connections are served and how they end.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    /// Connections accepted so far.
    pub(crate) connections: Arc<AtomicU64>,
}

impl Server {
    /// Serves a listener until the simulator stops.
    pub(crate) fn serve(&self, listener: TcpListener, provider: Arc<impl Conversation>) {
        let server = self.clone();
        self.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = server.stop.cancelled() => return,
                };
                match accepted {
                    Ok((stream, _)) => server.connect(stream, Arc::clone(&provider)),
                    Err(error) => tracing::warn!(%error, "could not accept a connection"),
                }
            }
        });
    }

    fn connect(&self, stream: TcpStream, provider: Arc<impl Conversation>) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let server = self.clone();
        self.tasks.spawn(async move {
            let stop = server.stop.clone();
            tokio::select! {
                () = server.greet(stream, provider) => {}
                () = stop.cancelled() => {}
            }
        });
    }

    async fn greet(self, stream: TcpStream, provider: Arc<impl Conversation>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
        match &self.tls {
            None => provider.converse(stream).await,
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => provider.converse(stream).await,
                Err(error) => tracing::debug!(%error, "TLS handshake failed"),
            },
        }
    }
}

impl<P: Provider> Conversation for Http<P> {
    async fn converse<S>(self: Arc<Self>, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connection = Arc::new(Connection::default());
        let service = service_fn(|request| {
            connection.count(self.provider.goaway_after());
            let (connection, provider) = (Arc::clone(&connection), Arc::clone(&self.provider));
            async move {
                let answer = provider.answer(request).await;
                if let Err(Reset(ResetScope::Connection)) = answer {
                    connection.cut.cancel();
                }
                answer
            }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http2()
            .max_concurrent_streams(self.max_concurrent_streams)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW);
        let mut conversation = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = loop {
            tokio::select! {
                ended = conversation.as_mut() => break ended,
                () = connection.goaway.notified() => conversation.as_mut().graceful_shutdown(),
                () = connection.cut.cancelled() => return,
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended with an error");
        }
    }
}

/// What the requests of one connection share.
#[derive(Default)]
struct Connection {
    requests: AtomicU64,
    goaway: Notify,
    cut: CancellationToken,
}

impl Connection {
    fn count(&self, goaway_after: Option<u64>) {
        let requests = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if Some(requests) == goaway_after {
            self.goaway.notify_one();
        }
    }
}

/// The whole body of a request; `None` if it is over 64 KiB or breaks off.
pub(crate) async fn body(body: Incoming) -> Option<Bytes> {
    body_up_to(body, BODY_LIMIT).await
}

/// The whole body of a request; `None` if it has more bytes than `limit` or breaks off.
pub(crate) async fn body_up_to(body: Incoming, limit: usize) -> Option<Bytes> {
    Limited::new(body, limit)
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes)
}
