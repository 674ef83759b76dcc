//! Rehearses a mailing: whom a plan would choose and what rendering would get, without writing anything.

use super::admit;
use super::audience;
use super::profiles;
use super::quiet::Quiet;
use super::rendering::{Profile, RenderNeeds};
use super::rested;
use super::types::PlanGuest;
use super::unattached;
use crate::audience::cap::{self, Reached};
use crate::guests::Organisations;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// By how many attempts a price is told, and how old they may be.
const PRICED: u32 = 10_000;
const PRICED_SINCE: Duration = Duration::from_secs(30 * 24 * 3600);

/// A page of guests as the planner would see them.
#[derive(Debug, Clone)]
pub struct RehearsedPage {
    pub guests: Vec<PlanGuest>,
    /// Where the next page begins; `None` after the last.
    pub upto: Option<CustomerId>,
}

/// What messages to a kind of address have cost lately, and how many they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatelyPaid {
    pub kind: EndpointKind,
    pub cost: Money,
    pub messages: u64,
    /// Of SMS; 0 of others.
    pub parts: u64,
}

impl LatelyPaid {
    /// What so many messages, of so many parts, would cost at this price: SMS by their parts, others by themselves.
    pub fn of(&self, messages: u64, parts: u64) -> Money {
        let (units, of) = match (self.parts, parts) {
            (0, _) | (_, 0) => (messages, self.messages),
            (of, parts) => (parts, of),
        };
        let cost = i128::from(self.cost.0) * i128::from(units) / i128::from(of.max(1));
        Money(i64::try_from(cost).unwrap_or(i64::MAX))
    }
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
    /// The time zones that decide on these guests' quiet hours; empty if the organisation has none.
    async fn quiet_zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>>;
    /// The time zones that these guests live by, as far as they have one: their own, else their home restaurant's.
    async fn zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>>;
    /// Those of these guests for whom a mailing was planned for a start between two instants, both excluded.
    async fn rested(
        &self,
        mailing: MailingId,
        customers: &[CustomerId],
        after: Timestamp,
        before: Timestamp,
    ) -> Result<HashSet<CustomerId>>;
    /// When the marketing of these guests of about the last week was about to go, without what came to nothing.
    async fn marketing_of(&self, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<Timestamp>>>;
    /// Addresses of these kinds that nobody has logged in to, among the next `limit` after `after`.
    async fn unattached(
        &self,
        org: OrgId,
        kinds: &[EndpointKind],
        after: EndpointId,
        limit: u32,
    ) -> Result<Vec<(EndpointId, EndpointKind)>>;
    /// Which of these senders the owners of addresses last wrote to, and when.
    async fn last_inbound(
        &self,
        org: OrgId,
        endpoints: &[EndpointId],
        senders: &[&str],
    ) -> Result<HashMap<EndpointId, (String, Timestamp)>>;
    /// What these endpoints are, as a provider knows them.
    async fn addresses(&self, endpoints: &[EndpointId]) -> Result<HashMap<EndpointId, String>>;
    /// What rendering would get of these guests now.
    async fn profiles(
        &self,
        customers: &[CustomerId],
        needs: &RenderNeeds,
        now: Timestamp,
    ) -> Result<HashMap<CustomerId, Profile>>;
    /// Keys of the custom attributes that any customer has.
    async fn attribute_keys(&self, org: OrgId) -> Result<BTreeSet<String>>;
    /// What messages have cost in the last month, by some thousands whose price was told.
    async fn lately_paid(&self, org: OrgId, now: Timestamp) -> Result<Vec<LatelyPaid>>;
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
        rows.iter()
            .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
            .collect()
    }

    async fn quiet_zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>> {
        let mut session = Session::read(&self.db).await?;
        let quiet = Quiet::of_organisation(&mut session, org).await?;
        let Some(quiet) = quiet.filter(Quiet::holds) else {
            return Ok(HashMap::new());
        };
        let mut zones = quiet.zones(&mut session, customers.iter().copied()).await?;
        session.commit().await?;
        for customer in customers {
            (zones.entry(*customer)).or_insert_with(|| quiet.default_zone().to_owned());
        }
        Ok(zones)
    }

    async fn zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>> {
        let mut session = Session::read(&self.db).await?;
        let zones = admit::zones(&mut session, org, customers).await?;
        session.commit().await?;
        Ok(zones)
    }

    async fn rested(
        &self,
        mailing: MailingId,
        customers: &[CustomerId],
        after: Timestamp,
        before: Timestamp,
    ) -> Result<HashSet<CustomerId>> {
        let mut session = Session::read(&self.db).await?;
        let resting = rested::resting(&mut session, mailing, customers, after, before).await?;
        session.commit().await?;
        Ok(resting)
    }

    async fn marketing_of(&self, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<Timestamp>>> {
        let known = self.load_marketing(customers).await?;
        let went = |all: Vec<(Timestamp, Fate)>| {
            let went = all.into_iter().filter(|(_, fate)| *fate != Fate::Never);
            went.map(|(at, _)| at).collect()
        };
        Ok(known.into_iter().map(|(customer, all)| (customer, went(all))).collect())
    }

    async fn unattached(
        &self,
        org: OrgId,
        kinds: &[EndpointKind],
        after: EndpointId,
        limit: u32,
    ) -> Result<Vec<(EndpointId, EndpointKind)>> {
        let mut session = Session::read(&self.db).await?;
        let found = unattached::page(&mut session, org, kinds, after, limit).await?;
        session.commit().await?;
        Ok(found)
    }

    async fn last_inbound(
        &self,
        org: OrgId,
        endpoints: &[EndpointId],
        senders: &[&str],
    ) -> Result<HashMap<EndpointId, (String, Timestamp)>> {
        let mut session = Session::read(&self.db).await?;
        let table = Table::default().ints("endpoint", endpoints.iter().map(|it| it.0));
        let text = "SELECT v.endpoint_id, v.sender, v.last_inbound_at FROM {rows}
                    JOIN conversations v ON v.endpoint_id = r.endpoint
                    WHERE v.org_id = $1 ORDER BY v.last_inbound_at";
        let rows = session.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
        let mut latest = HashMap::new();
        for row in &rows {
            let c = row.columns();
            let (endpoint, sender) = (EndpointId(c.int("endpoint_id")?), c.text("sender")?);
            if senders.contains(&sender.as_str()) {
                latest.insert(endpoint, (sender, Timestamp(c.int("last_inbound_at")?)));
            }
        }
        session.commit().await?;
        Ok(latest)
    }

    async fn addresses(&self, endpoints: &[EndpointId]) -> Result<HashMap<EndpointId, String>> {
        let mut session = Session::read(&self.db).await?;
        let table = Table::default().ints("endpoint", endpoints.iter().map(|it| it.0));
        let text = "SELECT e.id, e.address FROM {rows} JOIN endpoints e ON e.id = r.endpoint";
        let rows = session.fetch(sql(text).rows(table)).await?;
        session.commit().await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok((EndpointId(c.int("id")?), c.text("address")?))
            })
            .collect()
    }

    async fn profiles(
        &self,
        customers: &[CustomerId],
        needs: &RenderNeeds,
        now: Timestamp,
    ) -> Result<HashMap<CustomerId, Profile>> {
        let mut session = Session::read(&self.db).await?;
        let profiles = profiles::of_customers(&mut session, customers, needs, now).await?;
        session.commit().await?;
        Ok(profiles)
    }

    async fn attribute_keys(&self, org: OrgId) -> Result<BTreeSet<String>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT DISTINCT key FROM customer_attributes WHERE org_id = $1";
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        let keys = rows.iter().map(|row| row.columns().text("key")).collect();
        session.commit().await?;
        keys
    }

    async fn lately_paid(&self, org: OrgId, now: Timestamp) -> Result<Vec<LatelyPaid>> {
        let mut session = Session::read(&self.db).await?;
        // By the index of what a sender has sent, which is of these kinds; a push costs nothing.
        let text = format!(
            "SELECT kind, CAST(SUM(cost) AS BIGINT) AS cost, COUNT(*) AS messages, CAST(SUM(COALESCE(parts, 0)) AS BIGINT) AS parts
             FROM (SELECT kind, cost, parts FROM attempts
                   WHERE org_id = $1 AND kind >= 4 AND started_at >= $2 AND cost IS NOT NULL LIMIT {PRICED}) lately
             GROUP BY kind ORDER BY kind"
        );
        let statement = sql(text).int(i64::from(org.0)).int(now.minus(PRICED_SINCE).0);
        let rows = session.fetch(statement).await?;
        session.commit().await?;
        let paid = rows.iter().map(|row| {
            let c = row.columns();
            Ok(LatelyPaid {
                kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                cost: Money(c.int("cost")?),
                messages: c.int("messages")?.unsigned_abs(),
                parts: c.int("parts")?.unsigned_abs(),
            })
        });
        paid.collect()
    }
}
