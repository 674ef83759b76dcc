//! What there is of each queue: one question for a lane, however many runs have a part in it.

use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::{EndpointKind, Lane, Timestamp};

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
pub(super) const UNPUBLISHED: &str = "b.published_at IS NULL AND b.done_at IS NULL AND b.waits_until IS NULL";

pub(super) async fn now(db: &Db, lane: Lane, kinds: &[EndpointKind], now: Timestamp) -> Result<Vec<QueueNow>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT r.kind,
                (SELECT COUNT(*) FROM batches b
                 WHERE b.kind = r.kind AND b.lane = $1 AND b.published_at IS NOT NULL AND b.done_at IS NULL),
                EXISTS (SELECT 1 FROM batches b
                        WHERE b.kind = r.kind AND b.lane = $1 AND {UNPUBLISHED} AND b.lease_until IS NULL
                          AND (b.held_until IS NULL OR b.held_until <= $2) ORDER BY b.run_id, b.id LIMIT 1 OFFSET 0)
         FROM {{rows}} ORDER BY r.kind"
    );
    let table = Table::default().ints("kind", kinds.iter().map(|kind| i64::from(kind.code())));
    let statement = sql(text).int(i64::from(lane.code())).int(now.0).rows(table);
    let rows = Session::read(db).await?.fetch(statement).await?;
    let queues = rows.iter().map(|row| {
        let mut c = row.cells();
        Ok(QueueNow {
            kind: c.code("endpoint kind", EndpointKind::from_code)?,
            outstanding: c.int()?.unsigned_abs(),
            may_have_ready: c.flag()?,
        })
    });
    queues.collect()
}
