//! A guest's orders, a page at a time.

use super::settle::{ids_of, json_ids};
use crate::Result;
use crate::db::Db;
use crate::sql::{PerDialect, Row, Session, sql};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};

/// An order as its guest's card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestOrder {
    /// The number that it has here.
    pub number: i64,
    /// The brand's own id.
    pub external_id: String,
    pub placed_at: Timestamp,
    pub status: OrderStatus,
    pub total: Money,
    pub restaurant: Option<String>,
    pub delivery: Option<String>,
    pub source: Option<String>,
    pub promo: Option<String>,
    /// What the guest has given it.
    pub stars: Option<i64>,
    pub items: Vec<GuestOrderItem>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestOrderItem {
    pub dish: Option<String>,
    pub category: Option<String>,
    pub quantity: i64,
    /// Of one piece.
    pub price: Money,
}

static ITEMS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT i.order_id, d.name AS dish, k.name AS category, i.quantity, i.price FROM order_items i
        LEFT JOIN dishes d ON d.id = i.dish_id LEFT JOIN categories k ON k.id = i.category_id
        WHERE i.order_id IN ({}) ORDER BY i.order_id, i.position",
        ids_of(dialect, "$1")
    )
});

pub(super) async fn page(
    db: &Db,
    (org, customer): (OrgId, CustomerId),
    status: Option<OrderStatus>,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<GuestOrder>> {
    let mut session = Session::read(db).await?;
    let of_status = status.map(|status| format!("AND o.status = {}", status.code()));
    let behind = after.map(
        |_| "AND (o.placed_at, o.id) < (SELECT l.placed_at, l.id FROM orders l WHERE l.id = $3 AND l.customer_id = $2)",
    );
    let text = format!(
        "SELECT o.id, o.external_id, o.placed_at, o.status, o.total, o.delivery, o.source, o.promo, r.name AS restaurant,
                v.stars
         FROM orders o LEFT JOIN restaurants r ON r.id = o.restaurant_id
         LEFT JOIN reviews v ON v.org_id = o.org_id AND v.order_external_id = o.external_id
         WHERE o.org_id = $1 AND o.customer_id = $2 {} {}
         ORDER BY o.placed_at DESC, o.id DESC LIMIT {limit}",
        of_status.unwrap_or_default(),
        behind.unwrap_or_default()
    );
    let statement = sql(text).int(i64::from(org.0)).int(customer.0);
    let statement = match after {
        Some(after) => statement.int(after),
        None => statement,
    };
    let rows = session.fetch(statement).await?;
    let mut orders = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    fill(&mut session, &mut orders).await?;
    Ok(orders)
}

fn read(row: &Row) -> Result<GuestOrder> {
    let c = row.columns();
    Ok(GuestOrder {
        number: c.int("id")?,
        external_id: c.text("external_id")?,
        placed_at: Timestamp(c.int("placed_at")?),
        status: c.code("status", "order status", OrderStatus::from_code)?,
        total: Money(c.int("total")?),
        restaurant: c.opt_text("restaurant")?,
        delivery: c.opt_text("delivery")?,
        source: c.opt_text("source")?,
        promo: c.opt_text("promo")?,
        stars: c.opt_int("stars")?,
        items: Vec::new(),
    })
}

async fn fill(session: &mut Session, orders: &mut [GuestOrder]) -> Result<()> {
    let ids = json_ids(orders.iter().map(|order| order.number));
    let statement = sql(ITEMS.of(session.dialect())).text(ids.as_str());
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let number = c.int("order_id")?;
        let item = GuestOrderItem {
            dish: c.opt_text("dish")?,
            category: c.opt_text("category")?,
            quantity: c.int("quantity")?,
            price: Money(c.int("price")?),
        };
        if let Some(order) = orders.iter_mut().find(|order| order.number == number) {
            order.items.push(item);
        }
    }
    Ok(())
}
