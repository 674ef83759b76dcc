//! `GET /v1/guests/{customer_id}/orders`: what a guest has ordered, the latest first.

use super::known;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape;
use crate::v1::page::page_size;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{Money, Timestamp};
use bellhop_store::guests::{GuestOrder, GuestOrderItem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which orders of a guest, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those in this status.
    #[param(schema_with = shape::order_status)]
    status: Option<OrderStatus>,
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestOrders)]
pub(crate) struct Page {
    orders: Vec<One>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestOrder)]
struct One {
    /// The brand's own id.
    order_id: String,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    #[schema(schema_with = shape::order_status)]
    status: OrderStatus,
    #[schema(schema_with = shape::money)]
    total: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    restaurant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promo: Option<String>,
    /// What the guest has given it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stars: Option<i64>,
    items: Vec<Item>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestOrderItem)]
struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    dish: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    quantity: i64,
    /// Of one piece.
    #[schema(schema_with = shape::money)]
    price: Money,
}

impl From<GuestOrderItem> for Item {
    fn from(it: GuestOrderItem) -> Self {
        Self {
            dish: it.dish,
            category: it.category,
            quantity: it.quantity,
            price: it.price,
        }
    }
}

impl From<GuestOrder> for One {
    fn from(it: GuestOrder) -> Self {
        Self {
            order_id: it.external_id,
            placed_at: it.placed_at,
            status: it.status,
            total: it.total,
            restaurant: it.restaurant,
            delivery: it.delivery,
            source: it.source,
            promo: it.promo,
            stars: it.stars,
            items: it.items.into_iter().map(Item::from).collect(),
        }
    }
}

pub(crate) async fn orders(api: Api, allowed: Allowed<(), String>) -> Result<Page, Problem> {
    let (caller, customer, (), asked) = allowed.into_asked();
    let query: Which = asked.query()?;
    let limit = page_size(query.limit)?;
    let id = known(&api, &caller, &customer).await?;
    // One more than asked for tells whether there is another page.
    let mut found = api
        .store
        .orders_of_guest(caller.org, id, query.status, query.cursor, limit + 1)
        .await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Page {
        next: found.last().filter(|_| more).map(|it| it.number),
        orders: found.into_iter().map(One::from).collect(),
    })
}
