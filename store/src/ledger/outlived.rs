//! Messages whose lives end before anybody takes them: their sender stands still, warms up or has no room, their run is paused.
//! They end in time, and not when somebody looks at them.

use super::finish::{End, end_batches, end_locked, first_id};
use super::runs::origins;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::message::{LIFE_ENDED, MessageState};
use bellhop_domain::*;

/// Messages of a run on demand that are looked at, the oldest first: of one mailing these are the first to end.
const LOOKED_AT: usize = 200;

const OUTLIVED: End = End {
    state: MessageState::Expired,
    reason: Some(LIFE_ENDED),
};

/// What lives from the start of its run ends together; else each message by itself.
pub(super) async fn end(db: &Db, now: Timestamp) -> Result<()> {
    for (run, origin) in alive(db, now).await? {
        if origin.lives_from_the_start() {
            while end_batches(db, run, &OUTLIVED, now).await? > 0 {}
        } else {
            while end_requests(db, run, now).await? > 0 {}
        }
    }
    Ok(())
}

/// Runs of which something may have outlived its life.
async fn alive(db: &Db, now: Timestamp) -> Result<Vec<(RunId, Origin)>> {
    let mut session = Session::read(db).await?;
    let each_by_itself = origins(|origin| !origin.lives_from_the_start());
    let text = format!(
        "SELECT id, origin FROM runs WHERE finished_at IS NULL AND state IN (2, 3)
         AND ({each_by_itself} OR expires_at <= $1) ORDER BY id"
    );
    let rows = session.fetch(sql(text).int(now.0)).await?;
    let runs = rows.iter().map(|row| {
        let mut c = row.cells();
        Ok((RunId(c.int()?), c.code("origin", Origin::from_code)?))
    });
    runs.collect()
}

async fn end_requests(db: &Db, run: RunId, now: Timestamp) -> Result<u64> {
    let mut session = Session::read(db).await?;
    // The page is taken before anything is joined to it.
    let text = format!(
        "SELECT b.id FROM (SELECT id, lease_until FROM batches WHERE run_id = $1 AND done_at IS NULL ORDER BY id LIMIT {LOOKED_AT}) b
         WHERE b.lease_until IS NULL
           AND EXISTS (SELECT 1 FROM messages m WHERE m.batch_id = b.id AND m.state = 1 AND m.expires_at <= $2 LIMIT 1 OFFSET 0)"
    );
    let rows = session.fetch(sql(text).int(run.0).int(now.0)).await?;
    session.commit().await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let found = rows.iter().map(first_id).collect::<Result<Vec<_>>>()?;
    let mut tx = Session::begin(db).await?;
    let text = "SELECT batches.id FROM {rows} JOIN batches ON batches.id = r.batch
                WHERE batches.done_at IS NULL AND batches.lease_until IS NULL {lock}";
    let statement = sql(text).rows(Table::default().ints("batch", found));
    let rows = tx
        .fetch(statement.lock("FOR NO KEY UPDATE OF batches SKIP LOCKED"))
        .await?;
    let batches = rows.iter().map(first_id).collect::<Result<Vec<_>>>()?;
    end_locked(&mut tx, &batches, &OUTLIVED, now).await?;
    tx.commit().await?;
    Ok(batches.len() as u64)
}
