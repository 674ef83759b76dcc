//! Segments as people keep them.

use super::reading::{self, KeptSegment, NewSegment, SegmentPage, SegmentUse};
use super::{changing, saved};
use crate::base::crossed::again_if_crossed;
use crate::base::once::Once;
use crate::sql::Session;
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::segment::Segment;
use bellhop_domain::{OrgId, SegmentId, Timestamp};

/// People's: what segments there are, and who uses them. `who` goes to the audit log.
#[async_trait]
pub trait SegmentBook: Send + Sync {
    /// Keeps a segment, or returns the one that was made for the same request before. A conflict if another has its name, or if its
    /// filter names a segment.
    async fn create_segment(
        &self,
        org: OrgId,
        new: &NewSegment<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<SegmentId>;
    /// Changes a segment that is at the version that was read; `false` if it is not. What others have approved of mailings that use
    /// it is approved no more.
    async fn change_segment(
        &self,
        org: OrgId,
        (id, version): (SegmentId, i64),
        to: &NewSegment<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<bool>;
    /// Removes a segment that is at this version; `false` if it is not. A conflict while somebody uses it.
    async fn remove_segment(&self, org: OrgId, id: SegmentId, version: i64, who: &str, now: Timestamp) -> Result<bool>;
    async fn segment(&self, org: OrgId, id: SegmentId) -> Result<KeptSegment>;
    /// Those below one, the latest first.
    async fn segments(&self, org: OrgId, before: Option<SegmentId>, limit: u32) -> Result<SegmentPage>;
    /// Who uses it now: mailings, programs by their present version, landings.
    async fn segment_uses(&self, org: OrgId, id: SegmentId) -> Result<Vec<SegmentUse>>;
    /// The filter with the segments that it names put in.
    async fn with_saved(&self, org: OrgId, filter: &Segment) -> Result<Segment>;
    /// The segments that a filter names and the organisation does not have.
    async fn unknown_segments(&self, org: OrgId, filter: &Segment) -> Result<Vec<SegmentId>>;
}

#[async_trait]
impl SegmentBook for SqlStore {
    async fn create_segment(
        &self,
        org: OrgId,
        new: &NewSegment<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<SegmentId> {
        again_if_crossed!(changing::create(&self.db, org, new, once, who, now))
    }

    async fn change_segment(
        &self,
        org: OrgId,
        (id, version): (SegmentId, i64),
        to: &NewSegment<'_>,
        who: &str,
        now: Timestamp,
    ) -> Result<bool> {
        again_if_crossed!(changing::change(&self.db, org, (id, version), to, who, now))
    }

    async fn remove_segment(&self, org: OrgId, id: SegmentId, version: i64, who: &str, now: Timestamp) -> Result<bool> {
        changing::remove(&self.db, org, (id, version), who, now).await
    }

    async fn segment(&self, org: OrgId, id: SegmentId) -> Result<KeptSegment> {
        reading::one(&mut Session::read(&self.db).await?, org, id).await
    }

    async fn segments(&self, org: OrgId, before: Option<SegmentId>, limit: u32) -> Result<SegmentPage> {
        reading::page(&self.db, org, before, limit).await
    }

    async fn segment_uses(&self, org: OrgId, id: SegmentId) -> Result<Vec<SegmentUse>> {
        reading::uses(&mut Session::read(&self.db).await?, org, id).await
    }

    async fn with_saved(&self, org: OrgId, filter: &Segment) -> Result<Segment> {
        if filter.saved().is_empty() {
            return Ok(filter.clone());
        }
        saved::with_saved(&mut Session::read(&self.db).await?, org, filter).await
    }

    async fn unknown_segments(&self, org: OrgId, filter: &Segment) -> Result<Vec<SegmentId>> {
        let named = filter.saved();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let known = saved::known(&mut Session::read(&self.db).await?, org, &named, saved::Which::There).await?;
        Ok(named.into_iter().filter(|id| !known.contains_key(id)).collect())
    }
}
