//! What running processes could not make of the settings in force.

use super::read::json;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingsVersion;
use std::time::Duration;

/// How long a report of a process is believed. A process with troubles reports them every ten seconds.
const BELIEVED: Duration = Duration::from_secs(60);

/// A process that lacks a part of the settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Troubled {
    /// Which one: its roles, host and number.
    pub process: String,
    /// The version that it has read.
    pub version: SettingsVersion,
    /// Which setting could not be made, and why. Without secrets.
    pub troubles: Vec<String>,
}

/// What processes report of themselves, for those who look from elsewhere.
#[async_trait]
pub trait TroubleReports: Send + Sync {
    /// Keeps what a process could not make of the settings, for a minute. An empty list says that it has made all of
    /// them or that it ends.
    async fn tell_troubles(&self, it: &Troubled, now: Timestamp) -> Result<()>;
    /// What running processes have reported in the last minute, ordered by their names.
    async fn troubles(&self, now: Timestamp) -> Result<Vec<Troubled>>;
}

#[async_trait]
impl TroubleReports for SqlStore {
    async fn tell_troubles(&self, it: &Troubled, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        // What dead processes have left is removed by whoever reports next.
        let text = "DELETE FROM settings_troubles WHERE process = $1 OR seen_at < $2";
        let gone = sql(text).text(it.process.as_str()).int(now.minus(BELIEVED).0);
        tx.execute(gone).await?;
        if !it.troubles.is_empty() {
            let troubles = serde_json::json!(it.troubles).to_string();
            let text = "INSERT INTO settings_troubles (process, version, troubles, seen_at) VALUES ($1, $2, $3, $4)";
            let row = sql(text).text(it.process.as_str()).int(it.version.0);
            tx.execute(row.text(troubles.as_str()).int(now.0)).await?;
        }
        tx.commit().await
    }

    async fn troubles(&self, now: Timestamp) -> Result<Vec<Troubled>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT process, version, troubles FROM settings_troubles WHERE seen_at >= $1 ORDER BY process";
        let rows = session.fetch(sql(text).int(now.minus(BELIEVED).0)).await?;
        let read = rows.iter().map(|row| {
            let c = row.columns();
            let process = c.text("process")?;
            Ok(Troubled {
                version: SettingsVersion(c.int("version")?),
                troubles: json("what a process has told", &process, &c.text("troubles")?)?,
                process,
            })
        });
        read.collect()
    }
}
