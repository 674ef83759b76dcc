//! `GET /v1/segments` and `/v1/segments/{id}`.

use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::page::page_size;
use bellhop_domain::{OrgId, SegmentId, Timestamp};
use bellhop_store::segments::{KeptSegment, SegmentUse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Which page of the segments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The `next` of the page before.
    #[param(value_type = Option<i64>)]
    cursor: Option<SegmentId>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedSegment)]
struct Listed {
    #[schema(value_type = i64)]
    id: SegmentId,
    name: String,
    /// What it is for.
    description: String,
    /// The filter (docs/audience.md).
    #[schema(value_type = Object)]
    filter: Value,
    /// Counts its changes, from 1; the ETag is the same in quotes.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Segments)]
pub(crate) struct Page {
    /// The latest first.
    segments: Vec<Listed>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<SegmentId>,
    /// How many there are on all pages.
    total: u64,
}

/// Whose audience it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentUse)]
struct Use {
    /// `mailing`, `program` or `landing`.
    what: &'static str,
    id: i64,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Segment)]
pub(crate) struct Segment {
    #[serde(flatten)]
    listed: Listed,
    /// Who uses it now; while there is somebody, it cannot be removed.
    used_by: Vec<Use>,
}

impl From<KeptSegment> for Listed {
    fn from(it: KeptSegment) -> Self {
        Self {
            id: it.id,
            name: it.name,
            description: it.description,
            // A filter always can be written: all its keys are texts.
            filter: serde_json::to_value(&it.filter).unwrap_or_default(),
            version: it.version,
            created_at: it.created_at,
            changed_at: it.changed_at,
        }
    }
}

impl From<SegmentUse> for Use {
    fn from(it: SegmentUse) -> Self {
        let (what, id, name) = match it {
            SegmentUse::Mailing(id, name) => ("mailing", id.0, name),
            SegmentUse::Program(id, name) => ("program", id.0, name),
            SegmentUse::Landing(id, name) => ("landing", id.0, name),
        };
        Self { what, id, name }
    }
}

/// A segment of the caller's organisation, as it is now.
pub(super) async fn shown(api: &Api, org: OrgId, id: SegmentId) -> Result<Versioned<Segment>, Problem> {
    let listed = Listed::from(api.store.segment(org, id).await?);
    let uses = api.store.segment_uses(org, id).await?;
    Ok(Versioned {
        version: listed.version,
        document: Segment {
            listed,
            used_by: uses.into_iter().map(Use::from).collect(),
        },
    })
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), i64>) -> Result<Versioned<Segment>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    shown(&api, caller.org, SegmentId(id)).await
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Page, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Which = asked.query()?;
    let limit = page_size(query.limit)?;
    // One more than asked for tells whether there is another page.
    let found = api.store.segments(caller.org, query.cursor, limit + 1).await?;
    let mut segments = found.segments;
    let more = segments.len() > limit as usize;
    segments.truncate(limit as usize);
    Ok(Page {
        next: segments.last().filter(|_| more).map(|it| it.id),
        segments: segments.into_iter().map(Listed::from).collect(),
        total: found.total,
    })
}
