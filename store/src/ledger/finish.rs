//! The end of runs: what a cancelled run has left is ended page by page; a run with nothing left is finished.

use super::runs::origins;
use super::{in_vain, outlived, requests};
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;

/// Batches, and waiting messages, ended per transaction.
const PAGE: i64 = 200;

/// How long after a run's end of life its messages may still be found waiting.
const FOUND_MS: i64 = 7 * time::DAY_MS;

pub(super) async fn runs(db: &Db, now: Timestamp) -> Result<Vec<RunId>> {
    go_on(db, now).await?;
    requests::forget(db, now).await?;
    in_vain::forget_events(db, now).await?;
    for run in cancelled(db).await? {
        while end_batches(db, run, &CANCELLED, now).await? + end_waiting(db, run).await? > 0 {}
    }
    outlived::end(db, now).await?;
    // A paused run stays paused, even with nothing left, and one that is asked for its messages waits for the next request.
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE runs SET finished_at = $1, state = CASE WHEN state = 2 THEN $2 ELSE state END
         WHERE finished_at IS NULL AND (state = 5 OR (state = 2 AND planned_at IS NOT NULL AND {}))
           AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.run_id = runs.id AND b.done_at IS NULL)
           AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at IS NOT NULL)
         RETURNING id",
        origins(Origin::is_planned)
    );
    let finished = i64::from(RunState::Finished.code());
    let rows = tx.fetch(sql(text).int(now.0).int(finished)).await?;
    let ended = rows.iter().map(first_id).map(|id| id.map(RunId)).collect();
    tx.commit().await?;
    ended
}

/// A run that was finished goes on when a report wants a message of it sent again. A receipt locks no run, so that one
/// that crosses a cancel can leave a message waiting in a cancelled run: that is ended as the others were.
async fn go_on(db: &Db, now: Timestamp) -> Result<()> {
    let mut session = Session::read(db).await?;
    let waiting = "finished_at IS NOT NULL AND expires_at > $1
                   AND EXISTS (SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at IS NOT NULL)";
    let text = format!("SELECT id FROM runs WHERE {waiting} LIMIT 1");
    if session.first(sql(text).int(now.0 - FOUND_MS)).await?.is_none() {
        return Ok(());
    }
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE runs SET finished_at = NULL, state = CASE WHEN state = 4 THEN 2 ELSE state END WHERE {waiting}"
    );
    tx.execute(sql(text).int(now.0 - FOUND_MS)).await?;
    tx.commit().await
}

pub(super) fn first_id(row: &Row) -> Result<i64> {
    row.cells().int()
}

async fn cancelled(db: &Db) -> Result<Vec<RunId>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT id FROM runs WHERE finished_at IS NULL AND state = 5 ORDER BY id";
    let rows = session.fetch(sql(text)).await?;
    rows.iter().map(first_id).map(|id| id.map(RunId)).collect()
}

/// What becomes of messages that nobody was sent.
pub(super) struct End {
    pub state: MessageState,
    pub reason: Option<&'static str>,
}

const CANCELLED: End = End {
    state: MessageState::Cancelled,
    reason: None,
};

/// Ends unleased batches; the leased ones come back within a lease, when their workers see the cancel or the end of life.
pub(super) async fn end_batches(db: &Db, run: RunId, end: &End, now: Timestamp) -> Result<u64> {
    let mut tx = Session::begin(db).await?;
    let text = "SELECT id FROM batches WHERE run_id = $1 AND done_at IS NULL AND lease_until IS NULL
                ORDER BY id LIMIT $2 {lock}";
    let statement = sql(text).int(run.0).int(PAGE).lock("FOR NO KEY UPDATE SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    let batches = rows.iter().map(first_id).collect::<Result<Vec<_>>>()?;
    end_locked(&mut tx, &batches, end, now).await?;
    tx.commit().await?;
    Ok(batches.len() as u64)
}

/// Ends what is pending in these locked batches. Whom an earlier step reached was sent to.
pub(super) async fn end_locked(tx: &mut Session, batches: &[i64], end: &End, now: Timestamp) -> Result<()> {
    if batches.is_empty() {
        return Ok(());
    }
    let table = || Table::default().ints("batch", batches.iter().copied());
    let text = "UPDATE messages SET state = CASE WHEN sent_at IS NULL THEN $1 ELSE 15 END,
                    reason = CASE WHEN sent_at IS NULL THEN $2 ELSE reason END
                FROM {rows} WHERE batch_id = r.batch AND messages.state = 1";
    let statement = sql(text).int(i64::from(end.state.code())).text(end.reason);
    tx.execute(statement.rows(table())).await?;
    let text = "UPDATE batches SET done_at = $1 FROM {rows} WHERE id = r.batch";
    tx.execute(sql(text).int(now.0).rows(table())).await?;
    Ok(())
}

/// Ends the waiting messages: what may have gone out is *unknown*, which a later receipt can still lift.
async fn end_waiting(db: &Db, run: RunId) -> Result<u64> {
    let mut tx = Session::begin(db).await?;
    let text = "UPDATE messages SET
                    state = CASE WHEN sent_at IS NOT NULL THEN 15 WHEN waiting_for = 3 THEN 14 ELSE 10 END,
                    waiting_for = NULL, due_at = NULL
                WHERE id IN (SELECT id FROM messages WHERE run_id = $1 AND due_at IS NOT NULL
                             ORDER BY due_at LIMIT $2 {lock})";
    let statement = sql(text).int(run.0).int(PAGE * 10).lock("FOR UPDATE SKIP LOCKED");
    let ended = tx.execute(statement).await?;
    tx.commit().await?;
    Ok(ended)
}
