//! Ends what cancelled runs have left, page by page.

use super::codes::{MESSAGE_CANCELLED, MESSAGE_SENT, MESSAGE_UNKNOWN, RUN_CANCELLED, WAITS_FOR_SETTLEMENT};
use super::ending::{End, end_batches, first_id};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;

/// Waiting messages ended per transaction.
const PAGE: i64 = 2_000;

/// Runs that were cancelled and may have something left.
pub(super) fn left_behind() -> String {
    format!("state = {RUN_CANCELLED} AND finished_at IS NULL")
}

const CANCEL: End = End {
    state: MessageState::Cancelled,
    reason: None,
};

/// Ends what they have left, and says which they are.
pub(super) async fn end(db: &Db, now: Timestamp) -> Result<Vec<RunId>> {
    let runs = cancelled(db).await?;
    for run in &runs {
        while end_batches(db, *run, &CANCEL, now).await? + end_waiting(db, *run).await? > 0 {}
    }
    Ok(runs)
}

async fn cancelled(db: &Db) -> Result<Vec<RunId>> {
    let mut session = Session::read(db).await?;
    let text = format!("SELECT id FROM runs WHERE {} ORDER BY id", left_behind());
    let rows = session.fetch(sql(text)).await?;
    rows.iter().map(first_id).map(|id| id.map(RunId)).collect()
}

/// Ends the waiting messages: what may have gone out is *unknown*, which a later receipt can still lift.
async fn end_waiting(db: &Db, run: RunId) -> Result<u64> {
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE messages SET
             state = CASE WHEN sent_at IS NOT NULL THEN {MESSAGE_SENT}
                          WHEN waiting_for = {WAITS_FOR_SETTLEMENT} THEN {MESSAGE_UNKNOWN}
                          ELSE {MESSAGE_CANCELLED} END,
             waiting_for = NULL, due_at = NULL
         WHERE id IN (SELECT id FROM messages WHERE run_id = $1 AND due_at IS NOT NULL
                      ORDER BY due_at LIMIT $2 {{lock}})"
    );
    let statement = sql(text).int(run.0).int(PAGE).lock("FOR UPDATE SKIP LOCKED");
    let ended = tx.execute(statement).await?;
    tx.commit().await?;
    Ok(ended)
}
