//! The end of runs: what there is to tidy up is tidied up, and a run with nothing left is finished.

use super::codes::{RUN_CANCELLED, RUN_RUNNING};
use super::day_run::GRACE;
use super::runs::{origins, tell_moved};
use super::tallied;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::message::RunState;
use bellhop_domain::*;
use std::sync::atomic::{AtomicI64, Ordering};

/// How many runs under way are checked in one call for having nothing left. If there are more, they are checked in
/// turn.
const LOOKED_AT: usize = 100;

/// How many runs of days that are over are checked in one call.
const DAYS_LOOKED_AT: usize = 1_000;

/// The run up to which runs under way were last checked for having nothing left.
#[derive(Debug, Default)]
struct LookedUpTo(AtomicI64);

/// Nothing of the run is on its way, or waits.
const NOTHING_LEFT: &str =
    "NOT EXISTS (SELECT 1 FROM batches b WHERE b.run_id = runs.id AND b.done_at IS NULL ORDER BY b.id LIMIT 1 OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at IS NOT NULL
                    ORDER BY m.due_at LIMIT 1 OFFSET 0)";

/// Running runs that have nothing left: of those of audiences the next page, and those of programs whose day is over. A
/// paused run stays paused, even with nothing left, and a run on demand waits for the next request.
pub(super) async fn with_nothing_left(store: &SqlStore, now: Timestamp) -> Result<Vec<RunId>> {
    let mut found = planned(store).await?;
    found.extend(of_days(store, now).await?);
    Ok(found)
}

/// The runs whose day is over, at an instant that stands in `$1`.
fn is_over() -> String {
    format!("open_until <= $1 - {}", GRACE.as_millis())
}

/// What is left of a program's day mostly ends within the life of its messages, so that few runs are looked at.
async fn of_days(store: &SqlStore, now: Timestamp) -> Result<Vec<RunId>> {
    let text = format!(
        "SELECT runs.id, {NOTHING_LEFT} AS is_empty FROM (
             SELECT id FROM runs WHERE {} AND finished_at IS NULL AND state = {RUN_RUNNING}
             ORDER BY open_until LIMIT {DAYS_LOOKED_AT}) runs",
        is_over()
    );
    let rows = Session::read(&store.db).await?.fetch(sql(text).int(now.0)).await?;
    let mut found = Vec::new();
    for row in &rows {
        let c = row.columns();
        if c.flag("is_empty")? {
            found.push(RunId(c.int("id")?));
        }
    }
    Ok(found)
}

async fn planned(store: &SqlStore) -> Result<Vec<RunId>> {
    let looked = store.memory.of::<LookedUpTo>();
    let after = looked.0.load(Ordering::Relaxed);
    let text = format!(
        "SELECT runs.id, {NOTHING_LEFT} AS is_empty FROM (
             SELECT id FROM runs WHERE state = {RUN_RUNNING} AND planned_at IS NOT NULL AND finished_at IS NULL AND {} AND id > $1
             ORDER BY id LIMIT {LOOKED_AT}) runs",
        origins(Origin::is_planned)
    );
    let rows = Session::read(&store.db).await?.fetch(sql(text).int(after)).await?;
    let (mut last, mut found) = (0, Vec::new());
    for row in &rows {
        let c = row.columns();
        let (id, is_empty) = (c.int("id")?, c.flag("is_empty")?);
        last = last.max(id);
        found.extend(is_empty.then_some(RunId(id)));
    }
    let next = if rows.len() < LOOKED_AT { 0 } else { last };
    looked.0.store(next, Ordering::Relaxed);
    Ok(found)
}

/// Finishes those that have nothing left still.
pub(super) async fn finish(db: &Db, runs: &[RunId], now: Timestamp) -> Result<Vec<RunId>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE runs SET finished_at = $1, state = CASE WHEN state = {RUN_RUNNING} THEN $2 ELSE state END
         WHERE id IN (SELECT r.run FROM {{rows}}) AND finished_at IS NULL
           AND (state = {RUN_CANCELLED} OR (state = {RUN_RUNNING} AND ({} OR planned_at IS NOT NULL AND {})))
           AND {NOTHING_LEFT}
         RETURNING id, org_id, mailing_id, state",
        is_over(),
        origins(Origin::is_planned)
    );
    let table = Table::default().ints("run", runs.iter().map(|run| run.0));
    let finished = i64::from(RunState::Finished.code());
    let rows = tx.fetch(sql(text).int(now.0).int(finished).rows(table)).await?;
    let ids = rows.iter().map(|row| Ok(RunId(row.columns().int("id")?)));
    let ended = ids.collect::<Result<Vec<_>>>()?;
    if !ended.is_empty() {
        tallied::ask(&mut tx, &ended, now).await?;
        tell_moved(&mut tx, &rows, now).await?;
    }
    tx.commit().await?;
    Ok(ended)
}
