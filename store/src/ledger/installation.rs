//! Which installation this is, and whether a batch agrees with what a task says about it.

use super::types::TaskOf;
use crate::db::Db;
use crate::sql::{Session, Sql, sql};
use crate::{Result, StoreError};
use bellhop_domain::InstallationId;

/// That the row of `batches` is what the task says; the arguments are those of [`with_task`], the first six.
pub(super) const IS_THE_TASKS: &str =
    "batches.id = $1 AND batches.org_id = $2 AND batches.run_id = $3 AND batches.kind = $4
     AND batches.lane = $5 AND EXISTS (SELECT 1 FROM installation i WHERE i.id = $6)";

/// The arguments that tell a task.
pub(super) fn with_task<'a>(statement: Sql<'a>, of: &TaskOf, installation: &'a str) -> Sql<'a> {
    statement
        .int(of.batch.0)
        .int(i64::from(of.org.0))
        .int(of.run.0)
        .int(i64::from(of.kind.code()))
        .int(i64::from(of.lane.code()))
        .text(installation)
}

pub(super) async fn read(db: &Db) -> Result<InstallationId> {
    let mut session = Session::read(db).await?;
    let row = session.first(sql("SELECT id FROM installation")).await?;
    let id = row.ok_or(sqlx::Error::RowNotFound)?.columns().text("id")?;
    id.parse().map_err(|problem| StoreError::Corrupt {
        what: "installation",
        problem: format!("{problem}"),
        id,
    })
}
