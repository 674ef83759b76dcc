//! What there is to tidy up. Nearly always there is nothing, which a single question finds out.

use super::{cancelled, outlived, revived};
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
    pub cancelled: bool,
    /// Runs whose messages' lives have ended, and batches in which one's has.
    pub outlived_runs: bool,
    pub outlived_batches: bool,
}

pub(super) async fn look(db: &Db, now: Timestamp) -> Result<Chores> {
    let chores = [
        is_there("wanted_again", "runs", &revived::wanted_again("$2"), "expires_at"),
        is_there(
            "old_values",
            "message_requests",
            "given IS NOT NULL AND forget_at <= $1",
            "forget_at",
        ),
        is_there("cancelled", "runs", &cancelled::left_behind(), "id"),
        is_there("outlived_runs", "runs", &outlived::runs("$1"), "expires_at"),
        is_there("outlived_batches", "batches", &outlived::batches("$1"), "expires_at"),
    ];
    let statement = sql(format!("SELECT {}", chores.join(",\n       ")))
        .int(now.0)
        .int(now.0 - revived::FOUND_MS);
    let row = Session::read(db).await?.first(statement).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    let c = row.columns();
    Ok(Chores {
        wanted_again: c.flag("wanted_again")?,
        old_values: c.flag("old_values")?,
        cancelled: c.flag("cancelled")?,
        outlived_runs: c.flag("outlived_runs")?,
        outlived_batches: c.flag("outlived_batches")?,
    })
}

/// A column that says whether a chore has something to do, found in the order of the index that serves it.
fn is_there(chore: &str, table: &str, condition: &str, order: &str) -> String {
    format!("(SELECT 1 FROM {table} WHERE {condition} ORDER BY {order} LIMIT 1) IS NOT NULL AS {chore}")
}
