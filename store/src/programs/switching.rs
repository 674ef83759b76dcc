//! Programs switched on and off.

use super::told::{absent, tell};
use super::types::{FiringState, ProgramState, ReasonCode};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::*;

/// Firings ended per transaction.
const AT_ONCE: i64 = 2_000;

pub(super) const WAITING: i16 = FiringState::Waiting.code();

pub(super) async fn on(db: &Db, org: OrgId, id: ProgramId, ended: ReasonCode, who: &str, now: Timestamp) -> Result<()> {
    // Somebody may have been interrupted while it was switched off.
    if state(db, org, id).await? == ProgramState::Off {
        end_waiting(db, id, ended, now).await?;
    }
    switch(db, org, id, ProgramState::On, "", who, now).await
}

pub(super) async fn off(
    db: &Db,
    org: OrgId,
    id: ProgramId,
    ended: Option<ReasonCode>,
    who: &str,
    now: Timestamp,
) -> Result<u64> {
    let Some(reason) = ended else {
        switch(db, org, id, ProgramState::Ending, "what waits still goes", who, now).await?;
        return Ok(0);
    };
    switch(db, org, id, ProgramState::Off, "at once", who, now).await?;
    end_waiting(db, id, reason, now).await
}

async fn state(db: &Db, org: OrgId, id: ProgramId) -> Result<ProgramState> {
    let text = "SELECT state FROM programs WHERE id = $1 AND org_id = $2";
    let statement = sql(text).int(id.0).int(i64::from(org.0));
    let row = Session::read(db).await?.first(statement).await?;
    let row = row.ok_or_else(|| absent(id))?;
    row.columns()
        .code("state", "state of a program", ProgramState::from_code)
}

/// A program that is in the state already stays as it is, with the instant at which it was switched.
async fn switch(
    db: &Db,
    org: OrgId,
    id: ProgramId,
    to: ProgramState,
    detail: &str,
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "SELECT state FROM programs WHERE id = $1 AND org_id = $2 {lock}";
    let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR NO KEY UPDATE");
    let row = tx.first(statement).await?.ok_or_else(|| absent(id))?;
    let from = row
        .columns()
        .code("state", "state of a program", ProgramState::from_code)?;
    let is_off_already = from == ProgramState::Off && to == ProgramState::Ending;
    if from == to || is_off_already {
        return tx.commit().await;
    }
    let text = "UPDATE programs SET state = $2, switched_at = $3, armed_until = 0, arming_until = NULL, arm_cursor = 0
                WHERE id = $1";
    tx.execute(sql(text).int(id.0).int(i64::from(to.code())).int(now.0))
        .await?;
    let action = match to {
        ProgramState::On => "program.on",
        ProgramState::Off | ProgramState::Ending => "program.off",
    };
    tell(&mut tx, org, id, action, detail, who, now).await?;
    tx.commit().await
}

/// Skips what waits, page by page. The program is off, so that nothing is added and nothing goes meanwhile.
async fn end_waiting(db: &Db, id: ProgramId, reason: ReasonCode, now: Timestamp) -> Result<u64> {
    let mut ended = 0;
    loop {
        let mut tx = Session::begin(db).await?;
        let text = format!(
            "UPDATE firings SET state = $2, reason = $3, decided_at = $4, given = NULL
             WHERE program_id = $1 AND id IN (SELECT id FROM firings WHERE program_id = $1 AND state = {WAITING}
                                              ORDER BY due_at LIMIT {AT_ONCE} {{lock}})"
        );
        let statement = sql(text)
            .int(id.0)
            .int(i64::from(FiringState::Skipped.code()))
            .int(i64::from(reason.0))
            .int(now.0)
            .lock("FOR UPDATE");
        let page = tx.execute(statement).await?;
        tx.commit().await?;
        ended += page;
        if page < AT_ONCE.unsigned_abs() {
            return Ok(ended);
        }
    }
}
