//! What `bellhop prune` gives back, and what it must not change.

use crate::stage::Stage;
use anyhow::{Result, ensure};
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::statistics::Statistics;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};

/// What the command may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

pub struct Pruned {
    /// Size of the database, bytes.
    pub before: i64,
    pub after: i64,
    pub took: Duration,
}

impl Pruned {
    /// Runs the command, and compares the statistics of the oldest mailing.
    ///
    /// # Errors
    /// If the statistics differ by a single figure.
    pub async fn of(stage: &Stage, oldest: i64) -> Result<Self> {
        let (before, told) = (database_bytes(stage).await?, statistics(stage, oldest).await?);
        let started = Instant::now();
        let command = stage.child("prune", &["prune"])?;
        command.finished(PATIENCE).await?;
        let took = started.elapsed();
        let (after, again) = (database_bytes(stage).await?, statistics(stage, oldest).await?);
        ensure!(
            told == again,
            "the statistics of mailing {oldest} were {told} and are {again}"
        );
        Ok(Self { before, after, took })
    }
}

/// A mailing's statistics but for the instant of the question.
async fn statistics(stage: &Stage, mailing: i64) -> Result<Value> {
    let at = Timestamp::now();
    let of = Statistics::mailing(&stage.store, stage.organisation.id, MailingId(mailing), at).await?;
    let mut told = serde_json::to_value(of)?;
    if let Some(fields) = told.as_object_mut() {
        fields.remove("as_of");
    }
    Ok(told)
}

/// The size of the database on disk.
///
/// # Errors
/// Errors of the database.
pub async fn database_bytes(stage: &Stage) -> Result<i64> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text = "SELECT pg_database_size(current_database())";
    let bytes = sqlx::query_scalar(text).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(bytes)
}
