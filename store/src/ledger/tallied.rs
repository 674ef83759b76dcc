//! Runs that are over are counted once for all who ask (`statistics/tallies.rs`): who is to count them, and what has changed since.
//!
//! What updates a message or an attempt of such a run leaves a touch by itself, by a trigger of the database, so that no writer can
//! forget it. An attempt that is added to a run that is over comes by one way only: it lands late.

use crate::sql::{Session, Table, sql};
use crate::{Dialect, Result};
use bellhop_domain::{Origin, RunId, Timestamp};

/// Asks for the tallies of runs that are over from now on.
pub(super) async fn ask(tx: &mut Session, runs: &[RunId], now: Timestamp) -> Result<()> {
    let own = match tx.dialect() {
        // Its writers come one after the other.
        Dialect::Sqlite => "0",
        Dialect::Postgres => "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)",
    };
    let text = format!(
        "INSERT INTO run_tallies (run_id, asked_by, next_at)
         SELECT runs.id, {own}, $1 FROM {{rows}} JOIN runs ON runs.id = r.run WHERE NOT runs.test AND runs.origin = {}
         ON CONFLICT (run_id) DO UPDATE SET asked_by = excluded.asked_by, figures = NULL, next_at = excluded.next_at",
        Origin::Audience.code()
    );
    let table = Table::default().ints("run", runs.iter().map(|run| run.0));
    tx.execute(sql(text).int(now.0).rows(table)).await?;
    Ok(())
}

/// Something of the run has changed, if it is over.
pub(super) async fn touch(tx: &mut Session, run: RunId) -> Result<()> {
    let text = "INSERT INTO run_touches (run_id) SELECT run_id FROM run_tallies WHERE run_id = $1";
    tx.execute(sql(text).int(run.0)).await?;
    Ok(())
}
