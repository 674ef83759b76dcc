//! `POST /v1/orders`: orders as they happen, once or at every change of their status.

use super::text::name;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::shape::{money, order_status};
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::{Money, Phone, Timestamp};
use bellhop_store::guests::{LiveOrder, MAX_ITEMS, MAX_TOTAL, OrderItem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Orders {
    orders: Vec<Order>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    order_id: String,
    /// The brand's own id of the guest. Either this or `phone` is required.
    customer_id: Option<String>,
    phone: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
    #[schema(schema_with = money)]
    total: Money,
    restaurant: Option<String>,
    #[serde(default)]
    #[schema(schema_with = order_status)]
    status: OrderStatus,
    delivery: Option<String>,
    source: Option<String>,
    promo: Option<String>,
    items: Option<Vec<Item>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    dish: Option<String>,
    category: Option<String>,
    #[serde(default = "one")]
    quantity: i64,
    #[schema(schema_with = money)]
    price: Money,
}

fn one() -> i64 {
    1
}

/// What became of the orders in a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Written)]
pub(crate) struct Answer {
    created: u64,
    updated: u64,
    /// Orders that said nothing new.
    unchanged: u64,
    /// Guests who became known by an order.
    customers_created: u64,
}

pub(crate) async fn post(api: Api, allowed: Allowed<Orders>) -> Result<Answer, Problem> {
    let (caller, body) = allowed.into_parts();
    let region = api
        .organisations
        .organisation_by_id(caller.org)
        .await?
        .settings
        .phone_region;
    let mut faults = Vec::new();
    let mut orders = Vec::with_capacity(body.orders.len());
    for (i, order) in body.orders.into_iter().enumerate() {
        match read(order, region) {
            Ok(order) => orders.push(order),
            Err(fault) => faults.push(within(&format!("orders[{i}]"), fault)),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    let written = api.guests.put_orders(caller.org, &orders, api.now()).await?;
    Ok(Answer {
        created: written.created,
        updated: written.updated,
        unchanged: written.unchanged,
        customers_created: written.customers_created,
    })
}

/// A fault of a part, with its place extended to the whole.
fn within(whole: &str, part: Fault) -> Fault {
    part.why.at(format!("{whole}.{}", part.place))
}

fn at(key: &str) -> impl FnOnce(Why) -> Fault + '_ {
    move |why| why.at(key)
}

fn read(order: Order, region: Region) -> Result<LiveOrder, Fault> {
    let external_id = name(Some(order.order_id)).map_err(at("order_id"))?;
    let external_id = external_id.ok_or_else(|| Why::OrderIdEmpty.at("order_id"))?;
    amount(order.total).map_err(at("total"))?;
    let customer = name(order.customer_id).map_err(at("customer_id"))?;
    let phone = order.phone.filter(|text| !text.trim().is_empty());
    if customer.is_none() && phone.is_none() {
        return Err(Why::OrderOfNobody.at("customer_id"));
    }
    let phone = phone.map(|text| Phone::parse(&text, region)).transpose();
    let phone = phone.map_err(|e| e.why().at("phone"))?;
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

fn items(items: Vec<Item>) -> Result<Vec<OrderItem>, Fault> {
    if items.len() > MAX_ITEMS {
        return Err(Why::OrderTooManyItems { most: MAX_ITEMS }.at("items"));
    }
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(i, it)| item(it).map_err(|fault| within(&format!("items[{i}]"), fault)))
        .collect()
}

fn item(item: Item) -> Result<OrderItem, Fault> {
    if item.quantity < 1 {
        return Err(Why::QuantityBelowOne.at("quantity"));
    }
    amount(item.price).map_err(at("price"))?;
    Ok(OrderItem {
        dish: name(item.dish).map_err(at("dish"))?,
        category: name(item.category).map_err(at("category"))?,
        quantity: item.quantity,
        price: item.price,
    })
}

fn amount(money: Money) -> Result<(), Why> {
    if money < Money(0) {
        return Err(Why::AmountNegative);
    }
    if money > MAX_TOTAL {
        let most = MAX_TOTAL.to_string();
        return Err(Why::AmountTooLarge { most });
    }
    Ok(())
}
