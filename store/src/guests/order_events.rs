//! What orders have become, as events: made in the transaction that writes the orders, once for each change of a status,
//! whatever is told again. An import makes none.

use super::names::{json_texts, texts_of};
use super::order_rows::OrdersWritten;
use super::{LiveOrder, referral_rows};
use crate::Result;
use crate::base::happened::{self, Event};
use crate::sql::{Columns, PerDialect, Session, sql};
use bellhop_domain::event::{EventKind, became_at, money};
use bellhop_domain::{Money, OrgId, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

static ORDERS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT o.external_id, o.placed_at, o.total, o.delivery, o.source, o.promo, r.name AS restaurant
        FROM orders o LEFT JOIN restaurants r ON r.id = o.restaurant_id
        WHERE o.org_id = $2 AND o.external_id IN ({})",
        texts_of(dialect, "$1")
    )
});
static ITEMS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT o.external_id, d.name AS dish, c.name AS category, i.quantity, i.price
        FROM orders o JOIN order_items i ON i.order_id = o.id
        LEFT JOIN dishes d ON d.id = i.dish_id LEFT JOIN categories c ON c.id = i.category_id
        WHERE o.org_id = $2 AND o.external_id IN ({}) ORDER BY i.order_id, i.position",
        texts_of(dialect, "$1")
    )
});

/// Makes the events of orders that are written, and has the outbox tell of them.
pub(super) async fn make(
    tx: &mut Session,
    org: OrgId,
    orders: &[LiveOrder],
    done: &OrdersWritten,
    now: Timestamp,
) -> Result<()> {
    if done.became.is_empty() {
        return Ok(());
    }
    let mut events = of_changes(tx, org, orders, done).await?;
    let numbers = happened::draw(tx, events.len()).await?;
    for ((event, became), number) in events.iter_mut().zip(&done.became).zip(numbers) {
        let order = &orders[became.report];
        event.number = number;
        event.at = became_at(order.status, became.is_new, order.placed_at, now);
    }
    // Before others draw numbers: SQLite counts on from the rows that there are.
    happened::keep_made(tx, org, &events, now).await?;
    let delivered = referral_rows::delivered(&events);
    let of_inviters = referral_rows::first_orders(tx, org, &delivered, now).await?;
    happened::keep_made(tx, org, &of_inviters, now).await?;
    events.extend(of_inviters);
    happened::tell(tx, org, events, now).await
}

/// An event for each change of a status, in the order of the reports, with the whole order as it is now. Numbers and instants
/// are the caller's to give.
pub(crate) async fn of_changes(
    tx: &mut Session,
    org: OrgId,
    orders: &[LiveOrder],
    done: &OrdersWritten,
) -> Result<Vec<Event>> {
    let ids: BTreeSet<&String> = done.became.iter().map(|it| &orders[it.report].external_id).collect();
    let whole = whole(tx, org, &ids).await?;
    let event = |became: &super::order_rows::Became| {
        let order = &orders[became.report];
        Event {
            number: 0,
            kind: EventKind::of_order(order.status),
            name: None,
            customer: done.customers[became.report],
            at: order.placed_at,
            data: whole.get(&order.external_id).cloned().unwrap_or_default(),
        }
    };
    Ok(done.became.iter().map(event).collect())
}

/// Orders as events have them, by their ids.
async fn whole(tx: &mut Session, org: OrgId, ids: &BTreeSet<&String>) -> Result<HashMap<String, Map<String, Value>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let texts = json_texts(ids.iter().copied());
    let own = i64::from(org.0);
    let statement = sql(ITEMS.of(tx.dialect())).text(texts.as_str()).int(own);
    let mut items: HashMap<String, Vec<Value>> = HashMap::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        items.entry(c.text("external_id")?).or_default().push(item(&c)?);
    }
    let statement = sql(ORDERS.of(tx.dialect())).text(texts.as_str()).int(own);
    let mut all = HashMap::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let id = c.text("external_id")?;
        let order = order(&c, &id, items.remove(&id))?;
        all.insert(id, Map::from_iter([("order".to_owned(), Value::Object(order))]));
    }
    Ok(all)
}

fn order(c: &Columns<'_>, id: &str, items: Option<Vec<Value>>) -> Result<Map<String, Value>> {
    let mut order = Map::new();
    order.insert("number".to_owned(), json!(id));
    order.insert("placed_at".to_owned(), json!(Timestamp(c.int("placed_at")?)));
    order.insert("total".to_owned(), json!(money(Money(c.int("total")?))));
    for name in ["restaurant", "delivery", "source", "promo"] {
        if let Some(said) = c.opt_text(name)? {
            order.insert(name.to_owned(), json!(said));
        }
    }
    if let Some(items) = items {
        order.insert("items".to_owned(), Value::Array(items));
    }
    Ok(order)
}

fn item(c: &Columns<'_>) -> Result<Value> {
    let mut item = Map::new();
    for name in ["dish", "category"] {
        if let Some(said) = c.opt_text(name)? {
            item.insert(name.to_owned(), json!(said));
        }
    }
    item.insert("quantity".to_owned(), json!(c.int("quantity")?));
    item.insert("price".to_owned(), json!(money(Money(c.int("price")?))));
    Ok(Value::Object(item))
}
