//! `GET /v1/guests`: the organisation's guests, those of a segment, or those whom a name, a phone, a card or an id finds.

use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, text_of_query};
use crate::shape;
use crate::v1::audience::within;
use crate::v1::page::page_size;
use bellhop_domain::fault::Why;
use bellhop_domain::retention::Retention;
use bellhop_domain::segment::conditions::{Customers, InSegment};
use bellhop_domain::segment::{Leaf, Segment};
use bellhop_domain::{CustomerId, Money, OrgId, SegmentId, Timestamp};
use bellhop_store::audience::ExportedGuest;
use bellhop_store::guests::NAME_CHARS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// Which guests, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// The beginning of a name, or a whole phone in any notation, card number or id of the brand's own.
    #[serde(default, deserialize_with = "text_of_query")]
    query: Option<String>,
    /// Only those of this segment.
    #[param(value_type = Option<i64>)]
    segment: Option<SegmentId>,
    /// The `next` of the page before.
    #[param(value_type = Option<i64>)]
    cursor: Option<CustomerId>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Guests)]
pub(crate) struct Page {
    guests: Vec<One>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<CustomerId>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedGuest)]
struct One {
    /// The brand's own id.
    customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// All of the card.
    phones: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    registered_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_order_at: Option<Timestamp>,
    /// Orders that count.
    orders: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = shape::money)]
    average_check: Option<Money>,
    /// The retention category; absent without orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    category: Option<Retention>,
    #[schema(value_type = Vec<String>)]
    tags: BTreeSet<String>,
}

impl From<ExportedGuest> for One {
    fn from(it: ExportedGuest) -> Self {
        Self {
            customer: it.id,
            name: it.name,
            phones: it.phones,
            registered_at: it.registered_at,
            last_order_at: it.last_order_at,
            orders: it.orders,
            average_check: it.average_check,
            category: it.category,
            tags: it.tags,
        }
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Page, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Query = asked.query()?;
    let limit = page_size(query.limit)?;
    let after = query.cursor.unwrap_or(CustomerId(0));
    let filter = match query.segment {
        Some(segment) => Segment::Leaf(Leaf::InSegment(Box::new(InSegment(segment)))),
        None => Segment::everybody(),
    };
    // Nobody beside those whom the caller may see is found.
    let own = within(&caller, &filter);
    let now = api.now();
    match query.query.as_deref().map(str::trim) {
        Some(words) if !words.is_empty() => found(&api, caller.org, words, own, (after, limit)).await,
        _ => {
            // One more than asked for tells whether there is another page.
            let mut guests = api.store.export_page(caller.org, &own, now, after, limit + 1).await?;
            let more = guests.len() > limit as usize;
            guests.truncate(limit as usize);
            Ok(Page {
                next: guests.last().filter(|_| more).map(|it| it.number),
                guests: guests.into_iter().map(One::from).collect(),
            })
        }
    }
}

/// Those of the filter whom the words find. A page is short if others are found whom the filter does not let in.
async fn found(
    api: &Api,
    org: OrgId,
    words: &str,
    filter: Segment,
    (after, limit): (CustomerId, u32),
) -> Result<Page, Problem> {
    if words.chars().count() > NAME_CHARS {
        let most = NAME_CHARS;
        return Err(Problem::unreadable(Why::TextTooLong { most }.at("query")));
    }
    let region = api.organisations.organisation_by_id(org).await?.settings.phone_region;
    let mut found = api.store.find_guests(org, words, region, after, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|(id, _)| *id);
    if found.is_empty() {
        let guests = Vec::new();
        return Ok(Page { guests, next });
    }
    let named = found.into_iter().map(|(_, customer)| customer).collect();
    let those = Segment::Leaf(Leaf::Customers(Box::new(Customers(named))));
    let filter = Segment::All(vec![those, filter]);
    let guests = api.store.export_page(org, &filter, api.now(), after, limit).await?;
    Ok(Page {
        guests: guests.into_iter().map(One::from).collect(),
        next,
    })
}
