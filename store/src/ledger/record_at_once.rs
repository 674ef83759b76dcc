//! The usual case of recording on PostgreSQL, in one statement: every attempt is new, every message where it was left.
//!
//! A round trip costs the server more than twenty rows, and a million messages have ten thousand batches. The statement
//! does all of it, or nothing if a message has moved on ([`one_or_undone`]).

use super::batches;
use super::codes::{KINDS_SENT_AGAIN, MESSAGE_LEFT_IN_BATCH};
use super::months;
use super::outcomes::{MOVE, attempt_columns, message_columns};
use super::types::Recorded;
use crate::db::{Db, Dialect};
use crate::sql::{Session, UNHURRIED, sql};
use crate::{Result, StoreError};
use bellhop_domain::*;

/// The parts run on one snapshot, so the batch is done if as many were pending as were moved. An older snapshot than
/// the truth can only show more that were pending; then the lease's end marks the batch.
///
/// It does not wait for the disk: after a power cut what was recorded in the last second may be unknown, and those messages
/// go out once more, as when a worker is lost.
///
/// The messages are found as a stretch of their table, which is the batch. PostgreSQL would look each up by its key, for a quarter
/// more work, if it could: hence `+ 0`.
///
/// Channels that send at most once already have their attempts, so this statement is not for them.
fn text(era: Era) -> String {
    let within = |key| months::within(Dialect::Postgres, key, era);
    format!(
        "WITH r AS MATERIALIZED (SELECT * FROM {{rows}}),
         b AS (SELECT id, org_id, run_id, kind FROM batches WHERE id = $1 AND kind IN {KINDS_SENT_AGAIN} AND {UNHURRIED}
               FOR NO KEY UPDATE),
         written AS (
             INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at,
                                   ended_at, provider_id, reason, cost, parts)
             SELECT r.message, $2, b.org_id, b.run_id, b.kind, $3, r.endpoint, r.outcome, r.began,
                    r.ended, r.provider, r.why, r.price, r.pieces
             FROM b CROSS JOIN r),
         moved AS (
             UPDATE messages SET {MOVE}
             FROM b CROSS JOIN r WHERE {of_batch} AND messages.id + 0 = r.message AND batch_id = b.id
               AND state IN {MESSAGE_LEFT_IN_BATCH}{of_month}
             RETURNING messages.id),
         done AS (
             UPDATE batches SET done_at = $4, lease_until = NULL
             WHERE id = $1 AND done_at IS NULL AND (lease_until IS NULL OR lease = $2) AND EXISTS (SELECT 1 FROM b)
               AND (SELECT COUNT(*) FROM moved)
                   = (SELECT COUNT(*) FROM messages m WHERE {its} AND m.state IN {MESSAGE_LEFT_IN_BATCH}{left_of_month})
             RETURNING id)
         SELECT CASE WHEN EXISTS (SELECT 1 FROM b) THEN {one_or_undone} ELSE 0 END AS recorded,
                EXISTS (SELECT 1 FROM done) AS is_done",
        of_batch = batches::has(Dialect::Postgres, "$1", "messages"),
        of_month = within("messages.id"),
        its = batches::has(Dialect::Postgres, "$1", "m"),
        left_of_month = within("m.id"),
        one_or_undone = one_or_undone("(SELECT COUNT(*) FROM moved) = $5")
    )
}

/// SQL for 1 if the condition holds; otherwise the statement fails, which undoes all of it: PostgreSQL knows no other way
/// for a single statement to take itself back. It divides by zero, which nothing else in it can.
fn one_or_undone(condition: &str) -> String {
    format!("1 / ({condition})::int")
}

/// Records the outcomes if all are in time, and tells whether the batch is done; `None`, with nothing written, if they are not.
pub(super) async fn at_once(
    db: &Db,
    batch: BatchId,
    lease: i64,
    sender: &str,
    outcomes: &[Recorded],
    now: Timestamp,
) -> Result<Option<bool>> {
    if outcomes
        .iter()
        .any(|o| o.retire.is_some() || o.opted_out || o.stops_country)
    {
        return Ok(None);
    }
    let mut session = Session::repeating(db).await?;
    let count = i64::try_from(outcomes.len()).unwrap_or(i64::MAX);
    let statement = sql(text(months::of_batch(batch)))
        .int(batch.0)
        .int(lease)
        .text(sender)
        .int(now.0)
        .int(count)
        .rows(message_columns(attempt_columns(outcomes), outcomes).folded());
    match session.first(statement).await {
        Ok(Some(row)) => {
            let c = row.columns();
            let is_done = c.flag("is_done")?;
            Ok((c.int("recorded")? == 1).then_some(is_done))
        }
        Ok(None) => Ok(None),
        Err(StoreError::Database(sqlx::Error::Database(e))) if e.is_unique_violation() || is_undone(e.as_ref()) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether [`one_or_undone`] has undone the statement: SQLSTATE 22012, division by zero.
fn is_undone(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().as_deref() == Some("22012")
}
