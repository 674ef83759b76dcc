//! Opens the database and reads the settings in it. Reading changes nothing: only `bellhop migrate`, an embedded `up`
//! and a first import or key on a new SQLite file create tables.

use crate::applying;
use crate::config::Config;
use anyhow::{Context, bail};
use bellhop_domain::masking;
use bellhop_domain::setting::{SettingKey, SettingsVersion};
use bellhop_settings::Sections;
use bellhop_store::guests::{Organisation, Organisations};
use bellhop_store::postgres::Patience;
use bellhop_store::{SettingsBook, SqlStore, postgres, sqlite};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The parts that a process works with.
pub struct Parts {
    pub store: Arc<SqlStore>,
    /// The organisations in force, the oldest first.
    pub organisations: Vec<Organisation>,
    pub sections: Sections,
    /// The version of the sections.
    pub version: SettingsVersion,
    /// The version in which each setting was last written.
    versions: BTreeMap<SettingKey, SettingsVersion>,
}

impl Parts {
    /// The version in which a setting was last written.
    pub fn version_of(&self, key: &SettingKey) -> SettingsVersion {
        self.versions.get(key).copied().unwrap_or_default()
    }
}

/// Opens the database as it is.
pub async fn open(config: &Config) -> anyhow::Result<Parts> {
    is_there(config)?;
    read(open_store(config, patience(config)).await?).await
}

/// The same for a command that may come first: a SQLite file without any tables gets them, and the sections of the
/// configuration as its settings. One that has its tables is left to `bellhop migrate` and `bellhop apply`.
pub async fn begin(config: &Config, who: &str) -> anyhow::Result<Parts> {
    let store = open_store(config, patience(config)).await?;
    if config.store.url.starts_with("sqlite:") && store.schema().await?.number.is_none() {
        store.migrate().await?;
        applying::bring_in(config, &store, who).await?;
    }
    read(store).await
}

/// For an embedded `up`: brings the schema up to date, and applies what has changed in the file since it was last
/// applied.
pub async fn bring_up(config: &Config, store: SqlStore) -> anyhow::Result<Parts> {
    store.migrate().await?;
    let brought = applying::bring_in(config, &store, "bellhop up").await?;
    if !brought.plan.changes_nothing() {
        for line in brought.plan.to_string().lines() {
            tracing::info!("settings from the file: {line}");
        }
    }
    for kept in &brought.kept {
        tracing::warn!("settings from the file: {kept}");
    }
    read(store).await
}

/// Reads the settings in force from a database whose schema fits this program.
pub async fn read(store: SqlStore) -> anyhow::Result<Parts> {
    store.fits_schema().await?;
    let snapshot = store.load_settings().await?;
    let mut sections = Sections::of(&snapshot)?;
    let mut organisations = store.organisations().await?;
    organisations.retain(|it| sections.organisation(Some(&it.slug)).is_some());
    organisations.sort_by_key(|it| it.id);
    let age = |slug: &str| organisations.iter().position(|it| it.slug == slug);
    sections.organisations.sort_by_key(|it| age(&it.slug));
    Ok(Parts {
        store: Arc::new(store),
        organisations,
        sections,
        version: snapshot.version,
        versions: snapshot.settings.into_iter().map(|it| (it.key, it.version)).collect(),
    })
}

/// Opens a database to change its settings, of which there may be none yet.
pub async fn to_change(config: &Config) -> anyhow::Result<SqlStore> {
    is_there(config)?;
    let store = open_store(config, patience(config)).await?;
    store.fits_schema().await?;
    Ok(store)
}

/// Opens only the store.
pub async fn open_store(config: &Config, patience: Patience) -> anyhow::Result<SqlStore> {
    Ok(open_database(config, patience).await?.with_breaker(config.breaker()))
}

/// How long database operations may take, except those that a caller waits for.
pub fn patience(config: &Config) -> Patience {
    Patience {
        statement: Duration::from_secs(config.store.statement_seconds),
        lock: Duration::from_secs(config.store.lock_seconds),
        ..Patience::WORKING
    }
}

/// How long database operations may take in a process that only answers callers.
pub fn answering(config: &Config) -> Patience {
    let own = patience(config);
    Patience {
        statement: own.statement.min(Patience::ANSWERING.statement),
        lock: own.lock.min(Patience::ANSWERING.lock),
        ..Patience::ANSWERING
    }
}

/// Refuses a SQLite file that does not exist; otherwise a forgotten --config would be answered from an empty
/// database.
pub fn is_there(config: &Config) -> anyhow::Result<()> {
    let Some(path) = config.store.url.strip_prefix("sqlite:") else {
        return Ok(());
    };
    if Path::new(path).is_file() {
        return Ok(());
    }
    let here = std::env::current_dir()
        .map(|it| it.display().to_string())
        .unwrap_or_default();
    bail!(
        "store.url: there is no database at {path} (seen from {here}). Name your configuration by --config FILE or \
         BELLHOP_CONFIG, or go to the folder that you work in; a new database begins with `bellhop import customers FILE`"
    )
}

async fn open_database(config: &Config, patience: Patience) -> anyhow::Result<SqlStore> {
    let url = &config.store.url;
    if let Some(path) = url.strip_prefix("sqlite:") {
        let file = Path::new(path);
        if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("store.url: cannot create the folder {}", folder.display()))?;
        }
        return sqlite::open(file)
            .await
            .with_context(|| format!("store.url: cannot open {path}"));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let opened = postgres::open_with(url, config.store.connections, patience).await;
        return opened.with_context(|| {
            format!(
                "store.url: PostgreSQL at {} cannot be reached; check that it runs and that the address, user and password are right",
                masking::url(url)
            )
        });
    }
    // Even a mistyped address may contain the password.
    bail!(
        "store.url ({}) is not a database; write sqlite:PATH or postgres://user:password@host/database",
        masking::url(url)
    )
}
