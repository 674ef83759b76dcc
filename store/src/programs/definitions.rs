//! Programs as people keep them: created, edited, switched on and off, and looked at.

use super::journal;
use super::listing;
use super::switching::{self, WAITING};
use super::told::{absent, tell};
use super::types::*;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::*;

/// People's: what programs there are, what they say, and what they did. `who` goes to the audit log.
#[async_trait]
pub trait ProgramsBook: Send + Sync {
    /// Keeps a program, which is off.
    async fn create_program(&self, org: OrgId, new: &NewVersion<'_>, who: &str, now: Timestamp) -> Result<ProgramId>;
    /// Keeps another version, by which it fires from now on; what has fired goes by its own, and what
    /// the calendar has armed ahead by the new one. Returns its number.
    async fn edit_program(
        &self,
        org: OrgId,
        id: ProgramId,
        new: &NewVersion<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<i32>;
    /// From now on what happens fires. What waited when it was switched off at once does not come back; `ended` is the
    /// reason that it then has.
    async fn switch_on(&self, org: OrgId, id: ProgramId, ended: ReasonCode, who: &str, now: Timestamp) -> Result<()>;
    /// From now on nothing fires. With a reason, what waits is skipped for it, and when this returns none of it goes any
    /// more; without one, it still goes. Returns how many were skipped.
    async fn switch_off(
        &self,
        org: OrgId,
        id: ProgramId,
        ended: Option<ReasonCode>,
        who: &str,
        now: Timestamp,
    ) -> Result<u64>;
    /// All of an organisation, the latest first.
    async fn programs(&self, org: OrgId) -> Result<Vec<Program>>;
    async fn program(&self, org: OrgId, id: ProgramId) -> Result<Program>;
    /// Its versions, the latest first.
    async fn versions(&self, org: OrgId, id: ProgramId) -> Result<Vec<Version>>;
    /// How many firings wait.
    async fn waiting(&self, org: OrgId, id: ProgramId) -> Result<u64>;
    /// Its firings, or those of one state: the latest first, from below `before` on.
    async fn journal(
        &self,
        org: OrgId,
        id: ProgramId,
        state: Option<FiringState>,
        before: Option<FiringId>,
        limit: u32,
    ) -> Result<Vec<JournalEntry>>;
    /// What came of those that were decided in this time, by days of the organisation's calendar.
    async fn outcomes(&self, org: OrgId, id: ProgramId, from: Timestamp, until: Timestamp) -> Result<Vec<DayCount>>;
}

#[async_trait]
impl ProgramsBook for SqlStore {
    async fn create_program(&self, org: OrgId, new: &NewVersion<'_>, who: &str, now: Timestamp) -> Result<ProgramId> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "INSERT INTO programs (org_id, name, state, version, created_at, switched_at)
                    VALUES ($1, $2, $3, 1, $4, $4) RETURNING id";
        let statement = sql(text)
            .int(i64::from(org.0))
            .text(new.name)
            .int(i64::from(ProgramState::Off.code()))
            .int(now.0);
        let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
        let id = ProgramId(row.columns().int("id")?);
        write_version(&mut tx, org, id, 1, new, now).await?;
        tell(&mut tx, org, id, "program.create", new.name, who, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn edit_program(
        &self,
        org: OrgId,
        id: ProgramId,
        new: &NewVersion<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<i32> {
        let mut tx = Session::begin(&self.db).await?;
        let text =
            "UPDATE programs SET version = version + 1, name = $3, armed_until = 0, arming_until = NULL, arm_cursor = 0
                    WHERE id = $1 AND org_id = $2 RETURNING version";
        let statement = sql(text).int(id.0).int(i64::from(org.0)).text(new.name);
        let row = tx.first(statement).await?.ok_or_else(|| absent(id))?;
        let version = row.columns().int("version")? as i32;
        write_version(&mut tx, org, id, version, new, now).await?;
        // The days ahead were armed early only so that they are in time: they have not fired before their moment.
        let text =
            format!("UPDATE firings SET version = $2 WHERE program_id = $1 AND state = {WAITING} AND last_event = 0");
        tx.execute(sql(text).int(id.0).int(i64::from(version))).await?;
        let detail = format!("version {version}");
        tell(&mut tx, org, id, "program.edit", &detail, who, now).await?;
        tx.commit().await?;
        Ok(version)
    }

    async fn switch_on(&self, org: OrgId, id: ProgramId, ended: ReasonCode, who: &str, now: Timestamp) -> Result<()> {
        switching::on(&self.db, org, id, ended, who, now).await
    }

    async fn switch_off(
        &self,
        org: OrgId,
        id: ProgramId,
        ended: Option<ReasonCode>,
        who: &str,
        now: Timestamp,
    ) -> Result<u64> {
        switching::off(&self.db, org, id, ended, who, now).await
    }

    async fn programs(&self, org: OrgId) -> Result<Vec<Program>> {
        listing::all(&self.db, org).await
    }

    async fn program(&self, org: OrgId, id: ProgramId) -> Result<Program> {
        listing::one(&self.db, org, id).await
    }

    async fn versions(&self, org: OrgId, id: ProgramId) -> Result<Vec<Version>> {
        listing::versions(&self.db, org, id).await
    }

    async fn waiting(&self, org: OrgId, id: ProgramId) -> Result<u64> {
        journal::waiting(&self.db, org, id).await
    }

    async fn journal(
        &self,
        org: OrgId,
        id: ProgramId,
        state: Option<FiringState>,
        before: Option<FiringId>,
        limit: u32,
    ) -> Result<Vec<JournalEntry>> {
        journal::page(&self.db, org, id, state, before, limit).await
    }

    async fn outcomes(&self, org: OrgId, id: ProgramId, from: Timestamp, until: Timestamp) -> Result<Vec<DayCount>> {
        journal::outcomes(self, org, id, from, until).await
    }
}

/// A version has a mailing of its own, so that its runs keep their texts and have statistics as any.
async fn write_version(
    tx: &mut Session,
    org: OrgId,
    id: ProgramId,
    version: i32,
    new: &NewVersion<'_>,
    now: Timestamp,
) -> Result<()> {
    let text = "INSERT INTO mailings (org_id, name, spec, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(new.name)
        .text(new.mailing)
        .int(now.0);
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let mailing = row.columns().int("id")?;
    let text = "INSERT INTO program_versions (program_id, version, definition, mailing_id, created_at)
                VALUES ($1, $2, $3, $4, $5)";
    let statement = sql(text).int(id.0).int(i64::from(version)).text(new.definition);
    tx.execute(statement.int(mailing).int(now.0)).await?;
    Ok(())
}
