//! The far side of Bellhop's providers: FCM HTTP v1 and SMSC.ru over their real protocols, for the demo, tests, proofs and benches.
//!
//! It promises to keep its own ledger of what it took, from whom, when and how often, whatever it then answered; to fail by probability, by seed and by magic recipient as its README lists; and, if asked, to play guests who open, follow links and order.
//!
//! It never shares code with the clients it tests: every wire format here is written a second time, from the providers' documents alone, so that a mistake on one side is seen by the other. It is no provider: nothing leaves the machine.

mod admin;
mod config;
mod draw;
mod error;
mod faults;
mod fcm;
mod ledger;
mod people;
mod running;
mod serve;
mod sms;
mod timeline;
mod world;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::{FcmConfig, PeopleConfig, ReportsConfig, SimulatorConfig, SmsConfig, Tls};
pub use error::StartError;
pub use faults::{ChannelFaults, Fault, Faults, InvalidFaults, ResetScope};
pub use ledger::{ByChannel, ChannelSummary, Summary};
pub use people::PeopleSummary;
pub use running::Running;

use fcm::Fcm;
use serve::Server;
use sms::Sms;
use world::World;

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
        // From here on an error stops what was started.
        let guard = stop.clone().drop_guard();
        let world = Arc::new(World::new(config.seed, config.faults.clone()));
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
            stop,
            guard,
            tasks,
            connections,
        };
        config.people.iter().try_for_each(|people| running.invite(people))?;
        running.write_service_account(config.fcm.service_account_file.as_deref())?;
        Ok(running)
    }
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
