//! Messages whose lives end before they are sent, because their sender is paused, warms up or has no room, or their
//! run is paused. They end on time, not when somebody next looks at them.

use super::batches::{has, of_any};
use super::codes::{MESSAGE_LEFT_IN_BATCH, MESSAGE_PENDING, MESSAGE_SENT, RUN_UNDER_WAY};
use super::ending::{End, end_batches, first_id};
use super::months;
use super::runs::origins;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::message::{LIFE_ENDED, MessageState};
use bellhop_domain::*;

/// Runs, and batches, in which something is ended at once.
const AT_ONCE: usize = 200;

const OUTLIVED: End = End {
    state: MessageState::Expired,
    reason: Some(LIFE_ENDED),
};

/// Runs whose messages' lives count from the start of the run and end together, if some messages are left.
pub(super) fn runs(now: &str) -> String {
    let together = origins(Origin::lives_from_the_start);
    format!(
        "finished_at IS NULL AND state IN {RUN_UNDER_WAY} AND expires_at <= {now} AND {together}
         AND EXISTS (SELECT 1 FROM batches b WHERE b.run_id = runs.id AND b.done_at IS NULL AND b.lease_until IS NULL
                     ORDER BY b.id LIMIT 1 OFFSET 0)"
    )
}

/// Batches in which a message's own life may have ended.
pub(super) fn batches(now: &str) -> String {
    format!("done_at IS NULL AND expires_at <= {now} AND lease_until IS NULL")
}

pub(super) async fn end_runs(db: &Db, now: Timestamp) -> Result<()> {
    let mut session = Session::read(db).await?;
    let text = format!(
        "SELECT id FROM runs WHERE {} ORDER BY expires_at LIMIT {AT_ONCE}",
        runs("$1")
    );
    let rows = session.fetch(sql(text).int(now.0)).await?;
    session.commit().await?;
    for run in rows.iter().map(first_id) {
        let run = RunId(run?);
        while end_batches(db, run, &OUTLIVED, now).await? > 0 {}
    }
    Ok(())
}

/// Ends, page by page, messages whose own life is over. The other messages of the batch stay in it, and it is looked
/// at again when the next life ends.
pub(super) async fn end_in_batches(db: &Db, now: Timestamp) -> Result<()> {
    while end_page(db, now).await? == AT_ONCE {}
    Ok(())
}

async fn end_page(db: &Db, now: Timestamp) -> Result<usize> {
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "SELECT id FROM batches WHERE {} ORDER BY expires_at LIMIT {AT_ONCE} {{lock}}",
        batches("$1")
    );
    let statement = sql(text).int(now.0).lock("FOR NO KEY UPDATE SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    let found = rows.iter().map(first_id).collect::<Result<Vec<_>>>()?;
    if found.is_empty() {
        return Ok(0);
    }
    let table = || Table::default().ints("batch", found.iter().copied());
    let text = format!(
        "UPDATE messages SET state = CASE WHEN sent_at IS NULL THEN $1 ELSE {MESSAGE_SENT} END,
             reason = CASE WHEN sent_at IS NULL THEN $2 ELSE reason END
         WHERE {} AND messages.state = {MESSAGE_PENDING} AND messages.expires_at <= $3",
        of_any(tx.dialect(), &found)
    );
    let statement = sql(text).int(i64::from(OUTLIVED.state.code())).text(OUTLIVED.reason);
    tx.execute(statement.int(now.0).rows(table())).await?;
    let within = months::of_batches(tx.dialect(), "m.id", &found);
    let its = has(tx.dialect(), "batches.id", "m");
    let text = format!(
        "UPDATE batches SET
             expires_at = (SELECT MIN(m.expires_at) FROM messages m WHERE {its}{within} AND m.state = {MESSAGE_PENDING}),
             done_at = CASE WHEN NOT EXISTS (SELECT 1 FROM messages m WHERE {its}{within}
                                             AND m.state IN {MESSAGE_LEFT_IN_BATCH} LIMIT 1 OFFSET 0) THEN $1 END
         FROM {{rows}} WHERE id = r.batch"
    );
    tx.execute(sql(text).int(now.0).rows(table())).await?;
    tx.commit().await?;
    Ok(found.len())
}
