//! A mailing rehearsed: whom a plan would choose and what rendering would get, without writing anything.

use super::audience;
use super::profiles;
use super::types::{PlanGuest, Profile, RenderNeeds};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap};

/// A page of guests as the planner would see them.
#[derive(Debug, Clone)]
pub struct RehearsedPage {
    pub guests: Vec<PlanGuest>,
    /// Where the next page begins; `None` after the last.
    pub upto: Option<CustomerId>,
}

/// Everything a check of a mailing reads; it writes nothing but facts that were stale.
#[async_trait]
pub trait Rehearsal: Send + Sync {
    /// The guests of the audience among the next `limit` customers after `after`.
    async fn rehearse(
        &self,
        org: OrgId,
        segment: &Segment,
        as_of: Timestamp,
        after: CustomerId,
        limit: u32,
    ) -> Result<RehearsedPage>;
    /// What rendering would get of these guests.
    async fn profiles(&self, customers: &[CustomerId], needs: &RenderNeeds) -> Result<HashMap<CustomerId, Profile>>;
    /// Keys of the custom attributes that any customer has.
    async fn attribute_keys(&self, org: OrgId) -> Result<BTreeSet<String>>;
}

#[async_trait]
impl Rehearsal for SqlStore {
    async fn rehearse(
        &self,
        org: OrgId,
        segment: &Segment,
        as_of: Timestamp,
        after: CustomerId,
        limit: u32,
    ) -> Result<RehearsedPage> {
        let selection = self.select_audience(org, segment, as_of).await?;
        let mut session = Session::read(&self.db).await?;
        let (guests, upto) = audience::page(&mut session, org, &selection, after, limit).await?;
        session.commit().await?;
        Ok(RehearsedPage { guests, upto })
    }

    async fn profiles(&self, customers: &[CustomerId], needs: &RenderNeeds) -> Result<HashMap<CustomerId, Profile>> {
        let mut session = Session::read(&self.db).await?;
        let profiles = profiles::of_customers(&mut session, customers, needs).await?;
        session.commit().await?;
        Ok(profiles)
    }

    async fn attribute_keys(&self, org: OrgId) -> Result<BTreeSet<String>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT DISTINCT key FROM customer_attributes WHERE org_id = $1";
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        let keys = rows.iter().map(|row| row.cells().text()).collect();
        session.commit().await?;
        keys
    }
}
