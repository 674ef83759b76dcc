//! A running simulator, for the program that started it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::config::PeopleConfig;
use crate::error::StartError;
use crate::faults::{Faults, InvalidFaults};
use crate::fcm::Fcm;
use crate::ledger::Summary;
use crate::people::{People, PeopleSummary};
use crate::sms::Sms;
use crate::world::World;

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
    pub(crate) fcm: Arc<Fcm>,
    pub(crate) sms: Arc<Sms>,
    pub(crate) world: Arc<World>,
    pub(crate) stop: CancellationToken,
    pub(crate) guard: DropGuard,
    pub(crate) tasks: TaskTracker,
    pub(crate) connections: Arc<AtomicU64>,
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

    pub(crate) fn write_service_account(&self, path: Option<&Path>) -> Result<(), StartError> {
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

    /// Lets guests receive messages from now on, for an API that starts after the simulator.
    ///
    /// # Errors
    /// When guests were invited before or their time does not pass.
    pub fn invite(&self, people: &PeopleConfig) -> Result<(), StartError> {
        if !(people.time_scale > 0.0 && people.time_scale.is_finite()) {
            return Err(StartError::TimeScale(people.time_scale));
        }
        self.world
            .invite(People::start(people, self.stop.clone(), &self.tasks)?)
    }

    /// What the guests have done, as `GET /_sim/people` gives it.
    pub fn people(&self) -> PeopleSummary {
        self.world.people()
    }

    /// Cuts all connections and waits until every task has ended.
    pub async fn shutdown(self) {
        drop(self.guard);
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
