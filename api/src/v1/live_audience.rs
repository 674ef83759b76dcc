//! `POST /v1/audience/live`: everything that is shown beside a filter while it is being written.
//!
//! The questions are asked side by side; each answer is exact and of about the same moment.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::audience::{self, Count, Explanation};
use bellhop_campaigns::overlap::{Overlap, overlaps};
use bellhop_domain::segment::{ClauseCount, Segment};
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Guests who are shown as examples.
const SAMPLE: u32 = 10;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = LiveAudienceQuestion)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The filter (docs/audience.md).
    #[schema(value_type = Object)]
    filter: Value,
    /// The instant that is asked about; now if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// Whether to count who is in the audience of other mailings too that start within a week.
    #[serde(default)]
    overlap: bool,
    /// The mailing that the filter is of, which does not overlap with itself.
    mailing: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveAudience)]
pub(crate) struct Live {
    #[serde(flatten)]
    count: Count,
    /// What the filter and each of its clauses does; absent for a filter of more than 16 conditions, and for a person who is limited to
    /// restaurants.
    #[serde(skip_serializing_if = "Option::is_none")]
    clauses: Option<Clause>,
    /// At most ten of those who pass the filter, the excluded too, with why they are in.
    sample: Vec<Explanation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlap: Option<Vec<Shared>>,
}

/// A clause, at the same place as in the filter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveClause)]
struct Clause {
    /// Guests for whom it holds, whatever the rest of the filter says.
    holds: u64,
    /// Guests who would be let in if it were not there.
    keeps_out: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    parts: Vec<Clause>,
}

/// Guests who are in the audience of another mailing too.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AudienceOverlap)]
struct Shared {
    mailing: i64,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    guests: u64,
}

impl From<ClauseCount> for Clause {
    fn from(it: ClauseCount) -> Self {
        Self {
            holds: it.holds,
            keeps_out: it.keeps_out,
            parts: it.parts.into_iter().map(Clause::from).collect(),
        }
    }
}

impl From<Overlap> for Shared {
    fn from(it: Overlap) -> Self {
        Self {
            mailing: it.mailing.0,
            name: it.name,
            starts_at: it.starts_at,
            guests: it.guests,
        }
    }
}

pub(crate) async fn live(api: Api, allowed: Allowed<Question>) -> Result<Live, Problem> {
    let (caller, (), body, asked) = allowed.into_asked();
    let (asked_for, org) = (audience::read(&body.filter)?, caller.org);
    let segment = audience::within(&caller, &asked_for);
    let as_of = body.as_of.unwrap_or_else(|| api.now());
    // Of a person who is limited to restaurants, no figure is about guests of others.
    let clauses = async {
        match caller.restaurants {
            None => Ok(api.store.clauses(org, &asked_for, as_of).await?),
            Some(_) => Ok(None),
        }
    };
    let overlap = async {
        match body.overlap {
            true => shared(&api, org, &segment, body.mailing, as_of).await.map(Some),
            false => Ok(None),
        }
    };
    let (count, clauses, sample, overlap) = tokio::try_join!(
        audience::counted(&api, &caller, &asked_for, as_of, asked.language),
        clauses,
        sample(&api, org, &segment, as_of),
        overlap
    )?;
    Ok(Live {
        count,
        clauses: clauses.map(Clause::from),
        sample,
        overlap,
    })
}

async fn sample(api: &Api, org: OrgId, segment: &Segment, as_of: Timestamp) -> Result<Vec<Explanation>, Problem> {
    let found = api.store.list(org, segment, as_of, CustomerId(0), SAMPLE).await?;
    let explained = found.into_iter().map(async |guest| {
        let explained = api.store.explain(org, segment, as_of, &guest.customer).await?;
        Ok::<_, Problem>(Explanation::of(explained, guest.name))
    });
    try_join_all(explained).await
}

async fn shared(
    api: &Api,
    org: OrgId,
    segment: &Segment,
    mailing: Option<i64>,
    as_of: Timestamp,
) -> Result<Vec<Shared>, Problem> {
    let found = overlaps(
        api.store.as_ref(),
        org,
        segment,
        mailing.map(bellhop_domain::MailingId),
        as_of,
    )
    .await?;
    Ok(found.into_iter().map(Shared::from).collect())
}
