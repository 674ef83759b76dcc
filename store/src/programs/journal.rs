//! What programs have done, and why not what they have not.

use super::listing;
use super::switching::WAITING;
use super::told::absent;
use super::types::{DayCount, FiringState, JournalEntry, ReasonCode};
use crate::db::Db;
use crate::guests::Organisations;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use std::collections::BTreeMap;

/// Every offset from UTC is a multiple of this, so that a day of any zone is some of these whole.
const QUARTER_MS: i64 = 900_000;

pub(super) async fn waiting(db: &Db, org: OrgId, id: ProgramId) -> Result<u64> {
    let text = format!(
        "SELECT (SELECT COUNT(*) FROM firings f WHERE f.program_id = p.id AND f.state = {WAITING}) AS number
         FROM programs p WHERE p.id = $1 AND p.org_id = $2"
    );
    let statement = sql(text).int(id.0).int(i64::from(org.0));
    let row = Session::read(db).await?.first(statement).await?;
    let number = row.ok_or_else(|| absent(id))?.columns().int("number")?;
    Ok(number.unsigned_abs())
}

pub(super) async fn page(
    db: &Db,
    org: OrgId,
    id: ProgramId,
    state: Option<FiringState>,
    before: Option<FiringId>,
    limit: u32,
) -> Result<Vec<JournalEntry>> {
    let of_state = state.map(|state| format!("AND f.state = {}", state.code()));
    let text = format!(
        "SELECT f.id, f.version, c.external_id, f.occasion, f.state, f.reason, f.fired_at,
                COALESCE(f.wanted_at, f.due_at) AS due_at, f.decided_at, f.message_id,
                m.state AS message_state, m.reason AS message_reason
         FROM firings f LEFT JOIN customers c ON c.id = f.customer_id LEFT JOIN messages m ON m.id = f.message_id
         WHERE f.program_id = $1 AND f.org_id = $2 AND f.id < $3 {} ORDER BY f.id DESC LIMIT {limit}",
        of_state.unwrap_or_default()
    );
    let before = before.map_or(i64::MAX, |it| it.0);
    let statement = sql(text).int(id.0).int(i64::from(org.0)).int(before);
    let rows = Session::read(db).await?.fetch(statement).await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<JournalEntry> {
    let c = row.columns();
    Ok(JournalEntry {
        id: FiringId(c.int("id")?),
        version: c.int("version")? as i32,
        customer: c.opt_text("external_id")?,
        occasion: c.text("occasion")?,
        state: c.code("state", "state of a firing", FiringState::from_code)?,
        reason: reason(c.opt_int("reason")?),
        fired_at: Timestamp(c.int("fired_at")?),
        due_at: Timestamp(c.int("due_at")?),
        decided_at: c.opt_int("decided_at")?.map(Timestamp),
        message: c.opt_message("message_id")?,
        message_state: c.opt_code("message_state", "message state", MessageState::from_code)?,
        message_reason: c.opt_text("message_reason")?,
    })
}

fn reason(code: Option<i64>) -> Option<ReasonCode> {
    code.map(|code| ReasonCode(i16::try_from(code).unwrap_or_default()))
}

/// Counted by quarters of an hour, of which days are then made: what a day is neither database knows by our time zones.
pub(super) async fn outcomes(
    store: &SqlStore,
    org: OrgId,
    id: ProgramId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<DayCount>> {
    listing::one(&store.db, org, id).await?;
    let zone = store.organisation_by_id(org).await?.timezone;
    let text = format!(
        "SELECT decided_at / {QUARTER_MS} AS quarter, state, reason, COUNT(*) AS number FROM firings
         WHERE program_id = $1 AND decided_at >= $2 AND decided_at < $3 GROUP BY 1, 2, 3"
    );
    let statement = sql(text).int(id.0).int(from.0).int(until.0);
    let rows = Session::read(&store.db).await?.fetch(statement).await?;
    let mut counts: BTreeMap<(String, FiringState, Option<ReasonCode>), u64> = BTreeMap::new();
    for row in &rows {
        let c = row.columns();
        let day = day_of(&zone, Timestamp(c.int("quarter")? * QUARTER_MS))?;
        let state = c.code("state", "state of a firing", FiringState::from_code)?;
        let count = counts.entry((day, state, reason(c.opt_int("reason")?))).or_default();
        *count += c.int("number")?.unsigned_abs();
    }
    let count = |((day, state, reason), firings)| DayCount {
        day,
        state,
        reason,
        firings,
    };
    Ok(counts.into_iter().map(count).collect())
}

fn day_of(zone: &Zone, at: Timestamp) -> Result<String> {
    let local = zone.local(at).map_err(|e| StoreError::Corrupt {
        what: "firing",
        id: at.0.to_string(),
        problem: e.to_string(),
    })?;
    Ok(local.date().to_string())
}
