//! `POST /v1/audience/count`, `/sample` and `/explain`: how many guests a filter lets in, some of them, and why a guest is in
//! or out.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::mailings::Finding;
use axum::http::StatusCode;
use bellhop_campaigns::nearest;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::{Fault, Found, Why};
use bellhop_domain::segment::conditions::Restaurants;
use bellhop_domain::segment::{self, Leaf, Segment};
use bellhop_domain::words::Language;
use bellhop_domain::{Channel, CustomerId, OrgId, Timestamp};
use bellhop_store::guests::ApiCaller;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many guests a sample shows.
const SAMPLE: u32 = 10;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AudienceQuestion)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The filter (docs/audience.md).
    #[schema(value_type = Object)]
    filter: Value,
    /// The instant that is asked about; now if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ExplainQuestion)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfOne {
    /// The filter (docs/audience.md).
    #[schema(value_type = Object)]
    filter: Value,
    /// The instant that is asked about; now if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// The brand's own id of the guest.
    customer: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AudienceCount)]
pub(crate) struct Count {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    /// Guests who pass the filter.
    count: u64,
    /// `count` less the excluded.
    reachable: u64,
    /// Guests by the first reason that applies.
    #[schema(value_type = BTreeMap<String, u64>)]
    excluded: BTreeMap<Exclusion, u64>,
    /// Of the reachable guests, those who can be reached on each channel; a guest may be in several.
    #[schema(value_type = BTreeMap<String, u64>)]
    by_channel: BTreeMap<Channel, u64>,
    /// Names in the filter that nothing has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<Finding>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AudienceSample)]
pub(crate) struct Sample {
    /// At most ten of those who pass the filter, the excluded too.
    guests: Vec<Guest>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SampleGuest)]
struct Guest {
    customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct Explanation {
    customer: String,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    /// Whether the guest passes the filter.
    matches: bool,
    filter: Clause,
    /// Why a guest who passes the filter would still get nothing.
    #[schema(value_type = Option<String>)]
    excluded: Option<Exclusion>,
    /// Channels on which the guest can be reached and has agreed to be.
    #[schema(schema_with = shape::channels)]
    channels: Vec<Channel>,
}

/// A clause of the filter, its verdict and the fact behind it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clause)]
struct Clause {
    clause: String,
    holds: bool,
    /// The fact behind a condition; a clause that combines others has parts instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    parts: Vec<Clause>,
}

impl From<segment::Finding> for Clause {
    fn from(it: segment::Finding) -> Self {
        Self {
            clause: it.clause,
            holds: it.holds,
            fact: it.fact,
            parts: it.parts.into_iter().map(Clause::from).collect(),
        }
    }
}

pub(crate) async fn count(api: Api, allowed: Allowed<Question>) -> Result<Count, Problem> {
    let (caller, (), body, asked) = allowed.into_asked();
    let segment = read(&body.filter)?;
    let as_of = body.as_of.unwrap_or_else(|| api.now());
    let own = within(&caller, &segment);
    let it = api.store.count(caller.org, &own, as_of).await?;
    Ok(Count {
        as_of: it.as_of,
        count: it.count,
        reachable: it.reachable,
        excluded: it.excluded,
        by_channel: it.by_channel,
        hints: hints(&api, caller.org, &segment, asked.language).await?,
    })
}

pub(crate) async fn sample(api: Api, allowed: Allowed<Question>) -> Result<Sample, Problem> {
    let (caller, body) = allowed.into_parts();
    let segment = within(&caller, &read(&body.filter)?);
    let as_of = body.as_of.unwrap_or_else(|| api.now());
    let found = api
        .store
        .list(caller.org, &segment, as_of, CustomerId(0), SAMPLE)
        .await?;
    let guests = found.into_iter().map(|it| Guest {
        customer: it.customer,
        name: it.name,
    });
    Ok(Sample {
        guests: guests.collect(),
    })
}

pub(crate) async fn explain(api: Api, allowed: Allowed<OfOne>) -> Result<Explanation, Problem> {
    let (caller, body) = allowed.into_parts();
    let segment = read(&body.filter)?;
    belongs(&api, &caller, &body.customer).await?;
    let as_of = body.as_of.unwrap_or_else(|| api.now());
    let it = api.store.explain(caller.org, &segment, as_of, &body.customer).await?;
    Ok(Explanation {
        customer: it.customer,
        as_of: it.as_of,
        matches: it.matches,
        filter: it.filter.into(),
        excluded: it.excluded,
        channels: it.channels,
    })
}

/// The filter of what the caller may see: nothing beside it is counted, shown or explained.
fn within(caller: &ApiCaller, segment: &Segment) -> Segment {
    match of_restaurants(caller) {
        None => segment.clone(),
        Some(own) => Segment::All(vec![own, segment.clone()]),
    }
}

/// Guests of the restaurants that the caller is limited to, if to any.
fn of_restaurants(caller: &ApiCaller) -> Option<Segment> {
    let names = caller.restaurants.clone()?;
    // An empty list of the condition restricts nothing, and an empty limit allows nothing.
    Some(match names.is_empty() {
        true => Segment::Not(Box::new(Segment::everybody())),
        false => Segment::Leaf(Leaf::Restaurants(Box::new(Restaurants(names)))),
    })
}

/// Refuses a guest who does not belong to the restaurants that the caller is limited to, if to any.
pub(in crate::v1) async fn belongs(api: &Api, caller: &ApiCaller, customer: &str) -> Result<(), Problem> {
    let Some(own) = of_restaurants(caller) else {
        return Ok(());
    };
    let explained = api.store.explain(caller.org, &own, api.now(), customer).await?;
    match explained.matches {
        true => Ok(()),
        false => Err(Problem::new(StatusCode::FORBIDDEN, Why::GuestOfOtherRestaurants)),
    }
}

fn read(filter: &Value) -> Result<Segment, Problem> {
    Segment::parse(filter).map_err(|error| Problem::unprocessable(vec![Fault::from(error)]))
}

async fn hints(api: &Api, org: OrgId, segment: &Segment, language: Language) -> Result<Vec<Finding>, Problem> {
    let unknown = api.store.unknown_names(org, segment).await?;
    let hints = nearest::hints(&unknown).into_iter();
    let found = hints.map(|why| Finding::of(&Found::warning(why.at("filter")), language));
    Ok(found.collect())
}
