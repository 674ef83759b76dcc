//! `GET /v1/guests/{customer_id}`: everything that is known of a guest.

use super::known;
use super::tags::{Tag, tags};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use bellhop_domain::consent::{Word, WordSource};
use bellhop_domain::{Channel, Money, Purpose, Timestamp};
use bellhop_store::consent::Said;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Guest)]
pub(crate) struct Guest {
    /// The brand's own id.
    customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    /// The guest's own, else their home restaurant's, else the organisation's.
    timezone: String,
    /// Whether the mark stands on this card, or on one that shares a phone with it.
    blacklisted: bool,
    /// Channels on which marketing may go to them.
    #[schema(schema_with = shape::channels)]
    consents: Vec<Channel>,
    /// Channels on which they have switched notifications off.
    #[schema(schema_with = shape::channels)]
    silenced: Vec<Channel>,
    /// The address in use on each channel that reaches them.
    addresses: Vec<Address>,
    /// Orders that count, and what they brought.
    orders: u64,
    #[schema(schema_with = shape::money)]
    revenue: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_order_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_order_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_dish: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_restaurant: Option<String>,
    /// By name.
    tags: Vec<Tag>,
    attributes: BTreeMap<String, String>,
    /// Every word that they, or others for them, have said about marketing and notifications, in its order.
    words: Vec<Spoken>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestAddress)]
struct Address {
    /// The kind of address.
    kind: &'static str,
    address: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SpokenWord)]
struct Spoken {
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(value_type = String)]
    word: Word,
    #[schema(schema_with = shape::spoken_of)]
    purpose: Purpose,
    /// All that there were if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = shape::channel)]
    channel: Option<Channel>,
    /// Who said it.
    #[schema(value_type = String)]
    source: WordSource,
    /// Where it comes from.
    how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_version: Option<String>,
    /// The address that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl From<Said> for Spoken {
    fn from(it: Said) -> Self {
        Self {
            at: it.at,
            word: it.word,
            purpose: it.purpose,
            channel: it.channel,
            source: it.source,
            how: it.how,
            text_version: it.text_version,
            address: it.address,
        }
    }
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), String>) -> Result<Guest, Problem> {
    let (caller, customer, ()) = allowed.into_all();
    let (store, org) = (api.store.as_ref(), caller.org);
    let id = known(&api, &caller, &customer).await?;
    let (guest, facts) = (store.guest(org, id).await?, store.facts(org, id).await?);
    let addresses = facts.addresses.into_iter().map(|(kind, address)| Address {
        kind: kind.name(),
        address,
    });
    let words = store.words_of_customer(org, &customer).await?;
    Ok(Guest {
        customer: guest.external_id,
        name: guest.name,
        locale: guest.locale,
        timezone: guest.timezone,
        blacklisted: facts.blacklisted,
        consents: facts.consents,
        silenced: facts.silenced,
        addresses: addresses.collect(),
        orders: facts.orders,
        revenue: facts.revenue,
        first_order_at: facts.first_at,
        last_order_at: facts.last_at,
        last_dish: guest.last_dish,
        home_restaurant: facts.home_restaurant,
        tags: tags(&api, org, id).await?,
        attributes: guest.attributes,
        words: words.into_iter().map(Spoken::from).collect(),
    })
}
