//! Orders as a file has them: what is exported here can be imported elsewhere.

use super::Part;
use super::cells::{Cell, Look, text};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{Money, OrgId, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) const HEADINGS: [&str; 10] = [
    "order_id",
    "customer_id",
    "placed_at",
    "total",
    "restaurant",
    "status",
    "delivery",
    "source",
    "promo",
    "items",
];

/// The orders of a time after a place, in the order of their times.
pub(super) async fn part(
    session: &mut Session,
    org: OrgId,
    look: &Look,
    (from, until): (Timestamp, Timestamp),
    (after, last): (i64, i64),
    most: u32,
) -> Result<Part> {
    let text = format!(
        "SELECT o.id, o.external_id, c.external_id AS customer, o.placed_at, o.total, r.name AS restaurant, o.status,
                o.delivery, o.source, o.promo
         FROM orders o LEFT JOIN customers c ON c.id = o.customer_id LEFT JOIN restaurants r ON r.id = o.restaurant_id
         WHERE o.org_id = $1 AND o.placed_at >= $2 AND o.placed_at < $3 AND (o.placed_at > $2 OR o.id > $4)
         ORDER BY o.placed_at, o.id LIMIT {most}"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(after.max(from.0))
        .int(until.0)
        .int(if after < from.0 { 0 } else { last });
    let rows = session.fetch(statement).await?;
    let ids = rows
        .iter()
        .map(|row| row.columns().int("id"))
        .collect::<Result<Vec<_>>>()?;
    let mut items = items(session, &ids, look).await?;
    let mut cells = Vec::with_capacity(rows.len());
    for (row, id) in rows.iter().zip(&ids) {
        cells.push(order(row, look, items.remove(id))?);
    }
    let next = rows.last().filter(|_| rows.len() == most as usize);
    let next = next.map(|row| Ok::<_, crate::StoreError>((row.columns().int("placed_at")?, row.columns().int("id")?)));
    Ok(Part {
        rows: cells,
        next: next.transpose()?,
    })
}

fn order(row: &crate::sql::Row, look: &Look, items: Option<Vec<Value>>) -> Result<Vec<Cell>> {
    let c = row.columns();
    let items = items.map(|items| Value::from(items).to_string());
    let status = c.code("status", "order status", OrderStatus::from_code)?;
    Ok(vec![
        Cell::Text(c.text("external_id")?),
        text(c.opt_text("customer")?.as_ref()),
        look.instant(Timestamp(c.int("placed_at")?)),
        look.money(Some(Money(c.int("total")?))),
        text(c.opt_text("restaurant")?.as_ref()),
        Cell::Text(status.name().to_owned()),
        text(c.opt_text("delivery")?.as_ref()),
        text(c.opt_text("source")?.as_ref()),
        text(c.opt_text("promo")?.as_ref()),
        text(items.as_ref()),
    ])
}

/// What was in these orders, in the form of an import's column.
async fn items(session: &mut Session, ids: &[i64], look: &Look) -> Result<HashMap<i64, Vec<Value>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let text = "SELECT i.order_id, d.name AS dish, g.name AS category, i.quantity, i.price
        FROM {rows} JOIN order_items i ON i.order_id = r.id
        LEFT JOIN dishes d ON d.id = i.dish_id LEFT JOIN categories g ON g.id = i.category_id
        ORDER BY i.order_id, i.position";
    let table = Table::default().ints("id", ids.iter().copied());
    let mut all: HashMap<i64, Vec<Value>> = HashMap::new();
    for row in session.fetch(sql(text).rows(table)).await? {
        let c = row.columns();
        let (Cell::Text(price) | Cell::Number(price)) = look.money(Some(Money(c.int("price")?)));
        let mut item = json!({ "quantity": c.int("quantity")?, "price": price });
        for name in ["dish", "category"] {
            if let Some(text) = c.opt_text(name)? {
                item[name] = Value::from(text);
            }
        }
        all.entry(c.int("order_id")?).or_default().push(item);
    }
    Ok(all)
}
