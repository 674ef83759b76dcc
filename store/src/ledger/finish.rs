//! The end of runs: what a cancelled run has left is ended page by page; a run with nothing left is finished.

use super::runs::origins;
use super::{chores, in_vain, outlived, requests};
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;
use std::sync::atomic::Ordering;

/// Batches, and waiting messages, ended per transaction.
const PAGE: i64 = 200;

/// How long after a run's end of life its messages may still be found waiting.
pub(super) const FOUND_MS: i64 = 7 * time::DAY_MS;

/// Runs under way that are looked at for having nothing left, in one call. With more of them each is looked at in its turn.
const LOOKED_AT: usize = 100;

/// Runs that were cancelled and may have something left.
pub(super) const CANCELLED: &str = "state = 5 AND finished_at IS NULL";

/// Nothing of the run is on its way, or waits.
const NOTHING_LEFT: &str =
    "NOT EXISTS (SELECT 1 FROM batches b WHERE b.run_id = runs.id AND b.done_at IS NULL ORDER BY b.id LIMIT 1 OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at IS NOT NULL
                    ORDER BY m.due_at LIMIT 1 OFFSET 0)";

pub(super) async fn runs(store: &SqlStore, now: Timestamp) -> Result<Vec<RunId>> {
    let db = &store.db;
    let mut chores = chores::look(db, now).await?;
    if chores.wanted_again {
        go_on(db, now).await?;
        chores = chores::look(db, now).await?;
    }
    if chores.old_values {
        requests::forget(db, now).await?;
    }
    if chores.old_events {
        in_vain::forget_events(db, now).await?;
    }
    let mut left = match chores.cancelled {
        true => cancelled(db).await?,
        false => Vec::new(),
    };
    for run in &left {
        while end_batches(db, *run, &CANCEL, now).await? + end_waiting(db, *run).await? > 0 {}
    }
    if chores.outlived_runs {
        outlived::end_runs(db, now).await?;
    }
    if chores.outlived_batches {
        outlived::end_in_batches(db, now).await?;
    }
    left.extend(with_nothing_left(store).await?);
    finish(db, &left, now).await
}

/// Running runs of the next page that have nothing left. A paused run stays paused, even with nothing left, and one that is
/// asked for its messages waits for the next request.
async fn with_nothing_left(store: &SqlStore) -> Result<Vec<RunId>> {
    let after = store.finishing.load(Ordering::Relaxed);
    let text = format!(
        "SELECT runs.id, {NOTHING_LEFT} FROM (
             SELECT id FROM runs WHERE state = 2 AND planned_at IS NOT NULL AND finished_at IS NULL AND {} AND id > $1
             ORDER BY id LIMIT {LOOKED_AT}) runs",
        origins(Origin::is_planned)
    );
    let rows = Session::read(&store.db).await?.fetch(sql(text).int(after)).await?;
    let (mut last, mut found) = (0, Vec::new());
    for row in &rows {
        let mut c = row.cells();
        let (id, is_empty) = (c.int()?, c.flag()?);
        last = last.max(id);
        found.extend(is_empty.then_some(RunId(id)));
    }
    let next = if rows.len() < LOOKED_AT { 0 } else { last };
    store.finishing.store(next, Ordering::Relaxed);
    Ok(found)
}

/// Finishes those that have nothing left still.
async fn finish(db: &Db, runs: &[RunId], now: Timestamp) -> Result<Vec<RunId>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE runs SET finished_at = $1, state = CASE WHEN state = 2 THEN $2 ELSE state END
         WHERE id IN (SELECT r.run FROM {{rows}}) AND finished_at IS NULL
           AND (state = 5 OR (state = 2 AND planned_at IS NOT NULL AND {})) AND {NOTHING_LEFT}
         RETURNING id",
        origins(Origin::is_planned)
    );
    let table = Table::default().ints("run", runs.iter().map(|run| run.0));
    let finished = i64::from(RunState::Finished.code());
    let rows = tx.fetch(sql(text).int(now.0).int(finished).rows(table)).await?;
    let ended = rows.iter().map(first_id).map(|id| id.map(RunId)).collect();
    tx.commit().await?;
    ended
}

/// Finished runs of which a message waits.
pub(super) fn wanted_again(since: &str) -> String {
    format!(
        "finished_at IS NOT NULL AND expires_at > {since}
         AND EXISTS (SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at IS NOT NULL
                     ORDER BY m.due_at LIMIT 1 OFFSET 0)"
    )
}

/// A run that was finished goes on when a report wants a message of it sent again. A receipt locks no run, so that one
/// that crosses a cancel can leave a message waiting in a cancelled run: that is ended as the others were.
async fn go_on(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE runs SET finished_at = NULL, state = CASE WHEN state = 4 THEN 2 ELSE state END WHERE {}",
        wanted_again("$1")
    );
    tx.execute(sql(text).int(now.0 - FOUND_MS)).await?;
    tx.commit().await
}

pub(super) fn first_id(row: &Row) -> Result<i64> {
    row.cells().int()
}

async fn cancelled(db: &Db) -> Result<Vec<RunId>> {
    let mut session = Session::read(db).await?;
    let text = format!("SELECT id FROM runs WHERE {CANCELLED} ORDER BY id");
    let rows = session.fetch(sql(text)).await?;
    rows.iter().map(first_id).map(|id| id.map(RunId)).collect()
}

/// What becomes of messages that nobody was sent.
pub(super) struct End {
    pub state: MessageState,
    pub reason: Option<&'static str>,
}

const CANCEL: End = End {
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
async fn end_locked(tx: &mut Session, batches: &[i64], end: &End, now: Timestamp) -> Result<()> {
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
