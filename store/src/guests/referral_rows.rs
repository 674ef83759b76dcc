//! First orders of guests who came by an invitation.

use super::names::{json_texts, texts_of};
use crate::Result;
use crate::base::happened::{self, Event};
use crate::sql::{Columns, PerDialect, Session, Table, sql};
use bellhop_domain::event::{EventKind, money, text_of};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Of the orders `$1`: those that are the first of a guest who was invited, and of whose order the inviter knows nothing yet.
static FIRST: PerDialect = PerDialect::new(|dialect| {
    let cancelled = OrderStatus::Cancelled.code();
    format!(
        "SELECT f.customer_id, f.inviter_id, f.code, c.external_id AS newcomer, c.name, o.id, o.external_id, o.total
        FROM orders o JOIN referrals f ON f.customer_id = o.customer_id JOIN customers c ON c.id = o.customer_id
        WHERE o.org_id = $2 AND o.external_id IN ({}) AND f.order_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM orders e WHERE e.customer_id = o.customer_id AND e.placed_at < o.placed_at
                AND e.status <> {cancelled})
        ORDER BY f.customer_id, o.id",
        texts_of(dialect, "$1")
    )
});

/// The orders of which events say that they are delivered, and when they were.
pub(crate) fn delivered(events: &[Event]) -> BTreeMap<String, Timestamp> {
    let delivered = events.iter().filter(|it| it.kind == EventKind::OrderDelivered);
    delivered
        .filter_map(|it| Some((text_of(&it.data, "order.number")?, it.at)))
        .collect()
}

/// An event of the inviter for each of these delivered orders that is the first of an invited guest; once each.
pub(crate) async fn first_orders(
    tx: &mut Session,
    org: OrgId,
    delivered: &BTreeMap<String, Timestamp>,
    now: Timestamp,
) -> Result<Vec<Event>> {
    if delivered.is_empty() {
        return Ok(Vec::new());
    }
    let ids = json_texts(delivered.keys());
    let statement = sql(FIRST.of(tx.dialect())).text(ids.as_str()).int(i64::from(org.0));
    let rows = tx.fetch(statement).await?;
    let mut firsts: BTreeMap<i64, (i64, Event)> = BTreeMap::new();
    for row in &rows {
        let c = row.columns();
        let told = delivered.get(&c.text("external_id")?).copied().unwrap_or(now);
        let event = event(&c, told)?;
        firsts.entry(c.int("customer_id")?).or_insert((c.int("id")?, event));
    }
    claim(tx, firsts).await
}

/// Notes of which order the inviters are told, and numbers the events.
async fn claim(tx: &mut Session, mut firsts: BTreeMap<i64, (i64, Event)>) -> Result<Vec<Event>> {
    if firsts.is_empty() {
        return Ok(Vec::new());
    }
    let text = "UPDATE referrals SET order_id = r.number FROM {rows}
                WHERE referrals.customer_id = r.customer AND referrals.order_id IS NULL RETURNING referrals.customer_id";
    let table = Table::default()
        .ints("customer", firsts.keys().copied())
        .ints("number", firsts.values().map(|(order, _)| *order));
    let rows = tx.fetch(sql(text).rows(table)).await?;
    let numbers = happened::draw(tx, rows.len()).await?;
    let mut events = Vec::with_capacity(rows.len());
    for (row, number) in rows.iter().zip(numbers) {
        let customer = row.columns().int("customer_id")?;
        events.extend(firsts.remove(&customer).map(|(_, event)| Event { number, ..event }));
    }
    Ok(events)
}

fn event(c: &Columns<'_>, at: Timestamp) -> Result<Event> {
    let mut newcomer = Map::from_iter([("customer_id".to_owned(), json!(c.text("newcomer")?))]);
    for name in ["name", "code"] {
        if let Some(said) = c.opt_text(name)? {
            newcomer.insert(name.to_owned(), json!(said));
        }
    }
    let total = money(Money(c.int("total")?));
    let order = json!({"number": c.text("external_id")?, "total": total});
    Ok(Event {
        number: 0,
        kind: EventKind::ReferralOrdered,
        name: None,
        customer: CustomerId(c.int("inviter_id")?),
        at,
        data: Map::from_iter([
            ("referral".to_owned(), Value::Object(newcomer)),
            ("order".to_owned(), order),
        ]),
    })
}
