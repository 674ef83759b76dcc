//! Landings as people keep them, and as guests see them.

use super::changing;
use super::counting::{self, Seen};
use super::figures::{self, LandingFigures};
use super::reading::{self, KeptLanding, LandingPage};
use crate::base::crossed::again_if_crossed;
use crate::base::once::Once;
use crate::sql::Session;
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::landing::Landing;
use bellhop_domain::{CustomerId, LandingId, OrgId, Timestamp};

/// People's, and guests'. `who` goes to the audit log. A landing is checked before ([`Landing::faults`]).
#[async_trait]
pub trait LandingBook: Send + Sync {
    /// Keeps a landing whose address ends with the token, or returns the one that was made for the same request before.
    async fn create_landing(
        &self,
        org: OrgId,
        (landing, token): (&Landing, &str),
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<LandingId>;
    /// Changes a landing that is at the version that was read; `false` if it is not.
    async fn change_landing(
        &self,
        org: OrgId,
        (id, version): (LandingId, i64),
        to: &Landing,
        who: &str,
        now: Timestamp,
    ) -> Result<bool>;
    /// Removes a landing that is at this version; `false` if it is not. Its page is there no more; its figures stay.
    async fn remove_landing(&self, org: OrgId, id: LandingId, version: i64, who: &str, now: Timestamp) -> Result<bool>;
    async fn landing(&self, org: OrgId, id: LandingId) -> Result<KeptLanding>;
    /// Those below one, the latest first.
    async fn landings(&self, org: OrgId, before: Option<LandingId>, limit: u32) -> Result<LandingPage>;
    /// The landing whose address ends so.
    async fn landing_by_token(&self, token: &str) -> Result<Option<KeptLanding>>;
    /// Those that are shown at the entry at an instant, the latest first.
    async fn landings_at_entry(&self, org: OrgId, now: Timestamp) -> Result<Vec<KeptLanding>>;
    /// Counts that it was shown, or its button pressed, by a guest if it is known which.
    async fn count_landing(&self, id: LandingId, seen: Seen, guest: Option<CustomerId>, now: Timestamp) -> Result<()>;
    async fn landing_figures(&self, org: OrgId, id: LandingId) -> Result<LandingFigures>;
}

#[async_trait]
impl LandingBook for SqlStore {
    async fn create_landing(
        &self,
        org: OrgId,
        landing: (&Landing, &str),
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<LandingId> {
        again_if_crossed!(changing::create(&self.db, org, landing, once, who, now))
    }

    async fn change_landing(
        &self,
        org: OrgId,
        at: (LandingId, i64),
        to: &Landing,
        who: &str,
        now: Timestamp,
    ) -> Result<bool> {
        changing::change(&self.db, org, at, to, who, now).await
    }

    async fn remove_landing(&self, org: OrgId, id: LandingId, version: i64, who: &str, now: Timestamp) -> Result<bool> {
        changing::remove(&self.db, org, (id, version), who, now).await
    }

    async fn landing(&self, org: OrgId, id: LandingId) -> Result<KeptLanding> {
        reading::one(&mut Session::read(&self.db).await?, org, id).await
    }

    async fn landings(&self, org: OrgId, before: Option<LandingId>, limit: u32) -> Result<LandingPage> {
        reading::page(&self.db, org, before, limit).await
    }

    async fn landing_by_token(&self, token: &str) -> Result<Option<KeptLanding>> {
        reading::by_token(&mut Session::read(&self.db).await?, token).await
    }

    async fn landings_at_entry(&self, org: OrgId, now: Timestamp) -> Result<Vec<KeptLanding>> {
        reading::at_entry(&mut Session::read(&self.db).await?, org, now).await
    }

    async fn count_landing(&self, id: LandingId, seen: Seen, guest: Option<CustomerId>, now: Timestamp) -> Result<()> {
        again_if_crossed!(counting::count(&self.db, id, seen, guest, now))
    }

    async fn landing_figures(&self, org: OrgId, id: LandingId) -> Result<LandingFigures> {
        figures::of(self, org, id).await
    }
}
