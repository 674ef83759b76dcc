//! A running simulator, for the program that started it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::apns::Apns;
use crate::callbacks::CallbackUrl;
use crate::config::PeopleConfig;
use crate::error::StartError;
use crate::faults::{Faults, InvalidFaults};
use crate::fcm::Fcm;
use crate::ledger::{Channel, Summary};
use crate::people::{People, PeopleSummary};
use crate::web_push::WebPush;
use crate::world::World;

/// A running simulator. Dropping it stops it too, without waiting.
pub struct Running {
    /// Where `/_sim/…` is.
    pub admin_addr: SocketAddr,
    /// The authority's certificate when TLS is on.
    pub ca_pem: Option<PathBuf>,
    pub(crate) fcm: Arc<Fcm>,
    pub(crate) web_push: Option<Arc<WebPush>>,
    pub(crate) apns: Option<Arc<Apns>>,
    pub(crate) world: Arc<World>,
    pub(crate) stop: CancellationToken,
    pub(crate) guard: DropGuard,
    pub(crate) tasks: TaskTracker,
    pub(crate) connections: Arc<AtomicU64>,
    /// The listeners by name.
    pub(crate) listeners: BTreeMap<&'static str, SocketAddr>,
    pub(crate) callback_urls: BTreeMap<Channel, CallbackUrl>,
}

impl Running {
    /// Root of FCM: `/token` and `/v1/projects/…` are appended.
    pub fn fcm_url(&self) -> String {
        self.url("fcm").unwrap_or_default()
    }

    /// Root of the gateway: `/sys/send.php` is appended.
    pub fn sms_url(&self) -> String {
        self.url("sms").unwrap_or_default()
    }

    /// Where the SMSC listens; `None` without its section.
    pub fn smpp_addr(&self) -> Option<SocketAddr> {
        self.addr("smpp")
    }

    /// Root of the WAHA server: `/api/sendText` is appended; empty when it is not configured.
    pub fn waha_url(&self) -> String {
        self.url("waha").unwrap_or_default()
    }

    /// Root of Green-API: `/waInstance…` is appended; empty when it is not configured.
    pub fn green_api_url(&self) -> String {
        self.url("green_api").unwrap_or_default()
    }

    /// Root of Telegram's Bot API: `/bot…` is appended; empty when it is not configured.
    pub fn telegram_url(&self) -> String {
        self.url("telegram").unwrap_or_default()
    }

    /// Root of the Graph API; `None` if it is not configured.
    pub fn whatsapp_url(&self) -> Option<String> {
        self.url("whatsapp")
    }

    /// Root of the push service; `None` if its section is not configured.
    pub fn web_push_url(&self) -> Option<String> {
        self.url("web_push")
    }

    /// The subscription of a simulated browser, compact JSON, as `POST /_sim/web_push/subscribe` gives it. The same
    /// seed and number always have the same keys.
    ///
    /// `application_server_key` is the site's VAPID public key; without one any sender may send.
    pub fn web_push_subscription(&self, number: u64, application_server_key: Option<&str>) -> Option<String> {
        let service = self.web_push.as_ref()?;
        let root = self.web_push_url()?;
        service
            .subscriptions()
            .subscription(&root, number, application_server_key, "")
    }

    /// Root of the admin interface, always plain HTTP.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_addr)
    }

    /// Root of APNs' production host; `None` without the section `apns`.
    pub fn apns_url(&self) -> Option<String> {
        self.url("apns")
    }

    /// Root of APNs' sandbox.
    pub fn apns_sandbox_url(&self) -> Option<String> {
        self.url("apns_sandbox")
    }

    /// The `.p8` key whose tokens APNs accepts; `None` if it knows only the public half.
    pub fn apns_key_pem(&self) -> Option<&str> {
        self.apns.as_ref()?.private_key_pem()
    }

    /// How many different provider tokens APNs accepted.
    pub fn apns_provider_tokens(&self) -> usize {
        self.apns.as_ref().map_or(0, |apns| apns.provider_tokens())
    }

    /// Where a listener is; `None` if its section is not configured.
    pub fn addr(&self, listener: &str) -> Option<SocketAddr> {
        self.listeners.get(listener).copied()
    }

    /// Root of a listener that speaks HTTP.
    pub(crate) fn url(&self, listener: &str) -> Option<String> {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        self.addr(listener).map(|addr| format!("{scheme}://{addr}"))
    }

    /// Every listener of a provider, by name.
    pub fn listeners(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        self.listeners.iter().map(|(name, addr)| (*name, *addr))
    }

    /// A service-account file whose `token_uri` is this simulator's; `None` if it knows only a public key.
    pub fn service_account_json(&self) -> Option<String> {
        self.fcm.service_account_json(&self.addr("fcm")?.to_string())
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

    /// How many TCP connections all providers have accepted.
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
        self.set_callback_url(Channel::Sms, url);
    }

    /// Where a lane's calls to Bellhop go from now on; this does nothing for a lane that makes no calls.
    pub fn set_callback_url(&self, channel: Channel, url: Option<String>) {
        if let Some(callback) = self.callback_urls.get(&channel) {
            callback.set(url);
        }
    }

    /// Lets guests receive messages from now on, for an API that starts after the simulator.
    ///
    /// # Errors
    /// When guests were invited before, or their time would not pass.
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
            .field("listeners", &self.listeners)
            .field("admin_addr", &self.admin_addr)
            .finish_non_exhaustive()
    }
}
