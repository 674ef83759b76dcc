//! Takes batches for publishing: each organisation gets its share of a queue, and each of its runs a share of that. The
//! state of a lane's queues is one question, however many runs have a part in it.

use super::codes::RUN_RUNNING;
use super::quiet;
use super::shares::{QueueUse, in_turn, shares};
use super::types::ReadyBatch;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::{BatchId, EndpointKind, Lane, OrgId, RunId, Timestamp};
use std::collections::{HashMap, HashSet};

/// What there is of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueNow {
    pub kind: EndpointKind,
    /// Tasks with the broker or a worker: published and not done.
    pub outstanding: u64,
    /// Whether a batch could be published, if its run runs.
    pub may_have_ready: bool,
}

/// Batches that a dispatcher may publish, if their run runs.
const UNPUBLISHED: &str = "b.published_at IS NULL AND b.done_at IS NULL AND b.waits_until IS NULL";

/// A dispatcher's: what is handed to the broker.
///
/// A batch is handed out to one dispatcher, and again if its task seems to have vanished: a task may be lost or double, and
/// whoever takes it asks [`Claiming`](super::Claiming).
#[async_trait]
pub trait Publishing: Send + Sync {
    /// Marks batches of running runs that have no task as published and returns them: each organisation's share of the
    /// queue, and of it a share for each of its runs, oldest first. Fewer than `limit` does not mean that there are no
    /// more; none does. Batches whose guests have quiet hours are held until these end instead (PRODUCT.md §8).
    async fn take_ready(&self, kind: EndpointKind, lane: Lane, limit: u32, now: Timestamp) -> Result<Vec<ReadyBatch>>;
    /// What there is of a lane's queues, by one question.
    async fn queues(&self, lane: Lane, kinds: &[EndpointKind], now: Timestamp) -> Result<Vec<QueueNow>>;
    /// Makes batches ready again that were published before `before` and never leased: their tasks count as vanished.
    async fn republish(&self, kind: EndpointKind, lane: Lane, before: Timestamp) -> Result<u64>;
}

#[async_trait]
impl Publishing for SqlStore {
    async fn take_ready(&self, kind: EndpointKind, lane: Lane, limit: u32, now: Timestamp) -> Result<Vec<ReadyBatch>> {
        // Which runs have something is found without a lock; the batches themselves are taken with one.
        let mut session = Session::read(&self.db).await?;
        let runs = runs_with_ready(&mut session, kind, lane, now).await?;
        session.commit().await?;
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = Session::begin(&self.db).await?;
        let queue_uses = queue_uses(&mut tx, kind, lane, &runs).await?;
        let mut taken = Taken::default();
        for (run, share) in runs.iter().zip(shares(&queue_uses, limit as usize)) {
            if share > 0 {
                take(&mut tx, (kind, lane), run, share, now, &mut taken).await?;
            }
        }
        let Taken { mut ready, quiet } = taken;
        let asked: HashSet<BatchId> = quiet.iter().map(|batch| batch.id).collect();
        let open: HashSet<BatchId> = quiet::hold(&mut tx, &quiet, now).await?.into_iter().collect();
        ready.retain(|batch| !asked.contains(&batch.id) || open.contains(&batch.id));
        let ready = in_turn(ready, |batch| (batch.org, batch.run));
        if !ready.is_empty() {
            let table = Table::default().ints("batch", ready.iter().map(|b| b.id.0));
            let text = "UPDATE batches SET published_at = $1, held_until = NULL FROM {rows} WHERE id = r.batch";
            tx.execute(sql(text).int(now.0).rows(table)).await?;
        }
        tx.commit().await?;
        Ok(ready)
    }

    async fn queues(&self, lane: Lane, kinds: &[EndpointKind], now: Timestamp) -> Result<Vec<QueueNow>> {
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT r.kind,
                    (SELECT COUNT(*) FROM batches b
                     WHERE b.kind = r.kind AND b.lane = $1 AND b.published_at IS NOT NULL AND b.done_at IS NULL) AS outstanding,
                    EXISTS (SELECT 1 FROM batches b
                            WHERE b.kind = r.kind AND b.lane = $1 AND {UNPUBLISHED} AND b.lease_until IS NULL
                              AND (b.held_until IS NULL OR b.held_until <= $2) ORDER BY b.run_id, b.id LIMIT 1 OFFSET 0) AS may_have_ready
             FROM {{rows}} ORDER BY r.kind"
        );
        let table = Table::default().ints("kind", kinds.iter().map(|kind| i64::from(kind.code())));
        let statement = sql(text).int(i64::from(lane.code())).int(now.0).rows(table);
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let queues = rows.iter().map(|row| {
            let c = row.columns();
            Ok(QueueNow {
                kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                outstanding: c.int("outstanding")?.unsigned_abs(),
                may_have_ready: c.flag("may_have_ready")?,
            })
        });
        queues.collect()
    }

    async fn republish(&self, kind: EndpointKind, lane: Lane, before: Timestamp) -> Result<u64> {
        let mut tx = Session::begin(&self.db).await?;
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
}

/// A run that has something to publish on a queue.
struct Waiting {
    org: OrgId,
    run: RunId,
    /// The end of its messages' lives.
    expires: Option<Timestamp>,
}

/// What one transaction takes, and what of it has to be asked about quiet hours.
#[derive(Default)]
struct Taken {
    ready: Vec<ReadyBatch>,
    quiet: Vec<quiet::QuietBatch>,
}

/// Locks a run's share of ready batches, oldest first.
async fn take(
    tx: &mut Session,
    (kind, lane): (EndpointKind, Lane),
    of: &Waiting,
    share: usize,
    now: Timestamp,
    taken: &mut Taken,
) -> Result<()> {
    let text = "SELECT id, org_id, quiet_from, zone FROM batches
                WHERE kind = $1 AND lane = $2 AND run_id = $5 AND published_at IS NULL AND done_at IS NULL
                  AND waits_until IS NULL AND lease_until IS NULL AND (held_until IS NULL OR held_until <= $4)
                ORDER BY id LIMIT $3 {lock}";
    let statement = sql(text)
        .int(i64::from(kind.code()))
        .int(i64::from(lane.code()))
        .int(share as i64)
        .int(now.0)
        .int(of.run.0)
        .lock("FOR UPDATE SKIP LOCKED");
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let (id, org) = (BatchId(c.int("id")?), OrgId(c.int("org_id")? as i32));
        if c.opt_int("quiet_from")?.is_some_and(|from| from <= now.0) {
            taken.quiet.push(quiet::QuietBatch {
                id,
                org,
                zone: c.opt_text("zone")?.unwrap_or_default(),
                expires: of.expires,
            });
        }
        let run = of.run;
        taken.ready.push(ReadyBatch {
            id,
            org,
            run,
            kind,
            lane,
        });
    }
    Ok(())
}

/// The running runs that have something to publish on a queue: from one run with an unpublished batch to the next, so that
/// those which have none cost nothing.
async fn runs_with_ready(
    session: &mut Session,
    kind: EndpointKind,
    lane: Lane,
    now: Timestamp,
) -> Result<Vec<Waiting>> {
    let of_queue = format!("b.kind = $1 AND b.lane = $2 AND {UNPUBLISHED}");
    let text = format!(
        "WITH RECURSIVE found (run_id) AS (
             SELECT (SELECT b.run_id FROM batches b WHERE {of_queue} ORDER BY b.run_id LIMIT 1)
             UNION ALL
             SELECT (SELECT b.run_id FROM batches b WHERE {of_queue} AND b.run_id > found.run_id ORDER BY b.run_id LIMIT 1)
             FROM found WHERE found.run_id IS NOT NULL)
         SELECT runs.id, runs.org_id, runs.expires_at FROM found JOIN runs ON runs.id = found.run_id
         WHERE runs.finished_at IS NULL AND runs.state = {RUN_RUNNING} AND EXISTS (
             SELECT 1 FROM batches b WHERE {of_queue} AND b.run_id = runs.id AND b.lease_until IS NULL
               AND (b.held_until IS NULL OR b.held_until <= $3) ORDER BY b.id LIMIT 1 OFFSET 0)
         ORDER BY runs.id"
    );
    let statement = sql(text)
        .int(i64::from(kind.code()))
        .int(i64::from(lane.code()))
        .int(now.0);
    let rows = session.fetch(statement).await?;
    let runs = rows.iter().map(|row| {
        let c = row.columns();
        Ok(Waiting {
            run: RunId(c.int("id")?),
            org: OrgId(c.int("org_id")? as i32),
            expires: c.opt_int("expires_at")?.map(Timestamp),
        })
    });
    runs.collect()
}

/// How much of the queue each organisation and each run has already. One run alone needs no comparison.
async fn queue_uses(tx: &mut Session, kind: EndpointKind, lane: Lane, runs: &[Waiting]) -> Result<Vec<QueueUse>> {
    let mut out: HashMap<RunId, (OrgId, usize)> = HashMap::new();
    if runs.len() > 1 {
        let text = "SELECT run_id, org_id, COUNT(*) AS outstanding FROM batches
                    WHERE kind = $1 AND lane = $2 AND published_at IS NOT NULL AND done_at IS NULL
                    GROUP BY run_id, org_id";
        let statement = sql(text).int(i64::from(kind.code())).int(i64::from(lane.code()));
        for row in tx.fetch(statement).await? {
            let c = row.columns();
            let (run, org) = (RunId(c.int("run_id")?), OrgId(c.int("org_id")? as i32));
            out.insert(run, (org, usize::try_from(c.int("outstanding")?).unwrap_or(usize::MAX)));
        }
    }
    let mut by_org: HashMap<OrgId, usize> = HashMap::new();
    for (org, count) in out.values() {
        *by_org.entry(*org).or_default() += count;
    }
    let queue_use = |of: &Waiting| QueueUse {
        org: of.org,
        of_org: by_org.get(&of.org).copied().unwrap_or(0),
        of_run: out.get(&of.run).map_or(0, |(_, count)| *count),
    };
    Ok(runs.iter().map(queue_use).collect())
}
