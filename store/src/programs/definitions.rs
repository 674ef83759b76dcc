//! Programs as people keep them: created, edited, switched on and off, and looked at.

use super::journal;
use super::listing;
use super::switching;
use super::types::*;
use super::writing;
use crate::base::crossed::again_if_crossed;
use crate::base::once::Once;
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::*;

/// People's: what programs there are, what they say, and what they did. `who` goes to the audit log.
#[async_trait]
pub trait ProgramsBook: Send + Sync {
    /// Keeps a program, which is off; or returns the one that was made for the same request before.
    async fn create_program(
        &self,
        org: OrgId,
        new: &NewVersion<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<ProgramId>;
    /// Keeps another version, by which it fires from now on; what has fired goes by its own, and what
    /// the calendar has armed ahead by the new one. Returns its number; `None`, and keeps nothing, if the version that it was
    /// made `from` is given and is not the present one.
    async fn edit_program(
        &self,
        org: OrgId,
        id: ProgramId,
        from: Option<i32>,
        new: &NewVersion<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<i32>>;
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
    async fn create_program(
        &self,
        org: OrgId,
        new: &NewVersion<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<ProgramId> {
        again_if_crossed!(writing::create(&self.db, org, new, once, who, now))
    }

    async fn edit_program(
        &self,
        org: OrgId,
        id: ProgramId,
        from: Option<i32>,
        new: &NewVersion<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<Option<i32>> {
        writing::edit(&self.db, (org, id), from, new, who, now).await
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
