//! A mailing rehearsed: whom a plan would choose and what rendering would get, without writing anything.

use super::audience;
use super::profiles;
use super::quiet::Quiet;
use super::types::{PlanGuest, Profile, RenderNeeds};
use crate::audience::cap::{self, Reached};
use crate::guests::GuestBase;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap, HashSet};

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
    /// Those of these guests to whom one more marketing message at `at` would be one too many.
    async fn capped(&self, org: OrgId, customers: &[CustomerId], at: Timestamp) -> Result<HashSet<CustomerId>>;
    /// The time zones by which these guests' quiet hours go; of nobody if the organisation has none.
    async fn quiet_zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>>;
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

    async fn capped(&self, org: OrgId, customers: &[CustomerId], at: Timestamp) -> Result<HashSet<CustomerId>> {
        let cap = self.organisation_by_id(org).await?.settings.frequency_cap;
        match cap::reached(&cap) {
            Reached::Nobody => return Ok(HashSet::new()),
            Reached::Everybody => return Ok(customers.iter().copied().collect()),
            Reached::ByMessages => {}
        }
        let mut session = Session::read(&self.db).await?;
        let statement = cap::among(self.dialect(), org, &cap, customers, at);
        let rows = session.fetch_rendered(&statement).await?;
        session.commit().await?;
        rows.iter().map(|row| Ok(CustomerId(row.cells().int()?))).collect()
    }

    async fn quiet_zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>> {
        let mut session = Session::read(&self.db).await?;
        let Some(quiet) = Quiet::of_organisation(&mut session, org).await? else {
            return Ok(HashMap::new());
        };
        let mut zones = quiet.zones(&mut session, customers.iter().copied()).await?;
        session.commit().await?;
        for customer in customers {
            (zones.entry(*customer)).or_insert_with(|| quiet.default_zone().to_owned());
        }
        Ok(zones)
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
