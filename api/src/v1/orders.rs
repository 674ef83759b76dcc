//! `POST /v1/orders`: orders as they happen, once or at every change of their status.

use crate::Api;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderMap;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::{Money, Phone, Timestamp};
use bellhop_store::guests::{LiveOrder, OrderItem, Scope, Written};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Orders {
    orders: Vec<Order>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    order_id: String,
    /// The brand's own id of the guest. It or `phone` is required.
    customer_id: Option<String>,
    phone: Option<String>,
    placed_at: Timestamp,
    total: Money,
    restaurant: Option<String>,
    #[serde(default)]
    status: OrderStatus,
    delivery: Option<String>,
    source: Option<String>,
    promo: Option<String>,
    items: Option<Vec<Item>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    dish: Option<String>,
    category: Option<String>,
    #[serde(default = "one")]
    quantity: i64,
    price: Money,
}

fn one() -> i64 {
    1
}

pub(crate) async fn post(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<Json<Orders>, JsonRejection>,
) -> Result<Json<Written>, Problem> {
    let caller = api.caller(&headers, Scope::Orders).await?;
    let Json(body) = body?;
    let region = api.guests.organisation_by_id(caller.org).await?.settings.phone_region;
    let mut faults = Vec::new();
    let mut orders = Vec::with_capacity(body.orders.len());
    for (i, order) in body.orders.into_iter().enumerate() {
        match read(order, region) {
            Ok(order) => orders.push(order),
            Err((key, problem)) => faults.push(Fault::new(format!("orders[{i}].{key}"), problem)),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    Ok(Json(api.guests.put_orders(caller.org, &orders, api.now()).await?))
}

fn read(order: Order, region: Region) -> Result<LiveOrder, (&'static str, String)> {
    if order.order_id.trim().is_empty() {
        return Err((
            "order_id",
            "is empty; send the order's own id, so that repeats are known".into(),
        ));
    }
    if order.total < Money(0) {
        return Err(("total", "is negative; a refund is the status cancelled".into()));
    }
    let customer = order.customer_id.filter(|id| !id.trim().is_empty());
    let phone = order.phone.filter(|text| !text.trim().is_empty());
    if customer.is_none() && phone.is_none() {
        return Err((
            "customer_id",
            "is absent, and so is phone; one of them says whose order it is".into(),
        ));
    }
    let phone = phone
        .map(|text| Phone::parse(&text, region))
        .transpose()
        .map_err(|e| ("phone", e.to_string()))?;
    let items = order.items.map(|items| items.into_iter().map(item).collect());
    Ok(LiveOrder {
        external_id: order.order_id,
        customer,
        phone,
        restaurant: order.restaurant,
        placed_at: order.placed_at,
        status: order.status,
        total: order.total,
        delivery: order.delivery,
        source: order.source,
        promo: order.promo,
        items,
    })
}

fn item(item: Item) -> OrderItem {
    OrderItem {
        dish: item.dish,
        category: item.category,
        quantity: item.quantity,
        price: item.price,
    }
}
