//! Events of orders: reports about orders, which go the way of all such reports. What the outbox tells is what they changed.

use super::fresh::{Concerned, Fresh};
use crate::Result;
use crate::base::happened::Event;
use crate::guests::order_rows::write_orders;
use crate::guests::tag_marks::Heard;
use crate::guests::{LiveOrder, Names, OrderItem, order_events};
use crate::sql::{PerDialect, Session, sql};
use bellhop_domain::event::{Told, became_at, instant_of, money_of, text_of, value_of};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{Money, OrgId, Timestamp};
use serde_json::{Map, Value};
use std::collections::HashSet;

static NO_NEWS: PerDialect = PerDialect::new(|dialect| {
    let numbers = crate::guests::settle::ids_of(dialect, "$1");
    format!("UPDATE events SET is_news = FALSE WHERE number IN ({numbers})")
});

pub(super) async fn write(
    tx: &mut Session,
    org: OrgId,
    fresh: &[Fresh<'_>],
    concerned: &mut Concerned,
    names: &mut Names,
    now: Timestamp,
) -> Result<Vec<Event>> {
    let reports: Vec<(&Fresh<'_>, LiveOrder)> = fresh
        .iter()
        .filter_map(|it| Some((it, order(it.told, it.told.kind.order_status()?, now))))
        .collect();
    if reports.is_empty() {
        return Ok(Vec::new());
    }
    let (fresh, orders): (Vec<_>, Vec<_>) = reports.into_iter().unzip();
    let done = write_orders(tx, org, &orders, names, Heard::live(now)).await?;
    concerned.touched.extend(&done.touched);
    concerned.tagged.extend(done.tagged.clone());
    let mut events = order_events::of_changes(tx, org, &orders, &done).await?;
    for (event, became) in events.iter_mut().zip(&done.became) {
        let (told, order) = (fresh[became.report], &orders[became.report]);
        event.number = told.number;
        let by_itself = || became_at(order.status, became.is_new, order.placed_at, now);
        event.at = told.told.at.map_or_else(by_itself, |at| at.min(now));
    }
    let news: HashSet<i64> = events.iter().map(|it| it.number).collect();
    let old: Vec<i64> = fresh
        .iter()
        .map(|it| it.number)
        .filter(|it| !news.contains(it))
        .collect();
    if !old.is_empty() {
        let numbers = Value::from(old).to_string();
        tx.execute(sql(NO_NEWS.of(tx.dialect())).text(numbers.as_str())).await?;
    }
    Ok(events)
}

/// The order that an event reports. Its data was checked by the schema.
fn order(told: &Told, status: OrderStatus, now: Timestamp) -> LiveOrder {
    let text = |name: &str| text_of(&told.data, &format!("order.{name}"));
    let items = value_of(&told.data, "order.items").and_then(Value::as_array);
    LiveOrder {
        external_id: text("number").unwrap_or_default(),
        customer: told.customer.clone(),
        phone: told.phone.clone(),
        restaurant: text("restaurant"),
        placed_at: instant_of(&told.data, "order.placed_at").unwrap_or(now),
        status,
        total: money_of(&told.data, "order.total").unwrap_or_default(),
        delivery: text("delivery"),
        source: text("source"),
        promo: text("promo"),
        items: items.map(|all| all.iter().filter_map(Value::as_object).map(item).collect()),
    }
}

fn item(data: &Map<String, Value>) -> OrderItem {
    OrderItem {
        dish: text_of(data, "dish"),
        category: text_of(data, "category"),
        quantity: data.get("quantity").and_then(Value::as_i64).unwrap_or(1),
        price: money_of(data, "price").unwrap_or(Money(0)),
    }
}
