//! The far side of Bellhop's providers: FCM HTTP v1 and SMSC.ru over their real protocols, for the demo, tests, proofs and benches.
//!
//! It promises to keep its own ledger of what it took, from whom, when and how often, whatever it then answered; to fail by probability, by seed and by magic recipient as its README lists; and, if asked, to play guests who open, follow links and order.
//!
//! It never shares code with the clients it tests: every wire format here is written a second time, from the providers' documents alone, so that a mistake on one side is seen by the other. It is no provider: nothing leaves the machine.

mod admin;
mod config;
mod draw;
mod faults;
mod fcm;
mod ledger;
mod people;
mod serve;
mod sms;
mod timeline;
mod world;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::{FcmConfig, PeopleConfig, ReportsConfig, SimulatorConfig, SmsConfig, Tls};
pub use faults::{ChannelFaults, Fault, Faults, InvalidFaults, ResetScope};
pub use ledger::{ByChannel, ChannelSummary, Summary};
pub use people::PeopleSummary;

use fcm::Fcm;
use people::People;
use serve::Server;
use sms::Sms;
use world::World;

/// Why the simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("simulator: cannot listen on {addr}: {source}; is the port taken?")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("simulator: cannot write {}: {source}", path.display())]
    WriteFile { path: PathBuf, source: io::Error },
    #[error("simulator: cannot read {}: {source}", path.display())]
    ReadFile { path: PathBuf, source: io::Error },
    #[error("simulator: {} is not a service account: {source}; delete it to have a new one made", path.display())]
    ServiceAccount { path: PathBuf, source: serde_json::Error },
    #[error("simulator: the service account's public key is not an RSA key in PEM: {0}")]
    PublicKey(jsonwebtoken::errors::Error),
    #[error("simulator: cannot make a key or certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("simulator: cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("simulator: cannot make an HTTP client: {0}")]
    HttpClient(#[from] reqwest::Error),
    #[error("simulator: {0}")]
    Faults(#[from] InvalidFaults),
    #[error("simulator: people.time_scale is {0}, give a number above 0")]
    TimeScale(f64),
}

/// Starts simulators; see [`Simulator::start`].
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Binds the three listeners and serves them on the current Tokio runtime until [`Running::shutdown`] or drop.
    ///
    /// # Errors
    /// When a port is taken, a file cannot be written or read, or the configuration is impossible; each error says which.
    pub async fn start(config: SimulatorConfig) -> Result<Running, StartError> {
        config.faults.validate()?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let people = people(&config, &stop, &tasks)?;
        let world = Arc::new(World::new(config.seed, config.faults.clone(), people));
        let ca_pem = ca_file(&config.tls).map(Path::to_owned);
        let tls = ca_pem.as_deref().map(serve::tls::self_signed).transpose()?;
        let fcm = Arc::new(Fcm::new(Arc::clone(&world), &config.fcm, tls.is_some())?);
        let sms = Arc::new(Sms::start(Arc::clone(&world), &config.sms, stop.clone(), &tasks)?);
        let (fcm_listener, fcm_addr) = listen(config.fcm_addr).await?;
        let (sms_listener, sms_addr) = listen(config.sms_addr).await?;
        let (admin_listener, admin_addr) = listen(config.admin_addr).await?;
        let connections = Arc::new(AtomicU64::default());
        let server = Server {
            tls,
            max_concurrent_streams: config.fcm.max_concurrent_streams,
            stop: stop.clone(),
            tasks: tasks.clone(),
            connections: Arc::clone(&connections),
        };
        server.serve(fcm_listener, Arc::clone(&fcm));
        server.serve(sms_listener, Arc::clone(&sms));
        serve_admin(admin_listener, Arc::clone(&world), &stop, &tasks);
        let running = Running {
            fcm_addr,
            sms_addr,
            admin_addr,
            ca_pem,
            fcm,
            sms,
            world,
            stop: stop.drop_guard(),
            tasks,
            connections,
        };
        running.write_service_account(config.fcm.service_account_file.as_deref())?;
        Ok(running)
    }
}

fn people(
    config: &SimulatorConfig,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<Option<People>, StartError> {
    let Some(people) = &config.people else {
        return Ok(None);
    };
    if !(people.time_scale > 0.0 && people.time_scale.is_finite()) {
        return Err(StartError::TimeScale(people.time_scale));
    }
    Ok(Some(People::start(people, stop.clone(), tasks)?))
}

fn ca_file(tls: &Tls) -> Option<&Path> {
    match tls {
        Tls::None => None,
        Tls::SelfSigned { ca_file } => Some(ca_file),
    }
}

async fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn serve_admin(listener: TcpListener, world: Arc<World>, stop: &CancellationToken, tasks: &TaskTracker) {
    let stop = stop.clone();
    tasks.spawn(async move {
        tokio::select! {
            served = std::future::IntoFuture::into_future(axum::serve(listener, admin::router(world))) => {
                if let Err(error) = served {
                    tracing::error!(%error, "the admin listener ended");
                }
            }
            () = stop.cancelled() => {}
        }
    });
}

/// A running simulator. Dropping it stops it too, without waiting.
pub struct Running {
    /// Where FCM listens.
    pub fcm_addr: SocketAddr,
    /// Where the SMS gateway listens.
    pub sms_addr: SocketAddr,
    /// Where `/_sim/…` is.
    pub admin_addr: SocketAddr,
    /// The authority's certificate when TLS is on.
    pub ca_pem: Option<PathBuf>,
    fcm: Arc<Fcm>,
    sms: Arc<Sms>,
    world: Arc<World>,
    stop: tokio_util::sync::DropGuard,
    tasks: TaskTracker,
    connections: Arc<AtomicU64>,
}

impl Running {
    /// Root of FCM: `/token` and `/v1/projects/…` are appended.
    pub fn fcm_url(&self) -> String {
        self.url(self.fcm_addr)
    }

    /// Root of the gateway: `/sys/send.php` is appended.
    pub fn sms_url(&self) -> String {
        self.url(self.sms_addr)
    }

    /// Root of the admin interface, always plain HTTP.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_addr)
    }

    fn url(&self, addr: SocketAddr) -> String {
        format!("{}://{addr}", if self.ca_pem.is_some() { "https" } else { "http" })
    }

    /// A service-account file whose `token_uri` is this simulator's; none when it only knows a public key.
    pub fn service_account_json(&self) -> Option<String> {
        self.fcm.service_account_json(&self.fcm_addr.to_string())
    }

    fn write_service_account(&self, path: Option<&Path>) -> Result<(), StartError> {
        let (Some(path), Some(json)) = (path, self.service_account_json()) else {
            return Ok(());
        };
        std::fs::write(path, json).map_err(|source| StartError::WriteFile {
            path: path.to_owned(),
            source,
        })
    }

    /// The counts that `GET /_sim/summary` gives.
    pub fn summary(&self) -> Summary {
        self.world.ledger.summary()
    }

    /// How many access tokens were asked for.
    pub fn token_fetches(&self) -> u64 {
        self.world.ledger.token_fetches()
    }

    /// How many TCP connections both providers have taken.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Puts other faults in force for requests from now on.
    ///
    /// # Errors
    /// When they are impossible; then the old ones stay.
    pub fn set_faults(&self, faults: Faults) -> Result<(), InvalidFaults> {
        self.world.set_faults(faults)
    }

    /// Where delivery reports go from now on, for a receiver that starts after the simulator.
    pub fn set_report_url(&self, url: Option<String>) {
        self.sms.set_report_url(url);
    }

    /// Cuts all connections and waits until every task has ended.
    pub async fn shutdown(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("fcm_addr", &self.fcm_addr)
            .field("sms_addr", &self.sms_addr)
            .field("admin_addr", &self.admin_addr)
            .finish_non_exhaustive()
    }
}
