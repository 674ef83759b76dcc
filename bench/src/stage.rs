//! What the benches that send share: the servers, the guests, the simulator.

use super::accounting::cpu_times;
use super::child::Child;
use super::config_file;
use super::guests;
use super::product::Product;
use super::providers::Providers;
use super::statements;
use anyhow::{Context, Result};
use bellhop_domain::EndpointKind;
use bellhop_store::guests::{Organisation, Organisations};
use bellhop_store::{SqlStore, postgres};
use bellhop_test_services::{Cluster, Options};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a fresh database's migrations may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Few, because a bench asks one thing at a time.
const CONNECTIONS: u32 = 4;

pub struct Stage {
    pub cluster: Cluster,
    pub folder: tempfile::TempDir,
    pub recipients: u32,
    pub database_url: String,
    /// The configuration of every child except the simulator.
    pub config: PathBuf,
    pub store: SqlStore,
    pub organisation: Organisation,
    pub providers: Providers,
    /// How long servers and guests took.
    pub loaded_in: Duration,
    product: Product,
    simulator: Child,
}

/// The servers that a pipeline uses, whose CPU time counts.
#[derive(Debug, Clone, Copy)]
pub enum Server {
    RabbitMq,
    PostgreSql,
    Redis,
}

impl Server {
    pub const ALL: [Server; 3] = [Server::RabbitMq, Server::PostgreSql, Server::Redis];
}

impl Stage {
    /// Starts everything, and loads `recipients` guests who have an address of each of these kinds.
    pub async fn set(kinds: &[EndpointKind], recipients: u32) -> Result<Self> {
        Self::with(Options::bench(), kinds, recipients).await
    }

    /// The same with servers of these options.
    pub async fn with(options: Options, kinds: &[EndpointKind], recipients: u32) -> Result<Self> {
        let started = Instant::now();
        let product = Product::beside_us()?;
        let folder = tempfile::Builder::new().prefix("bellhop-bench-").tempdir()?;
        let cluster = Cluster::start(options.postgres("shared_preload_libraries", statements::LIBRARY)).await?;
        let database_url = cluster.create_database("bellhop").await?;
        let simulator_config = config_file::for_simulator(folder.path())?;
        let mut simulator = product.start("simulator", &simulator_config, &["simulator"], folder.path())?;
        let providers = Providers::of(&mut simulator, folder.path()).await?;
        let config = config_file::for_fleet(folder.path(), &cluster, &database_url, &providers, kinds)?;
        for command in ["migrate", "apply"] {
            let child = product.start(command, &config, &[command], folder.path())?;
            child.finished(PATIENCE).await?;
        }
        let store = postgres::open(&database_url, CONNECTIONS).await?;
        let organisation = store.organisations().await?.into_iter().next();
        let organisation = organisation.context("the default has an organisation")?;
        guests::load(&database_url, &store, &providers, organisation.id, recipients, kinds).await?;
        Ok(Self {
            cluster,
            folder,
            recipients,
            database_url,
            config,
            store,
            organisation,
            providers,
            loaded_in: started.elapsed(),
            product,
            simulator,
        })
    }

    /// Gives every run the same start: the simulator has seen nothing, and PostgreSQL has nothing left to write and
    /// counts from zero.
    pub async fn tidy(&self) -> Result<()> {
        self.providers.forget().await?;
        let mut connection = PgConnection::connect(&self.database_url).await?;
        connection.execute("CHECKPOINT").await?;
        connection.close().await?;
        statements::forget(&self.database_url).await
    }

    /// The CPU time so far of a pipeline's own children, of the servers that it uses, and of the simulator.
    pub fn cpu(&self, of: &[(&'static str, u32)], servers: &[Server]) -> Result<Vec<(&'static str, Duration)>> {
        let mut processes = of.to_vec();
        for server in servers {
            let (name, pid) = match server {
                Server::RabbitMq => ("rabbitmq", self.cluster.rabbitmq.pid()),
                Server::PostgreSql => ("postgresql", self.cluster.postgres.pid()),
                Server::Redis => ("redis", self.cluster.redis.pid()),
            };
            processes.push((name, pid.with_context(|| format!("{name} does not run"))?));
        }
        processes.push(("simulator", self.simulator.pid()?));
        let pids: Vec<u32> = processes.iter().map(|(_, pid)| *pid).collect();
        Ok(processes.iter().map(|(name, _)| *name).zip(cpu_times(&pids)?).collect())
    }

    /// The product, started with the fleet's configuration.
    pub fn child(&self, name: &str, arguments: &[&str]) -> Result<Child> {
        self.product.start(name, &self.config, arguments, self.folder.path())
    }

    /// One of this program's hidden commands, which send with the fleet's configuration but without a fleet.
    pub fn bare_child(&self, command: &str, arguments: &[&str]) -> Result<Child> {
        let ourselves = std::env::current_exe().context("cannot find this program's own file")?;
        let config = self
            .config
            .to_str()
            .context("the temporary folder's name is not UTF-8")?;
        let arguments = [&[command, "--config", config], arguments].concat();
        Child::start(command, &ourselves, &arguments, self.folder.path())
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
