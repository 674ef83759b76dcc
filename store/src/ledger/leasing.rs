//! What a worker has in hand: kept, and given back as a whole or in part.

use super::batches;
use super::codes::{MESSAGE_IN_FLIGHT, MESSAGE_LEFT_IN_BATCH, MESSAGE_PENDING};
use super::installation::{IS_THE_TASKS, with_task};
use super::months;
use super::types::{Deferred, TaskOf};
use crate::base::codes::Codes;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::*;

/// Why a message waits that its portfolio's ceiling holds back.
pub const HELD_BY_QUOTA: &str = "held by a quota";
/// Why a message waits that follows another one to the same guest.
pub const HELD_BY_PAIR: &str = "another message to this guest has just left the same number";

/// Of workers and dispatchers: batches in hand are kept or given back, and those that nobody has leased are put off.
///
/// What is given back under a lease that is lost changes nothing.
#[async_trait]
pub trait Leasing: Send + Sync {
    /// Prolongs a lease; `false` if it is lost.
    async fn extend(&self, batch: BatchId, lease: i64, until: Timestamp) -> Result<bool>;
    /// Gives a lease back. The batch is done if nothing in it is left, else it is ready again.
    async fn release(&self, batch: BatchId, lease: i64, now: Timestamp) -> Result<()>;
    /// Hands a batch that nobody has leased back to the dispatchers, who publish it again from `until` on. A batch that
    /// does not agree with the task stays as it is.
    async fn put_off(&self, of: &TaskOf, until: Timestamp) -> Result<()>;
    /// Puts messages of a leased batch back that may not go yet, without an attempt.
    async fn defer(&self, batch: BatchId, lease: i64, deferred: &[Deferred]) -> Result<()>;
    /// Like [`put_off`](Self::put_off), for a batch that is held by a quota which has room at `free_at`.
    async fn hold_for_quota(&self, of: &TaskOf, until: Timestamp, free_at: Timestamp) -> Result<()>;
}

#[async_trait]
impl Leasing for SqlStore {
    async fn extend(&self, batch: BatchId, lease: i64, until: Timestamp) -> Result<bool> {
        let mut tx = Session::autocommit(&self.db).await?;
        let text = "UPDATE batches SET lease_until = $3 WHERE id = $1 AND lease = $2 AND lease_until IS NOT NULL";
        let held = tx.execute(sql(text).int(batch.0).int(lease).int(until.0)).await? > 0;
        tx.commit().await?;
        Ok(held)
    }

    /// Ends a lease early, in one statement. If some of its requests have no outcome yet, the lease merely expires now,
    /// so that [`reclaim`](super::Finishing::reclaim) declares them doubtful.
    async fn release(&self, batch: BatchId, lease: i64, now: Timestamp) -> Result<()> {
        let mut session = Session::repeating(&self.db).await?;
        let within = months::within(session.dialect(), "m.id", months::of_batch(batch));
        let its = batches::has(session.dialect(), "$1", "m");
        let some =
            |states: Codes| format!("EXISTS (SELECT 1 FROM messages m WHERE {its} AND m.state IN {states}{within})");
        let text = format!(
            "UPDATE batches SET
                 done_at = CASE WHEN NOT {left} THEN $3 END,
                 published_at = CASE WHEN NOT {left} THEN published_at END,
                 lease_until = CASE WHEN {in_flight} THEN $3 END
             WHERE id = $1 AND lease = $2 AND lease_until IS NOT NULL",
            left = some(MESSAGE_LEFT_IN_BATCH),
            in_flight = some(Codes(&[MESSAGE_IN_FLIGHT]))
        );
        session.execute(sql(text).int(batch.0).int(lease).int(now.0)).await?;
        session.commit().await
    }

    async fn put_off(&self, of: &TaskOf, until: Timestamp) -> Result<()> {
        let mut tx = Session::autocommit(&self.db).await?;
        let text = format!(
            "UPDATE batches SET published_at = NULL, held_until = $7
             WHERE {IS_THE_TASKS} AND done_at IS NULL AND lease_until IS NULL"
        );
        tx.execute(with_task(sql(text), of, &of.installation.to_string()).int(until.0))
            .await?;
        tx.commit().await
    }

    async fn defer(&self, batch: BatchId, lease: i64, deferred: &[Deferred]) -> Result<()> {
        if deferred.is_empty() {
            return Ok(());
        }
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT id FROM batches WHERE id = $1 AND lease = $2 AND lease_until IS NOT NULL {lock}";
        let held = sql(text).int(batch.0).int(lease).lock("FOR NO KEY UPDATE");
        if tx.first(held).await?.is_none() {
            return Ok(());
        }
        let table = Table::default()
            .messages("message", deferred.iter().map(|it| it.message))
            .ints("due", deferred.iter().map(|it| it.until.0))
            .texts("why", deferred.iter().map(|it| Some(it.reason)));
        let text = format!(
            "UPDATE messages SET state = $2, waiting_for = $3, due_at = r.due, reason = r.why
             FROM {{rows}} WHERE id = r.message AND batch_id = $1 AND messages.state = {MESSAGE_PENDING}{}",
            months::within(tx.dialect(), "id", months::of_batch(batch))
        );
        let statement = sql(text)
            .int(batch.0)
            .int(i64::from(MessageState::Waiting.code()))
            .int(i64::from(WaitingFor::Retry.code()))
            .rows(table);
        tx.execute(statement).await?;
        tx.commit().await
    }

    async fn hold_for_quota(&self, of: &TaskOf, until: Timestamp, free_at: Timestamp) -> Result<()> {
        let mut tx = Session::autocommit(&self.db).await?;
        let text = format!(
            "UPDATE batches SET published_at = NULL, held_until = $7, quota_until = $8
             WHERE {IS_THE_TASKS} AND done_at IS NULL AND lease_until IS NULL"
        );
        let installation = of.installation.to_string();
        let statement = with_task(sql(text), of, &installation);
        tx.execute(statement.int(until.0).int(free_at.0)).await?;
        tx.commit().await
    }
}
