//! What a provider's far side needs to start: listeners, calls to Bellhop, requests of its own under `/_sim/`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin;
use crate::callbacks::{Call, CallbackConfig, CallbackUrl, Callbacks};
use crate::config::Tls;
use crate::error::StartError;
use crate::ledger::Channel;
use crate::serve::{self, Conversation, Http, Provider, Server};
use crate::world::World;

/// A simulator that is being started.
pub(crate) struct Launch {
    world: Arc<World>,
    server: Server,
    max_concurrent_streams: u32,
    admin: Router,
    pub(crate) listeners: BTreeMap<&'static str, SocketAddr>,
    pub(crate) callback_urls: BTreeMap<Channel, CallbackUrl>,
}

impl Launch {
    /// `max_concurrent_streams` applies to every HTTP/2 listener.
    ///
    /// # Errors
    /// When the authority's certificate cannot be made or written.
    pub(crate) fn new(
        world: Arc<World>,
        tls: &Tls,
        max_concurrent_streams: u32,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let server = Server {
            tls: tls.ca_file().map(serve::tls::self_signed).transpose()?,
            stop,
            tasks: TaskTracker::new(),
            connections: Arc::new(AtomicU64::default()),
        };
        Ok(Self {
            admin: admin::router(Arc::clone(&world)),
            world,
            server,
            max_concurrent_streams,
            listeners: BTreeMap::new(),
            callback_urls: BTreeMap::new(),
        })
    }

    pub(crate) fn world(&self) -> Arc<World> {
        Arc::clone(&self.world)
    }

    /// The scheme of the providers' addresses.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.server.tls.is_some() { "https" } else { "http" }
    }

    pub(crate) fn stop(&self) -> CancellationToken {
        self.server.stop.clone()
    }

    pub(crate) fn tasks(&self) -> TaskTracker {
        self.server.tasks.clone()
    }

    pub(crate) fn connections(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.server.connections)
    }

    /// Serves HTTP at `addr` for a lane. `name` is the listener's, for [`crate::Running`].
    ///
    /// # Errors
    /// When the port is taken.
    pub(crate) async fn http(
        &mut self,
        channel: Channel,
        name: &'static str,
        addr: SocketAddr,
        provider: Arc<impl Provider>,
    ) -> Result<(), StartError> {
        let max_concurrent_streams = self.max_concurrent_streams;
        let http = Http {
            provider,
            max_concurrent_streams,
        };
        self.converse(channel, name, addr, Arc::new(http)).await
    }

    /// Serves a protocol other than HTTP at `addr` for a lane.
    ///
    /// # Errors
    /// When the port is taken.
    pub(crate) async fn converse(
        &mut self,
        channel: Channel,
        name: &'static str,
        addr: SocketAddr,
        provider: Arc<impl Conversation>,
    ) -> Result<(), StartError> {
        let (listener, bound) = listen(addr).await?;
        self.server.serve(listener, provider);
        self.listeners.insert(name, bound);
        self.world.ledger.serve(channel);
        Ok(())
    }

    /// Serves a protocol other than HTTP without TLS, whatever the other listeners use, for programs that do not
    /// trust our authority.
    ///
    /// # Errors
    /// When the port is taken.
    pub(crate) async fn converse_in_clear(
        &mut self,
        channel: Channel,
        name: &'static str,
        addr: SocketAddr,
        provider: Arc<impl Conversation>,
    ) -> Result<(), StartError> {
        let tls = self.server.tls.take();
        let done = self.converse(channel, name, addr, provider).await;
        self.server.tls = tls;
        done
    }

    /// Posts a lane's calls to Bellhop, to an address that `Running::set_callback_url` can change.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn callbacks<C: Call>(
        &mut self,
        channel: Channel,
        config: &CallbackConfig,
        account: C::Account,
    ) -> Result<Callbacks<C>, StartError> {
        let callbacks = Callbacks::start(config, account, self.stop(), &self.server.tasks)?;
        self.callback_urls.insert(channel, callbacks.url());
        Ok(callbacks)
    }

    /// Adds requests to the admin interface; their paths begin with `/_sim/<lane>/`.
    pub(crate) fn admin(&mut self, router: Router) {
        self.admin = std::mem::take(&mut self.admin).merge(router);
    }

    /// Serves the admin interface, after every provider has added to it.
    ///
    /// # Errors
    /// When the port is taken.
    pub(crate) async fn serve_admin(&mut self, addr: SocketAddr) -> Result<SocketAddr, StartError> {
        let (listener, bound) = listen(addr).await?;
        let (router, stop) = (std::mem::take(&mut self.admin), self.stop());
        self.server.tasks.spawn(async move {
            tokio::select! {
                served = std::future::IntoFuture::into_future(axum::serve(listener, router)) => {
                    if let Err(error) = served {
                        tracing::error!(%error, "the admin listener ended");
                    }
                }
                () = stop.cancelled() => {}
            }
        });
        Ok(bound)
    }
}

impl Tls {
    /// Where the authority's certificate is written.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::SelfSigned { ca_file } => Some(ca_file),
        }
    }
}

async fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
