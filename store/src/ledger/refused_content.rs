//! Reports that a content is refused for everybody: a few of them pause the run, as such answers do.
//!
//! In a transaction of its own, after the receipt's: the order of the locks is the ledger's, and a run is locked first.
//! If the process dies between the two, one report is not counted.

use super::change::RunChange;
use crate::Result;
use crate::base::audit::{Deed, OURSELVES, log};
use crate::db::SqlStore;
use crate::sql::{Session, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::breaker::{refused_by_all, reports_trip};
use bellhop_domain::message::RunState;
use bellhop_domain::*;

/// One that was newly taken.
pub(super) struct RefusedContent {
    pub run: RunId,
    pub kind: EndpointKind,
    pub why: String,
}

/// Counts it, and pauses the run if it is one too many. What has ended already has nothing left to stop.
pub(super) async fn count(store: &SqlStore, refused: &RefusedContent, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(&store.db).await?;
    let text = "SELECT org_id, state FROM runs WHERE id = $1 {lock}";
    let statement = sql(text).int(refused.run.0).lock("FOR UPDATE");
    let Some(row) = tx.first(statement).await? else {
        return Ok(());
    };
    let c = row.columns();
    let org = OrgId(c.int("org_id")? as i32);
    if c.code("state", "run state", RunState::from_code)? != RunState::Running {
        return Ok(());
    }
    let refusals = one_more(&mut tx, refused).await?;
    let arrived = arrived(&mut tx, refused, refusals).await?;
    if reports_trip(refusals, arrived, &store.breaker) {
        pause(&mut tx, org, refused, now).await?;
    }
    tx.commit().await
}

/// How many have come since the run was last resumed, this one included.
async fn one_more(tx: &mut Session, refused: &RefusedContent) -> Result<u32> {
    let text = "INSERT INTO run_refusals (run_id, kind, reports) VALUES ($1, $2, 1)
                ON CONFLICT (run_id, kind) DO UPDATE SET reports = run_refusals.reports + 1
                RETURNING reports";
    let statement = sql(text).int(refused.run.0).int(i64::from(refused.kind.code()));
    match tx.first(statement).await? {
        Some(row) => Ok(u32::try_from(row.columns().int("reports")?).unwrap_or(u32::MAX)),
        None => Ok(0),
    }
}

/// How many messages of the run have arrived on this channel; counted up to `enough`.
async fn arrived(tx: &mut Session, refused: &RefusedContent, enough: u32) -> Result<u32> {
    let text = "SELECT COUNT(*) AS messages FROM (SELECT 1 FROM attempts
                    WHERE run_id = $1 AND kind = $2 AND state IN ($3, $4) LIMIT $5) arrived";
    let statement = sql(text)
        .int(refused.run.0)
        .int(i64::from(refused.kind.code()))
        .int(i64::from(AttemptState::Delivered.code()))
        .int(i64::from(AttemptState::Read.code()))
        .int(i64::from(enough));
    let row = tx.first(statement).await?;
    row.map_or(Ok(0), |row| {
        Ok(u32::try_from(row.columns().int("messages")?).unwrap_or(u32::MAX))
    })
}

async fn pause(tx: &mut Session, org: OrgId, refused: &RefusedContent, now: Timestamp) -> Result<()> {
    let reason = refused_by_all(&refused.why);
    let text = "UPDATE runs SET state = $2, paused_reason = $3 WHERE id = $1";
    let statement = sql(text)
        .int(refused.run.0)
        .int(i64::from(RunState::Paused.code()))
        .text(reason.as_str());
    tx.execute(statement).await?;
    let deed = Deed {
        org,
        who: OURSELVES,
        action: RunChange::Pause.action(),
        object: format!("run {}", refused.run),
        detail: Some(&reason),
        at: now,
    };
    log(tx, deed).await
}

/// A resumed run is judged anew.
pub(super) async fn forget(tx: &mut Session, run: RunId) -> Result<()> {
    let text = "DELETE FROM run_refusals WHERE run_id = $1";
    tx.execute(sql(text).int(run.0)).await?;
    Ok(())
}
