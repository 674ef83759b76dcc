//! Batches on their way to workers: made, counted, republished, given back, reclaimed. [`super::ready`] takes them.

use super::installation::{IS_THE_TASKS, with_task};
use super::known::KnownRun;
use super::quiet::Quiet;
use super::types::TaskOf;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::*;
use std::time::Duration;

/// Messages per batch: one task of the broker, one lease.
pub(super) const BATCH: usize = 100;

/// Leases ended per transaction.
const RECLAIMED_AT_ONCE: i64 = 100;

/// What the messages of one batch have in common: the kind of address, the number that the guests know (or none) and,
/// if there are quiet hours, the guests' time zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BatchKey {
    pub kind: EndpointKind,
    pub number: Option<String>,
    pub zone: Option<String>,
}

/// A batch to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub of: &'a BatchKey,
    /// If its messages have lives of their own: an instant not after the first of these ends.
    pub expires: Option<Timestamp>,
}

/// Inserts one batch per entry; the ids come back with what they are for, in any order.
pub(super) async fn insert(
    tx: &mut Session,
    run: &KnownRun,
    wanted: &[Wanted<'_>],
    quiet: Option<&Quiet>,
    now: Timestamp,
) -> Result<Vec<(BatchId, BatchKey)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let text = "INSERT INTO batches (org_id, run_id, lane, kind, number, zone, quiet_from, expires_at)
                SELECT $1, $2, $3, r.kind, r.number, r.zone, r.quiet, r.expires FROM {rows}
                RETURNING id, kind, number, zone";
    let begins = |it: &Wanted<'_>| match (quiet, &it.of.zone) {
        (Some(quiet), Some(zone)) => quiet.from(zone, now).map(|from| Some(from.0)),
        _ => Ok(None),
    };
    let table = Table::default()
        .ints("kind", wanted.iter().map(|it| i64::from(it.of.kind.code())))
        .texts("number", wanted.iter().map(|it| it.of.number.as_deref()))
        .texts("zone", wanted.iter().map(|it| it.of.zone.as_deref()))
        .ints("quiet", wanted.iter().map(begins).collect::<Result<Vec<_>>>()?)
        .ints("expires", wanted.iter().map(|it| it.expires.map(|end| end.0)));
    let statement = sql(text)
        .int(i64::from(run.org.0))
        .int(run.id.0)
        .int(i64::from(run.lane.code()))
        .rows(table);
    let rows = tx.fetch(statement).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            let id = BatchId(c.int()?);
            let of = BatchKey {
                kind: c.code("endpoint kind", EndpointKind::from_code)?,
                number: c.opt_text()?,
                zone: c.opt_text()?,
            };
            Ok((id, of))
        })
        .collect()
}

/// The number that a batch's guests know.
pub(super) async fn number(db: &Db, batch: BatchId) -> Result<Option<String>> {
    let mut session = Session::read(db).await?;
    let row = session
        .first(sql("SELECT number FROM batches WHERE id = $1").int(batch.0))
        .await?;
    row.map_or(Ok(None), |row| row.cells().opt_text())
}

pub(super) async fn republish(db: &Db, kind: EndpointKind, lane: Lane, before: Timestamp) -> Result<u64> {
    let mut tx = Session::begin(db).await?;
    let text = "UPDATE batches SET published_at = NULL WHERE id IN (
                    SELECT id FROM batches
                    WHERE kind = $1 AND lane = $2 AND published_at < $3 AND done_at IS NULL AND lease_until IS NULL
                    {lock})";
    let statement = sql(text)
        .int(i64::from(kind.code()))
        .int(i64::from(lane.code()))
        .int(before.0)
        .lock("FOR UPDATE SKIP LOCKED");
    let count = tx.execute(statement).await?;
    tx.commit().await?;
    Ok(count)
}

/// Marks a batch as done if it has nothing pending or in flight, unless somebody else holds it (their own end marks
/// it). The caller has locked the batch.
pub(super) async fn finish_if_empty(tx: &mut Session, batch: BatchId, lease: i64, now: Timestamp) -> Result<bool> {
    let text = "UPDATE batches SET done_at = $3, lease_until = NULL
                WHERE id = $1 AND done_at IS NULL AND (lease_until IS NULL OR lease = $2)
                  AND NOT EXISTS (SELECT 1 FROM messages m
                                  WHERE m.batch_id = batches.id AND m.state IN (1, 2))";
    Ok(tx.execute(sql(text).int(batch.0).int(lease).int(now.0)).await? > 0)
}

pub(super) async fn extend(db: &Db, batch: BatchId, lease: i64, until: Timestamp) -> Result<bool> {
    let mut tx = Session::autocommit(db).await?;
    let text = "UPDATE batches SET lease_until = $3 WHERE id = $1 AND lease = $2 AND lease_until IS NOT NULL";
    let held = tx.execute(sql(text).int(batch.0).int(lease).int(until.0)).await? > 0;
    tx.commit().await?;
    Ok(held)
}

pub(super) async fn put_off(db: &Db, of: &TaskOf, until: Timestamp) -> Result<()> {
    let mut tx = Session::autocommit(db).await?;
    let text = format!(
        "UPDATE batches SET published_at = NULL, held_until = $7
         WHERE {IS_THE_TASKS} AND done_at IS NULL AND lease_until IS NULL"
    );
    tx.execute(with_task(sql(text), of, &of.installation.to_string()).int(until.0))
        .await?;
    tx.commit().await
}

/// Ends a lease early, in one statement. If some of its requests have no outcome yet, the lease merely expires now,
/// so that [`reclaim`] declares them doubtful.
pub(super) async fn release(db: &Db, batch: BatchId, lease: i64, now: Timestamp) -> Result<()> {
    let mut session = Session::autocommit(db).await?;
    let some = |states: &str| {
        format!("EXISTS (SELECT 1 FROM messages m WHERE m.batch_id = batches.id AND m.state IN ({states}))")
    };
    let text = format!(
        "UPDATE batches SET
             done_at = CASE WHEN NOT {left} THEN $3 END,
             published_at = CASE WHEN NOT {left} THEN published_at END,
             lease_until = CASE WHEN {in_flight} THEN $3 END
         WHERE id = $1 AND lease = $2 AND lease_until IS NOT NULL",
        left = some("1, 2"),
        in_flight = some("2")
    );
    session.execute(sql(text).int(batch.0).int(lease).int(now.0)).await?;
    session.commit().await
}

/// Ends leases that ran out. The unstarted messages of such a batch are simply ready again; the started ones are in
/// doubt and wait for a receipt.
pub(super) async fn reclaim(db: &Db, settlement: Duration, now: Timestamp) -> Result<u64> {
    // Mostly there is nothing, which is found without a lock.
    let mut session = Session::read(db).await?;
    let text = "SELECT id FROM batches WHERE lease_until <= $1 AND done_at IS NULL ORDER BY lease_until LIMIT 1";
    let found = session.first(sql(text).int(now.0)).await?.is_some();
    session.commit().await?;
    if !found {
        return Ok(0);
    }
    let mut tx = Session::begin(db).await?;
    let text = "SELECT id, lease FROM batches WHERE lease_until <= $1 AND done_at IS NULL
                ORDER BY id LIMIT $2 {lock}";
    let statement = sql(text)
        .int(now.0)
        .int(RECLAIMED_AT_ONCE)
        .lock("FOR NO KEY UPDATE SKIP LOCKED");
    let mut lost = Vec::new();
    for row in tx.fetch(statement).await? {
        let mut c = row.cells();
        lost.push((BatchId(c.int()?), c.int()?));
    }
    for &(batch, lease) in &lost {
        doubt(&mut tx, batch, lease, now.plus(settlement)).await?;
        let text = "UPDATE batches SET published_at = NULL, lease_until = NULL WHERE id = $1";
        tx.execute(sql(text).int(batch.0)).await?;
        finish_if_empty(&mut tx, batch, lease, now).await?;
    }
    tx.commit().await?;
    Ok(lost.len() as u64)
}

const LOST: &str = "the worker was lost before it recorded an answer";

async fn doubt(tx: &mut Session, batch: BatchId, lease: i64, until: Timestamp) -> Result<()> {
    let text = "UPDATE attempts SET state = $3, reason = $4 WHERE lease = $2 AND state = 1 AND message_id IN (
                    SELECT m.id FROM messages m WHERE m.batch_id = $1)";
    tx.execute(
        sql(text)
            .int(batch.0)
            .int(lease)
            .int(i64::from(AttemptState::Unknown.code()))
            .text(LOST),
    )
    .await?;
    let text = "UPDATE messages SET state = $2, waiting_for = $3, due_at = $4, reason = $5
                WHERE state = 2 AND batch_id = $1";
    tx.execute(
        sql(text)
            .int(batch.0)
            .int(i64::from(MessageState::Waiting.code()))
            .int(i64::from(WaitingFor::Settlement.code()))
            .int(until.0)
            .text(LOST),
    )
    .await?;
    Ok(())
}
