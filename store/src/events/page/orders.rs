//! A guest's orders as their page lists them.

use crate::Result;
use crate::guests::settle::{ids_of, json_ids};
use crate::sql::{Columns, PerDialect, Row, Session, sql};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOrder {
    /// The number that it has here.
    pub number: i64,
    /// The brand's own id.
    pub external_id: String,
    pub placed_at: Timestamp,
    pub status: OrderStatus,
    pub total: Money,
    pub restaurant: Option<String>,
    pub items: Vec<PageItem>,
    /// What the guest has given it.
    pub stars: Option<i64>,
}

/// A dish of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageItem {
    pub dish: String,
    pub pieces: i64,
}

const COLUMNS: &str = "SELECT o.id, o.external_id, o.placed_at, o.status, o.total, r.name AS restaurant, v.stars
    FROM orders o LEFT JOIN restaurants r ON r.id = o.restaurant_id
    LEFT JOIN reviews v ON v.org_id = o.org_id AND v.order_external_id = o.external_id
    WHERE o.org_id = $1 AND o.customer_id = $2";

static ITEMS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT i.order_id, d.name, i.quantity FROM order_items i JOIN dishes d ON d.id = i.dish_id
        WHERE i.order_id IN ({}) ORDER BY i.order_id, i.position",
        ids_of(dialect, "$1")
    )
});

pub(super) async fn latest(
    session: &mut Session,
    org: OrgId,
    customer: CustomerId,
    most: u32,
) -> Result<Vec<PageOrder>> {
    let text = format!("{COLUMNS} ORDER BY o.placed_at DESC, o.id DESC LIMIT $3");
    let statement = sql(text).int(i64::from(org.0)).int(customer.0).int(i64::from(most));
    let rows = session.fetch(statement).await?;
    let mut orders = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    fill(session, &mut orders).await?;
    Ok(orders)
}

pub(super) async fn to_rate(
    session: &mut Session,
    org: OrgId,
    customer: CustomerId,
    order: Option<i64>,
) -> Result<Option<PageOrder>> {
    let delivered = OrderStatus::Delivered.code();
    let (which, number) = match order {
        Some(number) => ("o.id = $3", number),
        None => ("o.status = $3 AND v.stars IS NULL", i64::from(delivered)),
    };
    let text = format!("{COLUMNS} AND {which} ORDER BY o.placed_at DESC, o.id DESC LIMIT 1");
    let statement = sql(text).int(i64::from(org.0)).int(customer.0).int(number);
    let Some(row) = session.first(statement).await? else {
        return Ok(None);
    };
    let mut orders = [read(&row)?];
    fill(session, &mut orders).await?;
    let [order] = orders;
    Ok(Some(order).filter(|order| order.status == OrderStatus::Delivered))
}

fn read(row: &Row) -> Result<PageOrder> {
    let c: Columns<'_> = row.columns();
    Ok(PageOrder {
        number: c.int("id")?,
        external_id: c.text("external_id")?,
        placed_at: Timestamp(c.int("placed_at")?),
        status: c.code("status", "order status", OrderStatus::from_code)?,
        total: Money(c.int("total")?),
        restaurant: c.opt_text("restaurant")?,
        items: Vec::new(),
        stars: c.opt_int("stars")?,
    })
}

async fn fill(session: &mut Session, orders: &mut [PageOrder]) -> Result<()> {
    let ids = json_ids(orders.iter().map(|order| order.number));
    let statement = sql(ITEMS.of(session.dialect())).text(ids.as_str());
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let (number, item) = (
            c.int("order_id")?,
            PageItem {
                dish: c.text("name")?,
                pieces: c.int("quantity")?,
            },
        );
        if let Some(order) = orders.iter_mut().find(|order| order.number == number) {
            order.items.push(item);
        }
    }
    Ok(())
}
