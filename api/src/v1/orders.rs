//! `POST /v1/orders`: orders as they happen, once or at every change of their status.

use super::text::name;
use crate::Api;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::{Request, State};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::{Money, Phone, Timestamp};
use bellhop_store::guests::{LiveOrder, MAX_ITEMS, MAX_TOTAL, OrderItem, Scope, Written};
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

/// The largest body: some ten thousand orders.
const BODY_BYTES: usize = 8 << 20;

pub(crate) async fn post(State(api): State<Api>, request: Request) -> Result<Json<Written>, Problem> {
    let admitted = api.admit::<Orders>(request, Scope::Orders, BODY_BYTES).await?;
    let (caller, body) = (admitted.caller, admitted.body);
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

/// What is wrong with one key of an order.
type KeyFault = (String, String);

fn at(key: &str) -> impl FnOnce(String) -> KeyFault + '_ {
    move |problem| (key.to_owned(), problem)
}

fn read(order: Order, region: Region) -> Result<LiveOrder, KeyFault> {
    let external_id = name(Some(order.order_id))
        .map_err(at("order_id"))?
        .ok_or_else(|| at("order_id")("is empty; send the order's own id, so that repeats are known".into()))?;
    amount(order.total).map_err(at("total"))?;
    let customer = name(order.customer_id).map_err(at("customer_id"))?;
    let phone = order.phone.filter(|text| !text.trim().is_empty());
    if customer.is_none() && phone.is_none() {
        return Err(at("customer_id")(
            "is absent, and so is phone; one of them says whose order it is".into(),
        ));
    }
    let phone = phone
        .map(|text| Phone::parse(&text, region))
        .transpose()
        .map_err(|e| at("phone")(e.to_string()))?;
    Ok(LiveOrder {
        external_id,
        customer,
        phone,
        restaurant: name(order.restaurant).map_err(at("restaurant"))?,
        placed_at: order.placed_at,
        status: order.status,
        total: order.total,
        delivery: name(order.delivery).map_err(at("delivery"))?,
        source: name(order.source).map_err(at("source"))?,
        promo: name(order.promo).map_err(at("promo"))?,
        items: order.items.map(items).transpose()?,
    })
}

fn items(items: Vec<Item>) -> Result<Vec<OrderItem>, KeyFault> {
    if items.len() > MAX_ITEMS {
        return Err(at("items")(format!("has more than {MAX_ITEMS} items; split the order")));
    }
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(i, it)| item(it).map_err(|(key, problem)| (format!("items[{i}].{key}"), problem)))
        .collect()
}

fn item(item: Item) -> Result<OrderItem, KeyFault> {
    if item.quantity < 1 {
        return Err(at("quantity")("is less than 1; leave out what was not ordered".into()));
    }
    amount(item.price).map_err(at("price"))?;
    Ok(OrderItem {
        dish: name(item.dish).map_err(at("dish"))?,
        category: name(item.category).map_err(at("category"))?,
        quantity: item.quantity,
        price: item.price,
    })
}

fn amount(money: Money) -> Result<(), String> {
    if money < Money(0) {
        return Err("is negative; a refund is the status cancelled".into());
    }
    if money > MAX_TOTAL {
        return Err(format!("is more than {MAX_TOTAL}; correct it"));
    }
    Ok(())
}
