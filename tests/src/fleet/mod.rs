//! A fleet of real processes on private servers, with the simulator as its providers.

mod clock;
mod role;
pub(crate) mod settings;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Mutex;

pub use clock::VirtualClock;
pub use role::Role;
pub use settings::{Servers, Settings};

use crate::command::Bellhop;
use crate::ledger::LedgerReader;
use crate::patience::eventually;
use crate::simulator::SimulatorBooks;

/// Enough to start an unoptimised process on a busy machine.
const START_PATIENCE: Duration = Duration::from_secs(300);
/// How often processes are looked after.
const SUPERVISION: Duration = Duration::from_millis(100);

/// The simulator, the roles, and the two ledgers. Dropping it kills the processes and removes the folder.
#[derive(Debug)]
pub struct Fleet {
    pub bellhop: Bellhop,
    pub ledger: LedgerReader,
    pub simulator: SimulatorBooks,
    /// The processes that play roles; the simulator is not among them.
    pub roles: Vec<Mutex<Role>>,
    /// Where the API listens.
    pub api: String,
    /// Where the API's process serves `/readyz` and `/metrics`.
    pub operations: String,
    _simulator_process: Role,
    folder: TempDir,
}

impl Fleet {
    /// Starts the simulator, migrates the schema and applies the settings; the roles wait for [`Fleet::start_roles`].
    ///
    /// # Errors
    /// When the simulator does not come up, the schema does not migrate or the settings are refused.
    pub async fn prepare(servers: &Servers, settings: &Settings, roles: &[&str]) -> Result<Self> {
        Self::prepare_with(servers, settings, roles, |_| {}).await
    }

    /// The same, with a last edit of the configuration.
    ///
    /// # Errors
    /// As [`Fleet::prepare`].
    pub async fn prepare_with(
        servers: &Servers,
        settings: &Settings,
        roles: &[&str],
        edit: impl FnOnce(&mut Value),
    ) -> Result<Self> {
        let edit = |config: &mut Value, _: &Path| edit(config);
        Self::prepare_in(servers, settings, roles, Vec::new(), edit).await
    }

    /// The same, with something in the environment of every process, and an edit that also knows the fleet's folder.
    ///
    /// # Errors
    /// As [`Fleet::prepare`].
    pub async fn prepare_in(
        servers: &Servers,
        settings: &Settings,
        roles: &[&str],
        environment: Vec<(String, String)>,
        edit: impl FnOnce(&mut Value, &Path),
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?;
        let written = settings.write(servers, folder.path(), |config| edit(config, folder.path()))?;
        let bellhop = Bellhop::in_folder(folder.path())?
            .with_config(&written.config)
            .with_environment(environment)
            .with_operations_at(written.operations);
        let role = |name: &&str| Mutex::new(Role::new(name, &bellhop, folder.path()));
        let mut simulator_process = Role::new("simulator", &bellhop, folder.path());
        simulator_process.start()?;
        let fleet = Self {
            ledger: LedgerReader::of(&servers.database)?,
            simulator: SimulatorBooks::at(written.admin)?,
            roles: roles.iter().map(role).collect(),
            api: written.api,
            operations: format!("http://{}", written.operations),
            _simulator_process: simulator_process,
            folder,
            bellhop,
        };
        eventually("the simulator serves", START_PATIENCE, async || {
            fleet.simulator.accepted().await.map(Some)
        })
        .await?;
        fleet.bellhop.set_up().await?;
        Ok(fleet)
    }

    /// Starts every role.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn start_roles(&self) -> Result<()> {
        for role in &self.roles {
            role.lock().await.start()?;
        }
        Ok(())
    }

    /// Restarts whatever ended by itself, as systemd or Kubernetes would. Runs until dropped.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub async fn supervise(&self) -> Result<std::convert::Infallible> {
        loop {
            for role in &self.roles {
                role.lock().await.revive()?;
            }
            tokio::time::sleep(SUPERVISION).await;
        }
    }

    /// Runs a story under supervision; if it fails, the last lines of every log go to standard error.
    ///
    /// # Errors
    /// The story's own, or when a process cannot be started again.
    pub async fn supervised<T>(&self, story: impl Future<Output = Result<T>>) -> Result<T> {
        let told = tokio::select! {
            told = story => told,
            ended = self.supervise() => match ended? {},
        };
        match told {
            Ok(told) => Ok(told),
            Err(error) => {
                eprintln!("{}", self.last_words().await);
                Err(error)
            }
        }
    }

    /// Waits until the API answers.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn serves(&self) -> Result<()> {
        let look = async || {
            let answer = reqwest::get(format!("{}/readyz", self.operations)).await?;
            Ok(answer.status().is_success().then_some(()))
        };
        eventually("the API is ready", START_PATIENCE, look).await
    }

    /// How often processes ended without having been killed.
    pub async fn ends_of_their_own(&self) -> u32 {
        let mut ends = 0;
        for role in &self.roles {
            ends += role.lock().await.own_ends;
        }
        ends
    }

    /// The folder that holds everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Imports a guest list; every row must be good.
    ///
    /// # Errors
    /// When a row is bad or the import fails.
    pub async fn import(&self, count: u32, reach: impl Fn(u32) -> crate::guests::Reach) -> Result<()> {
        let file = self.file("customers.csv");
        crate::guests::write(&file, count, reach)?;
        let summary = self
            .bellhop
            .json(&["import", "customers", &file.to_string_lossy()])
            .await?;
        ensure!(
            summary["imported"] == count,
            "{count} guests were to be imported: {summary}"
        );
        Ok(())
    }

    /// Creates a mailing from its file; returns its id.
    ///
    /// # Errors
    /// When the command refuses it.
    pub async fn create(&self, mailing: &Value) -> Result<i64> {
        let file = self.file("mailing.json");
        std::fs::write(&file, mailing.to_string())?;
        let created = self
            .bellhop
            .json(&["mailing", "create", &format!("@{}", file.display())])
            .await?;
        created["id"].as_i64().with_context(|| format!("no id: {created}"))
    }

    /// `bellhop mailing VERB ID`.
    ///
    /// # Errors
    /// When the command fails.
    pub async fn mailing(&self, verb: &str, mailing: i64) -> Result<Value> {
        self.bellhop.json(&["mailing", verb, &mailing.to_string()]).await
    }

    /// Waits until the run is over: finished, or cancelled to the last message. Returns its end in ms UTC.
    ///
    /// # Errors
    /// When it is not over in time; the error says how far it was.
    pub async fn finished(&self, mailing: i64, patience: Duration) -> Result<i64> {
        let look = async || Ok(self.ledger.run(mailing).await?.finished_at);
        match eventually("the run ends", patience, look).await {
            Ok(at) => Ok(at),
            Err(late) => Err(late.context(format!("messages by state: {:?}", self.ledger.states(mailing).await))),
        }
    }

    /// The last lines of every process' log, for the report of a failure.
    pub async fn last_words(&self) -> String {
        let mut words = String::new();
        for role in &self.roles {
            words.push_str(&role.lock().await.last_words());
        }
        words + &self._simulator_process.last_words()
    }
}
