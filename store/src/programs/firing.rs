//! What events do to firings: they make them, restart their clocks, and cancel them.

use super::changing;
use super::effects::{Change, Fired};
use super::guests_in_hand;
use super::listing;
use super::types::Program;
use crate::base::crossed::again_if_crossed;
use crate::sql::Session;
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use std::collections::{HashMap, HashSet};

/// A dispatcher's, who reads what happened.
#[async_trait]
pub trait Firing: Send + Sync {
    /// The programs of all organisations that are not off.
    async fn live_programs(&self) -> Result<Vec<Program>>;
    /// Makes changes of an organisation's firings in their order, all or none. Programs that are off by now are passed over, and
    /// one that is ending fires no more.
    async fn change_firings(&self, org: OrgId, changes: &[Change], now: Timestamp) -> Result<Fired>;
    /// The time zones that guests live by: their own, else their home restaurant's; who is missing lives by the
    /// organisation's.
    async fn local_zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>>;
    /// Those of these guests who are in an audience now.
    async fn those_in(
        &self,
        org: OrgId,
        segment: &Segment,
        customers: &[CustomerId],
        now: Timestamp,
    ) -> Result<HashSet<CustomerId>>;
}

#[async_trait]
impl Firing for SqlStore {
    async fn live_programs(&self) -> Result<Vec<Program>> {
        listing::live(&self.db).await
    }

    async fn change_firings(&self, org: OrgId, changes: &[Change], now: Timestamp) -> Result<Fired> {
        if changes.is_empty() {
            return Ok(Fired::default());
        }
        again_if_crossed!(changing::in_waves(&self.db, org, changes, now))
    }

    async fn local_zones(&self, org: OrgId, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>> {
        let mut session = Session::read(&self.db).await?;
        let zones = crate::ledger::admit::zones(&mut session, org, customers).await?;
        session.commit().await?;
        Ok(zones)
    }

    async fn those_in(
        &self,
        org: OrgId,
        segment: &Segment,
        customers: &[CustomerId],
        now: Timestamp,
    ) -> Result<HashSet<CustomerId>> {
        let selection = self.select_audience(org, segment, now).await?;
        let mut session = Session::read(&self.db).await?;
        let standing = guests_in_hand::standing(&mut session, &selection, customers).await?;
        session.commit().await?;
        let inside = standing.into_iter().filter(|(_, it)| it.holds);
        Ok(inside.map(|(customer, _)| customer).collect())
    }
}
