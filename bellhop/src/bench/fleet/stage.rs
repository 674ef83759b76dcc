//! What both pipelines share: the servers, the guests, the simulator.

use super::super::accounting::cpu_times;
use super::super::child::Child;
use super::super::config_file;
use super::guests;
use crate::config::Config;
use crate::wiring;
use anyhow::{Context, Result, ensure};
use bellhop_store::SqlStore;
use bellhop_store::guests::Organisation;
use bellhop_test_services::{Cluster, Options};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Stage {
    pub cluster: Cluster,
    pub folder: tempfile::TempDir,
    pub recipients: u32,
    pub database_url: String,
    /// The configuration of every child but the simulator.
    pub config: PathBuf,
    pub store: Arc<SqlStore>,
    pub organisation: Organisation,
    /// How long servers and guests took.
    pub loaded_in: Duration,
    simulator: Child,
    admin_url: String,
    http: reqwest::Client,
}

impl Stage {
    pub async fn set(recipients: u32) -> Result<Self> {
        let started = Instant::now();
        let folder = tempfile::Builder::new().prefix("bellhop-bench-").tempdir()?;
        let cluster = Cluster::start(Options::bench()).await?;
        let database_url = cluster.create_database("bellhop").await?;
        let simulator_config = config_file::for_simulator(folder.path())?;
        let mut simulator = Child::start("simulator", &simulator_config, &["simulator"], folder.path())?;
        let fcm_url = simulator.first_words("FCM").await?;
        let admin_url = simulator.first_words("Admin").await?;
        let admin_url = admin_url.trim_end_matches("/_sim/summary").to_owned();
        let config = config_file::for_fleet(folder.path(), &cluster, &database_url, &fcm_url)?;
        let parts = wiring::open(&Config::load(Some(&config))?).await?;
        let organisation = parts
            .organisations
            .into_iter()
            .next()
            .context("the default has an organisation")?;
        guests::load(&database_url, &parts.store, organisation.id, recipients).await?;
        Ok(Self {
            cluster,
            folder,
            recipients,
            database_url,
            config,
            store: parts.store,
            organisation,
            loaded_in: started.elapsed(),
            simulator,
            admin_url,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// The same start for every run: the simulator has seen nothing, PostgreSQL has nothing left to write.
    pub async fn tidy(&self) -> Result<()> {
        self.http
            .post(format!("{}/_sim/reset", self.admin_url))
            .send()
            .await?
            .error_for_status()?;
        let mut connection = PgConnection::connect(&self.database_url).await?;
        connection.execute("CHECKPOINT").await?;
        Ok(connection.close().await?)
    }

    /// Asks the simulator.
    pub async fn simulator_says(&self, path: &str) -> Result<Value> {
        let text = self
            .http
            .get(format!("{}{path}", self.admin_url))
            .send()
            .await?
            .text()
            .await?;
        serde_json::from_str(&text).with_context(|| format!("the simulator's {path} is no JSON"))
    }

    /// A figure does not count unless the simulator took every message exactly once.
    pub async fn check_simulators_ledger(&self) -> Result<()> {
        let summary = self.simulator_says("/_sim/summary").await?;
        let push = &summary["channels"]["push"];
        let expected = u64::from(self.recipients);
        ensure!(
            push["accepted"] == expected && push["unique_recipients"] == expected && push["duplicates"] == 0,
            "the simulator was to take {expected} messages once each, but says {push}"
        );
        Ok(())
    }

    /// The CPU time so far of the servers that a pipeline uses, and of children of its own.
    pub fn cpu(&self, of: &[(&'static str, u32)], with_database: bool) -> Result<Vec<(&'static str, Duration)>> {
        let mut processes = of.to_vec();
        let mut server = |name, pid: Option<u32>| -> Result<()> {
            processes.push((name, pid.with_context(|| format!("{name} does not run"))?));
            Ok(())
        };
        server("rabbitmq", self.cluster.rabbitmq.pid())?;
        if with_database {
            server("postgresql", self.cluster.postgres.pid())?;
            server("redis", self.cluster.redis.pid())?;
        }
        processes.push(("simulator", self.simulator.pid()?));
        let pids: Vec<u32> = processes.iter().map(|(_, pid)| *pid).collect();
        Ok(processes.iter().map(|(name, _)| *name).zip(cpu_times(&pids)?).collect())
    }

    /// A child in the fleet's configuration.
    pub fn child(&self, name: &str, arguments: &[&str]) -> Result<Child> {
        Child::start(name, &self.config, arguments, self.folder.path())
    }

    pub async fn strike(self) -> Result<()> {
        self.store.close().await;
        self.simulator.stop().await
    }
}

/// What was used between two readings.
pub fn used(before: &[(&'static str, Duration)], after: &[(&'static str, Duration)]) -> Vec<(&'static str, Duration)> {
    before
        .iter()
        .zip(after)
        .map(|((name, b), (_, a))| (*name, a.saturating_sub(*b)))
        .collect()
}
