//! What there is to tidy up. Nearly always there is nothing, which a single question finds out.

use super::{cancelled, in_vain, outlived, revived};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::Timestamp;

/// Which chores there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chores {
    /// Finished runs of which a message waits.
    pub wanted_again: bool,
    /// Values of messages on demand that are to be forgotten.
    pub old_values: bool,
    pub old_events: bool,
    pub cancelled: bool,
    /// Runs whose messages' lives have ended, and batches in which one's has.
    pub outlived_runs: bool,
    pub outlived_batches: bool,
}

pub(super) async fn look(db: &Db, now: Timestamp) -> Result<Chores> {
    let questions = [
        format!(
            "SELECT id FROM runs WHERE {} ORDER BY expires_at",
            revived::wanted_again("$2")
        ),
        "SELECT message_id FROM message_requests WHERE given IS NOT NULL AND forget_at <= $1 ORDER BY forget_at".into(),
        "SELECT id FROM provider_events WHERE at < $3 ORDER BY at".into(),
        format!("SELECT id FROM runs WHERE {} ORDER BY id", cancelled::left_behind()),
        format!("SELECT id FROM runs WHERE {} ORDER BY expires_at", outlived::runs("$1")),
        format!(
            "SELECT id FROM batches WHERE {} ORDER BY expires_at",
            outlived::batches("$1")
        ),
    ];
    let questions = questions.map(|question| format!("({question} LIMIT 1) IS NOT NULL"));
    let statement = sql(format!("SELECT {}", questions.join(",\n       ")))
        .int(now.0)
        .int(now.0 - revived::FOUND_MS)
        .int(now.0 - in_vain::EVENTS_KEPT_MS);
    let row = Session::read(db).await?.first(statement).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    let mut c = row.cells();
    Ok(Chores {
        wanted_again: c.flag()?,
        old_values: c.flag()?,
        old_events: c.flag()?,
        cancelled: c.flag()?,
        outlived_runs: c.flag()?,
        outlived_batches: c.flag()?,
    })
}
