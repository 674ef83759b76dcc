//! Filters of segments in the places where others name them.

use super::reading::filter_of;
use crate::sql::{Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{OrgId, SegmentId};
use std::collections::{BTreeMap, BTreeSet};

/// Which segments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that people see.
    There,
    /// The removed ones too: what an older version of a program has in hand may name one.
    Ever,
}

pub(super) async fn known(
    session: &mut Session,
    org: OrgId,
    named: &BTreeSet<SegmentId>,
    which: Which,
) -> Result<BTreeMap<SegmentId, Segment>> {
    let there = match which {
        Which::There => "AND s.removed_at IS NULL",
        Which::Ever => "",
    };
    let text =
        format!("SELECT s.id, s.filter FROM {{rows}} JOIN segments s ON s.id = r.segment WHERE s.org_id = $1 {there}");
    let table = Table::default().ints("segment", named.iter().map(|id| id.0));
    let rows = session.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    let filters = rows.iter().map(|row| {
        let c = row.columns();
        let id = SegmentId(c.int("id")?);
        Ok((id, filter_of(id, &c.text("filter")?)?))
    });
    filters.collect()
}

/// The filter with the segments that it names put in.
pub(crate) async fn with_saved(session: &mut Session, org: OrgId, filter: &Segment) -> Result<Segment> {
    let named = filter.saved();
    if named.is_empty() {
        return Ok(filter.clone());
    }
    let known = known(session, org, &named, Which::Ever).await?;
    filter.with_saved(&known).map_err(|id| StoreError::NotFound {
        what: "segment",
        id: id.to_string(),
    })
}

/// The same of a mailing's file; `None` if it names no segment.
pub(crate) async fn of_file(session: &mut Session, org: OrgId, spec: MailingSpec<Segment>) -> Result<Option<String>> {
    let Some(audience) = spec.audience.as_ref().filter(|it| !it.saved().is_empty()) else {
        return Ok(None);
    };
    let audience = Some(with_saved(session, org, audience).await?);
    let spec = MailingSpec { audience, ..spec };
    let text = serde_json::to_string(&spec).map_err(|error| StoreError::Corrupt {
        what: "mailing",
        id: spec.name.clone(),
        problem: error.to_string(),
    })?;
    Ok(Some(text))
}
