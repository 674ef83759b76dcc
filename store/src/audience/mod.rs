//! Audiences: a filter asked of the whole guest base.
//!
//! The domain's segment tree is rendered to one SQL expression over `customer_facts`, for either dialect; what it
//! must mean is the domain's `Segment::holds`, and a property test compares the three. The facts answer wherever
//! they can; raw orders answer for what they do not hold and for guests with orders at or after the instant asked.
//! Figures and the alternatives measured: `docs/decisions/0002-audience-sql.md`.

mod ask;
pub(crate) mod cap;
mod conditions;
mod context;
mod count;
mod export;
pub(crate) mod guest;
mod names;
mod predicate;
mod selection;
#[cfg(test)]
mod tests;
mod writer;

pub use export::{AudienceExport, ExportedGuest};
pub(crate) use guest::OF_GUEST;
pub use names::UnknownName;
pub use selection::{Listed, Selection};
pub use writer::{Bind, BindTo, Rendered};

use self::cap::Reached;
use crate::guests::{GuestBase, Organisations};
use crate::segments::SegmentBook;
use crate::sql::Session;
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::segment::{Alike, Asked, AudienceCount, ClauseCount, Explanation, MOST_CONDITIONS, Segment};
use bellhop_domain::{CustomerId, OrgId, Timestamp};

/// Questions about an audience at an instant. Orders placed at or after `as_of` are not seen, nor marketing about to go
/// after it, of which about a week is known; statuses, tags and consents are as they are now.
#[async_trait]
pub trait Audience: Send + Sync {
    /// How many guests the filter lets in, how many would be reached, and why not the others.
    async fn count(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<AudienceCount>;
    /// How many guests the filter lets in: `count` of [`Audience::count`], faster.
    async fn size(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<u64>;
    /// How many guests each clause of the filter lets in and keeps out; `None` for a filter of more than
    /// [`MOST_CONDITIONS`] conditions.
    async fn clauses(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<Option<ClauseCount>>;
    /// The next guests after `after`, in ascending order, excluded ones too. Fewer than `limit` are the last.
    async fn list(
        &self,
        org: OrgId,
        segment: &Segment,
        as_of: Timestamp,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<Listed>>;
    /// Why a customer is in or out, clause by clause. By the customer's external id.
    async fn explain(&self, org: OrgId, segment: &Segment, as_of: Timestamp, customer: &str) -> Result<Explanation>;
    /// Names in the filter that do not exist in the organisation, each with all existing names of its kind.
    async fn unknown_names(&self, org: OrgId, segment: &Segment) -> Result<Vec<UnknownName>>;
}

#[async_trait]
impl Audience for SqlStore {
    async fn count(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<AudienceCount> {
        let selection = self.select_audience(org, segment, as_of).await?;
        let groups = self.groups(org, as_of, |late| selection.groups(late)).await?;
        let capped = match cap::reached(&selection.asked.cap) {
            Reached::Nobody => Vec::new(),
            Reached::Everybody => groups.clone(),
            Reached::ByMessages => self.groups(org, as_of, |late| cap::groups(&selection, late)).await?,
        };
        Ok(count::add_up(AudienceCount::empty(as_of), &groups, &capped))
    }

    async fn size(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<u64> {
        let selection = self.select_audience(org, segment, as_of).await?;
        let rows = self.asked_of_facts(org, as_of, |late| selection.size(late)).await?;
        let guests = rows.first().map(|row| row.columns().int("guests")).transpose()?;
        Ok(guests.unwrap_or(0).unsigned_abs())
    }

    async fn clauses(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<Option<ClauseCount>> {
        let segment = &self.with_saved(org, segment).await?;
        if segment.leaves().len() > MOST_CONDITIONS {
            return Ok(None);
        }
        let selection = self.select_audience(org, segment, as_of).await?;
        let rows = self.asked_of_facts(org, as_of, |late| selection.alike(late)).await?;
        let groups = rows.iter().map(|row| {
            let c = row.columns();
            Ok(Alike {
                holds: c.int("holds")? as u32,
                guests: c.int("guests")?.unsigned_abs(),
            })
        });
        Ok(Some(segment.clause_counts(&groups.collect::<Result<Vec<_>>>()?)))
    }

    async fn list(
        &self,
        org: OrgId,
        segment: &Segment,
        as_of: Timestamp,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<Listed>> {
        let statement = self.select_audience(org, segment, as_of).await?.list(after, limit);
        let rows = Session::read(&self.db).await?.fetch_rendered(&statement).await?;
        rows.iter().map(selection::listed).collect()
    }

    async fn explain(&self, org: OrgId, segment: &Segment, as_of: Timestamp, customer: &str) -> Result<Explanation> {
        let segment = &self.with_saved(org, segment).await?;
        let selection = self.select_audience(org, segment, as_of).await?;
        let guest = self
            .load_guest(org, customer)
            .await?
            .ok_or_else(|| StoreError::NotFound {
                what: "customer",
                id: customer.to_owned(),
            })?;
        let mut excluded = guest.exclusion();
        if excluded.is_none() && self.comes_after_a_sharer(&selection, guest.customer).await? {
            excluded = Some(Exclusion::DuplicateEndpoint);
        }
        if excluded.is_none() && guest.cap_reached(&selection.asked) {
            excluded = Some(Exclusion::FrequencyCap);
        }
        Ok(Explanation {
            customer: guest.external_id.clone(),
            as_of,
            matches: segment.holds(&guest, &selection.asked),
            filter: segment.explain(&guest, &selection.asked),
            excluded,
            channels: guest.reachable().collect(),
        })
    }

    async fn unknown_names(&self, org: OrgId, segment: &Segment) -> Result<Vec<UnknownName>> {
        let segment = match self.with_saved(org, segment).await {
            // A segment that is not there has no names; that it is not there is told elsewhere.
            Err(StoreError::NotFound { .. }) => segment.clone(),
            put_in => put_in?,
        };
        self.names_of_nothing(org, &segment).await
    }
}

impl SqlStore {
    /// Makes a filter ready to be asked: puts saved segments in, settles stale facts, reads the organisation's rules and looks its names up.
    pub async fn select_audience(&self, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<Selection> {
        self.settle(org).await?;
        let organisation = self.organisation_by_id(org).await?;
        let asked = Asked {
            as_of,
            zone: organisation.timezone,
            region: organisation.settings.phone_region,
            thresholds: organisation.settings.retention,
            cap: organisation.settings.frequency_cap,
        };
        let segment = self.with_saved(org, segment).await?;
        let names = self.lexicon(org, &segment).await?;
        let halves = self.middle(org).await?;
        Ok(Selection::new(self.dialect(), org, segment, asked, names, halves))
    }

    /// Whether an earlier guest of the audience has the same first address and gets the message.
    async fn comes_after_a_sharer(&self, selection: &Selection, customer: CustomerId) -> Result<bool> {
        let statement = selection.earlier_sharers(customer);
        let rows = Session::read(&self.db).await?.fetch_rendered(&statement).await?;
        Ok(!rows.is_empty())
    }
}
