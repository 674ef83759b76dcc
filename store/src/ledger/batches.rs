//! Batches on their way to workers: made, taken for publishing, counted, republished, given back, reclaimed.

use super::quiet::{self, Quiet};
use super::types::{ReadyBatch, Run};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::*;
use std::collections::HashSet;
use std::time::Duration;

/// Messages per batch: one task of the broker, one lease.
pub(super) const BATCH: usize = 100;

/// Leases ended per transaction.
const RECLAIMED_AT_ONCE: i64 = 100;

/// What one batch holds: messages to addresses of one kind, whose guests know this number or none, and live in this time
/// zone if there are quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Of {
    pub kind: EndpointKind,
    pub number: Option<String>,
    pub zone: Option<String>,
}

/// Inserts one batch per entry; the ids come back with what they are for, in any order.
pub(super) async fn insert(
    tx: &mut Session,
    run: &Run,
    wanted: &[&Of],
    quiet: Option<&Quiet>,
    now: Timestamp,
) -> Result<Vec<(BatchId, Of)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let text = "INSERT INTO batches (org_id, run_id, lane, kind, number, zone, quiet_from)
                SELECT $1, $2, $3, r.kind, r.number, r.zone, r.quiet FROM {rows}
                RETURNING id, kind, number, zone";
    let begins = |of: &&Of| match (quiet, &of.zone) {
        (Some(quiet), Some(zone)) => quiet.from(zone, now).map(|from| Some(from.0)),
        _ => Ok(None),
    };
    let table = Table::default()
        .ints("kind", wanted.iter().map(|of| i64::from(of.kind.code())))
        .texts("number", wanted.iter().map(|of| of.number.as_deref()))
        .texts("zone", wanted.iter().map(|of| of.zone.as_deref()))
        .ints("quiet", wanted.iter().map(begins).collect::<Result<Vec<_>>>()?);
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
            let of = Of {
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

pub(super) async fn take_ready(
    db: &Db,
    kind: EndpointKind,
    lane: Lane,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<ReadyBatch>> {
    let mut tx = Session::begin(db).await?;
    let runs = runs_with_ready(&mut tx, kind, lane, now).await?;
    let (mut ready, mut quiet) = (Vec::new(), Vec::new());
    // Each run its share, so that a small one does not stand behind all of a large one.
    for (i, (run, expires)) in runs.iter().enumerate() {
        let share = (limit as usize - ready.len()).div_ceil(runs.len() - i);
        let text = "SELECT id, org_id, quiet_from, zone FROM batches
                    WHERE kind = $1 AND lane = $2 AND run_id = $5 AND published_at IS NULL AND done_at IS NULL
                      AND waits_until IS NULL AND lease_until IS NULL AND (held_until IS NULL OR held_until <= $4)
                    ORDER BY id LIMIT $3 {lock}";
        let statement = sql(text)
            .int(i64::from(kind.code()))
            .int(i64::from(lane.code()))
            .int(share as i64)
            .int(now.0)
            .int(run.0)
            .lock("FOR UPDATE SKIP LOCKED");
        for (place, row) in tx.fetch(statement).await?.iter().enumerate() {
            let mut c = row.cells();
            let (id, org) = (BatchId(c.int()?), OrgId(c.int()? as i32));
            if c.opt_int()?.is_some_and(|from| from <= now.0) {
                quiet.push(quiet::Asked {
                    id,
                    org,
                    zone: c.opt_text()?.unwrap_or_default(),
                    expires: *expires,
                });
            }
            let batch = ReadyBatch {
                id,
                org,
                run: *run,
                kind,
                lane,
            };
            ready.push((place, batch));
        }
    }
    let asked: HashSet<BatchId> = quiet.iter().map(|batch| batch.id).collect();
    let open: HashSet<BatchId> = quiet::hold(&mut tx, &quiet, now).await?.into_iter().collect();
    ready.retain(|(_, batch)| !asked.contains(&batch.id) || open.contains(&batch.id));
    // In turn.
    ready.sort_by_key(|(place, _)| *place);
    let ready: Vec<ReadyBatch> = ready.into_iter().map(|(_, batch)| batch).collect();
    if !ready.is_empty() {
        let table = Table::default().ints("batch", ready.iter().map(|b| b.id.0));
        let text = "UPDATE batches SET published_at = $1, held_until = NULL FROM {rows} WHERE id = r.batch";
        tx.execute(sql(text).int(now.0).rows(table)).await?;
    }
    tx.commit().await?;
    Ok(ready)
}

/// The running runs that have something to publish on a queue, and the ends of their messages' lives.
async fn runs_with_ready(
    tx: &mut Session,
    kind: EndpointKind,
    lane: Lane,
    now: Timestamp,
) -> Result<Vec<(RunId, Option<Timestamp>)>> {
    let text = "SELECT id, expires_at FROM runs WHERE finished_at IS NULL AND state = 2 AND EXISTS (
                    SELECT 1 FROM batches b
                    WHERE b.kind = $1 AND b.lane = $2 AND b.run_id = runs.id AND b.published_at IS NULL
                      AND b.done_at IS NULL AND b.waits_until IS NULL AND b.lease_until IS NULL
                      AND (b.held_until IS NULL OR b.held_until <= $3))
                ORDER BY id";
    let statement = sql(text)
        .int(i64::from(kind.code()))
        .int(i64::from(lane.code()))
        .int(now.0);
    let rows = tx.fetch(statement).await?;
    let runs = rows.iter().map(|row| {
        let mut c = row.cells();
        Ok((RunId(c.int()?), c.opt_int()?.map(Timestamp)))
    });
    runs.collect()
}

pub(super) async fn outstanding(db: &Db, kind: EndpointKind, lane: Lane) -> Result<u64> {
    let mut session = Session::read(db).await?;
    let text = "SELECT COUNT(*) FROM batches
                WHERE kind = $1 AND lane = $2 AND published_at IS NOT NULL AND done_at IS NULL";
    let row = session
        .first(sql(text).int(i64::from(kind.code())).int(i64::from(lane.code())))
        .await?;
    row.map_or(Ok(0), |row| Ok(row.cells().int()?.unsigned_abs()))
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

pub(super) async fn put_off(db: &Db, batch: BatchId, until: Timestamp) -> Result<()> {
    let mut tx = Session::autocommit(db).await?;
    let text = "UPDATE batches SET published_at = NULL, held_until = $2
                WHERE id = $1 AND done_at IS NULL AND lease_until IS NULL";
    tx.execute(sql(text).int(batch.0).int(until.0)).await?;
    tx.commit().await
}

/// Ends a lease early, in one statement. If requests of it are still unanswered for, the lease only runs out now, so
/// that [`reclaim`] calls them doubtful.
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
