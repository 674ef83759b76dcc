//! Runs that are over are counted in the background, and read from what was counted as long as nothing of them has changed since.
//!
//! **Why this is exact.** A tally is asked for in the transaction that ends the run, and counted when all older transactions have
//! ended, in one snapshot. Whoever changes a message or an attempt of the run after that finds the tally and leaves a touch in
//! its own transaction (`ledger/tallied.rs`); who counts removes the touches that its snapshot holds, and no others. So a tally
//! without a touch, seen in one snapshot with it, is what counting now would find; with a touch, it is counted now.

use super::counted::Counted;
use super::frozen::Frozen;
use super::{counts, figures, over_time};
use crate::db::Db;
use crate::ledger::gone::frozen_before;
use crate::sql::{Session, Table, sql};
use crate::{Dialect, Result};
use bellhop_domain::statistics::Counts;
use bellhop_domain::{RunId, Timestamp};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The most touches that one count removes. If there are more, it is counted again.
const TOUCHES: u32 = 20_000;
/// Whoever counts has so long; then another may.
const TURN: Duration = Duration::from_secs(10 * 60);
/// A run is not counted more often than that, nor for more than a twentieth of the time.
const REST: Duration = Duration::from_secs(2);
const SHARE: u32 = 20;

/// Where no message is frozen.
const NOTHING: i64 = -1;

/// Adds what is known of these runs; which of them are left to be counted, and how many messages were sent of the others.
pub(super) async fn add(
    session: &mut Session,
    runs: &[RunId],
    frozen: &Frozen,
    counts: &mut Counts,
) -> Result<(Vec<RunId>, u64)> {
    let (mut known, mut reached) = (BTreeSet::new(), 0);
    for (run, figures) in of_runs(session, &super::listed(runs), frozen).await? {
        reached += figures::add_text(run, &figures, counts)?;
        known.insert(run);
    }
    let left = runs.iter().copied().filter(|run| !known.contains(&run.0));
    Ok((left.collect(), reached))
}

/// The tallies of these runs, a list in SQL, that hold: figures as they are written.
pub(super) async fn of_runs(session: &mut Session, runs: &str, frozen: &Frozen) -> Result<Vec<(i64, String)>> {
    let text = format!(
        "SELECT t.run_id, t.figures FROM run_tallies t JOIN runs r ON r.id = t.run_id AND r.finished_at IS NOT NULL
         WHERE t.run_id IN ({runs}) AND t.figures IS NOT NULL AND t.frozen_before = $1
             AND NOT EXISTS (SELECT 1 FROM run_touches x WHERE x.run_id = t.run_id)"
    );
    let statement = sql(text).int(frozen.messages_before.unwrap_or(NOTHING));
    let rows = session.fetch(statement).await?;
    let read = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.int("run_id")?, c.text("figures")?))
    });
    read.collect()
}

/// Counts one run that is over, if one is to be counted.
pub(super) async fn tally(db: &Db, now: Timestamp) -> Result<bool> {
    let Some((run, asked_by)) = take(db, now).await? else {
        return Ok(false);
    };
    let begun = Instant::now();
    let mut session = Session::snapshot(db).await?;
    if session.dialect() == Dialect::Postgres {
        session.execute(sql("SET LOCAL statement_timeout = 0")).await?;
    }
    let before = frozen_before(&mut session).await?;
    let touches = touches(&mut session, run).await?;
    let (counted, mut figures) = (Counted::of(&run.to_string(), before), Counts::default());
    let reached = counts::count(&mut session, &counted, now, &mut figures).await?;
    over_time::count(&mut session, &counted, &mut figures.slots).await?;
    session.commit().await?;
    let rest = REST.max(begun.elapsed() * SHARE);
    let text = figures::text(run.0, figures, reached)?;
    let mut tx = Session::begin(db).await?;
    let gone = Table::default().ints("touch", touches.iter().copied());
    let removal = "DELETE FROM run_touches WHERE id IN (SELECT r.touch FROM {rows})";
    tx.execute(sql(removal).rows(gone)).await?;
    // If the run went on and ended again meanwhile, somebody has asked anew.
    let update =
        "UPDATE run_tallies SET figures = $3, frozen_before = $4, next_at = $5 WHERE run_id = $1 AND asked_by = $2";
    let statement = sql(update).int(run.0).int(asked_by).text(text.as_str());
    let statement = statement.int(before.unwrap_or(NOTHING)).int(now.plus(rest).0);
    tx.execute(statement).await?;
    tx.commit().await?;
    Ok(true)
}

/// The next that is to be counted, and who asked for it.
async fn take(db: &Db, now: Timestamp) -> Result<Option<(RunId, i64)>> {
    let mut tx = Session::begin(db).await?;
    let before = frozen_before(&mut tx).await?.unwrap_or(NOTHING);
    let may_begin = match tx.dialect() {
        Dialect::Sqlite => "TRUE",
        Dialect::Postgres => "t.asked_by < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)",
    };
    let text = format!(
        "UPDATE run_tallies SET next_at = $2 WHERE run_id = (
             SELECT t.run_id FROM run_tallies t
             WHERE t.next_at <= $1 AND {may_begin} AND EXISTS (SELECT 1 FROM runs r WHERE r.id = t.run_id AND r.finished_at IS NOT NULL)
                 AND (t.figures IS NULL OR t.frozen_before <> $3 OR EXISTS (SELECT 1 FROM run_touches x WHERE x.run_id = t.run_id))
             ORDER BY t.next_at, t.run_id LIMIT 1 {{lock}})
         RETURNING run_id, asked_by"
    );
    let statement = sql(text).int(now.0).int(now.plus(TURN).0).int(before);
    let row = tx.first(statement.lock("FOR UPDATE SKIP LOCKED")).await?;
    tx.commit().await?;
    row.map(|row| {
        let c = row.columns();
        Ok((RunId(c.int("run_id")?), c.int("asked_by")?))
    })
    .transpose()
}

async fn touches(session: &mut Session, run: RunId) -> Result<Vec<i64>> {
    let text = format!("SELECT id FROM run_touches WHERE run_id = $1 ORDER BY id LIMIT {TOUCHES}");
    let rows = session.fetch(sql(text).int(run.0)).await?;
    rows.iter().map(|row| row.columns().int("id")).collect()
}
