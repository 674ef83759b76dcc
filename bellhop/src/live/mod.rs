//! The settings that this process follows: read at its start, checked twice a second, and replaced as a whole.

mod made;
mod making;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::opening::{self, Parts};
use crate::secrets;
use anyhow::Result;
use async_trait::async_trait;
use bellhop_api::{Ready, Served};
use bellhop_campaigns::{InForce, Live};
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingsVersion;
use bellhop_store::settings::{TroubleReports, Troubled};
use bellhop_store::{SettingsBook, SqlStore};
use making::Making;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often the version of the settings is checked. A change takes effect within two seconds, including the time to
/// end what is under way.
const ASKED: Duration = Duration::from_millis(500);
/// How often what could not be made is tried again: the file of a secret may have appeared.
const TRIED_AGAIN: Duration = Duration::from_secs(10);

/// What the roles of a process are given.
#[derive(Clone)]
pub struct Settings {
    pub in_force: Live<InForce>,
    /// The same for the API, with what only it needs.
    pub served: Live<Served>,
    pub status: Arc<SettingsStatus>,
}

/// Which settings this process follows, and its troubles with them.
#[derive(Default)]
pub struct SettingsStatus(Mutex<ReportedSettings>);

#[derive(Default, Clone)]
struct ReportedSettings {
    version: i64,
    troubles: Vec<String>,
}

/// Keeps [`Settings`] up to date.
pub struct Follower {
    store: Arc<SqlStore>,
    making: Making,
    settings: Settings,
    seen: SettingsVersion,
    tried: Instant,
    /// The name of this process in its reports.
    process: String,
    /// Whether the database holds a report of this process.
    has_told: bool,
}

impl Follower {
    /// A follower that starts with settings that were just read, in a process of this name.
    pub fn new(config: &Config, parts: &Parts, process: String) -> Result<Self> {
        let mut making = Making::new(secrets::keys(config)?);
        let first = making.next(parts)?;
        let settings = Settings {
            in_force: Live::new((*first.in_force).clone()),
            served: Live::new(first),
            status: Arc::default(),
        };
        let follower = Self {
            store: parts.store.clone(),
            making,
            settings,
            seen: parts.version,
            tried: Instant::now(),
            process,
            has_told: false,
        };
        follower.tell();
        Ok(follower)
    }

    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Follows the database until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        // Once more, for metrics that were not yet collected when it was made.
        self.tell();
        self.tell_others(&self.making.troubles.clone()).await;
        let mut tick = tokio::time::interval(ASKED);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return self.tell_others(&[]).await,
                _ = tick.tick() => {}
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "the settings cannot be read; those of before stay in force");
            }
        }
    }

    /// Takes over new settings, if there are any.
    async fn look(&mut self) -> Result<()> {
        let version = self.store.settings_version().await?;
        let again = !self.making.troubles.is_empty() && self.tried.elapsed() >= TRIED_AGAIN;
        if version == self.seen && !again {
            return Ok(());
        }
        self.tried = Instant::now();
        let parts = opening::read(SqlStore::clone(&self.store)).await?;
        let before = self.making.troubles.clone();
        let next = self.making.next(&parts)?;
        let is_news = parts.version != self.seen || self.making.troubles != before;
        self.seen = parts.version;
        if is_news {
            self.settings.in_force.put((*next.in_force).clone());
            self.settings.served.put(next);
            tracing::info!(version = %self.seen, "settings are in force");
        }
        self.tell();
        self.tell_others(&self.making.troubles.clone()).await;
        Ok(())
    }

    /// Reports to the database, where `bellhop doctor` reads it, what could not be made; each try reports it again.
    async fn tell_others(&mut self, troubles: &[String]) {
        if troubles.is_empty() && !self.has_told {
            return;
        }
        let it = Troubled {
            process: self.process.clone(),
            version: self.seen,
            troubles: troubles.to_vec(),
        };
        match self.store.tell_troubles(&it, Timestamp::now()).await {
            Ok(()) => self.has_told = !troubles.is_empty(),
            Err(error) => {
                tracing::warn!(%error, "the settings that could not be made cannot be reported to the database")
            }
        }
    }

    fn tell(&self) {
        metrics::gauge!("bellhop_settings_version").set(self.seen.0 as f64);
        metrics::gauge!("bellhop_settings_troubles").set(self.making.troubles.len() as f64);
        let mut told = self.settings.status.0.lock().unwrap_or_else(PoisonError::into_inner);
        *told = ReportedSettings {
            version: self.seen.0,
            troubles: self.making.troubles.clone(),
        };
    }
}

/// For `/readyz`. A sender that cannot be made does not hinder anything else, so it is shown but does not make the
/// process unready.
pub struct SettingsReady(pub Arc<SettingsStatus>);

#[async_trait]
impl Ready for SettingsReady {
    fn name(&self) -> &'static str {
        "settings"
    }

    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn says(&self) -> Option<String> {
        let told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut words = vec![format!("ok, version {}", told.version)];
        words.extend(told.troubles);
        Some(words.join("; "))
    }
}
