//! How messages that were never sent end: together with the batch in which they are ready.

use super::batches;
use super::codes::{MESSAGE_PENDING, MESSAGE_SENT};
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;

/// Batches ended per transaction.
const PAGE: i64 = 200;

pub(super) fn first_id(row: &Row) -> Result<i64> {
    row.columns().int("id")
}

/// What becomes of messages that nobody was sent.
pub(super) struct End {
    pub state: MessageState,
    pub reason: Option<&'static str>,
}

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

/// Ends what is pending in these locked batches. A message that an earlier step reached counts as sent.
async fn end_locked(tx: &mut Session, locked: &[i64], end: &End, now: Timestamp) -> Result<()> {
    if locked.is_empty() {
        return Ok(());
    }
    let table = || Table::default().ints("batch", locked.iter().copied());
    let text = format!(
        "UPDATE messages SET state = CASE WHEN sent_at IS NULL THEN $1 ELSE {MESSAGE_SENT} END,
             reason = CASE WHEN sent_at IS NULL THEN $2 ELSE reason END
         WHERE {} AND messages.state = {MESSAGE_PENDING}",
        batches::of_any(tx.dialect(), locked)
    );
    let statement = sql(text).int(i64::from(end.state.code())).text(end.reason);
    tx.execute(statement.rows(table())).await?;
    let text = "UPDATE batches SET done_at = $1 FROM {rows} WHERE id = r.batch";
    tx.execute(sql(text).int(now.0).rows(table())).await?;
    Ok(())
}
