//! What was decided of firings that were due, written in bulk.

use super::types::{FiringState, ReasonCode};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::*;

pub(super) async fn sent(
    tx: &mut Session,
    program: ProgramId,
    firings: &[FiringId],
    keys: &[MessageKey],
    now: Timestamp,
) -> Result<()> {
    let text = "UPDATE firings SET state = $2, message_id = r.message, decided_at = $3, given = NULL FROM {rows}
                WHERE program_id = $1 AND id = r.firing";
    let table = Table::default()
        .ints("firing", firings.iter().map(|it| it.0))
        .ints("message", keys.iter().map(|key| key.0));
    let statement = sql(text)
        .int(program.0)
        .int(i64::from(FiringState::Sent.code()))
        .int(now.0);
    tx.execute(statement.rows(table)).await?;
    Ok(())
}

pub(super) async fn skip(
    tx: &mut Session,
    program: ProgramId,
    all: &[(FiringId, ReasonCode)],
    now: Timestamp,
) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let text = "UPDATE firings SET state = $2, reason = r.why, decided_at = $3, given = NULL FROM {rows}
                WHERE program_id = $1 AND id = r.firing";
    let table = Table::default()
        .ints("firing", all.iter().map(|(firing, _)| firing.0))
        .ints("why", all.iter().map(|(_, reason)| i64::from(reason.0)));
    let statement = sql(text).int(program.0).int(i64::from(FiringState::Skipped.code()));
    tx.execute(statement.int(now.0).rows(table)).await?;
    Ok(())
}

/// Here an entry of the index moves: once in a delay, however often the clock was restarted.
pub(super) async fn put_off(tx: &mut Session, program: ProgramId, all: &[(FiringId, Timestamp)]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let text =
        "UPDATE firings SET due_at = r.until, wanted_at = NULL FROM {rows} WHERE program_id = $1 AND id = r.firing";
    let table = Table::default()
        .ints("firing", all.iter().map(|(firing, _)| firing.0))
        .ints("until", all.iter().map(|(_, until)| until.0));
    tx.execute(sql(text).int(program.0).rows(table)).await?;
    Ok(())
}
