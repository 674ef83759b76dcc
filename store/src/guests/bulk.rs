//! Writing many rows at once, the way each backend does it fastest: PostgreSQL by `COPY`, SQLite by inserts of
//! many rows.

use super::order_merge::{ItemRow, OrderRow};
use crate::Result;
use crate::sql::{Connection, CopyRows, Session};
use bellhop_domain::{CustomerId, OrgId};
use sqlx::{PgConnection, QueryBuilder, SqliteConnection};

/// The items of one order.
pub(crate) struct OrderItems {
    pub order: i64,
    pub customer: CustomerId,
    pub items: Vec<ItemRow>,
}

/// Ids for so many new orders.
pub(crate) async fn order_ids(tx: &mut Session, count: usize) -> Result<Vec<i64>> {
    match &mut tx.connection {
        Connection::Sqlite(tx) => tx.order_ids(count).await,
        Connection::Postgres(tx, silence) => silence.bounds(tx.order_ids(count)).await,
        Connection::Autocommit(connection, silence) => silence.bounds(connection.order_ids(count)).await,
    }
}

/// Inserts orders that must not conflict, because the caller has looked. A conflict all the same means that somebody
/// else has just inserted, and the caller starts over.
pub(crate) async fn insert_orders(tx: &mut Session, org: OrgId, rows: &[OrderRow]) -> Result<()> {
    match &mut tx.connection {
        Connection::Sqlite(tx) => tx.insert_orders(org, rows).await,
        Connection::Postgres(tx, silence) => silence.bounds(tx.insert_orders(org, rows)).await,
        Connection::Autocommit(connection, silence) => silence.bounds(connection.insert_orders(org, rows)).await,
    }
}

/// The same of their items.
pub(crate) async fn insert_items(tx: &mut Session, orders: &[OrderItems]) -> Result<()> {
    match &mut tx.connection {
        Connection::Sqlite(tx) => tx.insert_items(orders).await,
        Connection::Postgres(tx, silence) => silence.bounds(tx.insert_items(orders)).await,
        Connection::Autocommit(connection, silence) => silence.bounds(connection.insert_items(orders)).await,
    }
}

/// What each backend does in its own way.
trait BulkInsert {
    async fn order_ids(&mut self, count: usize) -> Result<Vec<i64>>;
    async fn insert_orders(&mut self, org: OrgId, rows: &[OrderRow]) -> Result<()>;
    async fn insert_items(&mut self, orders: &[OrderItems]) -> Result<()>;
}

const ORDER_COLUMNS: &str =
    "id, org_id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo";
const ITEM_COLUMNS: &str = "order_id, position, customer_id, dish_id, category_id, quantity, price";
/// SQLite's limit of parameters is 32,766; beyond some hundreds of rows nothing is gained.
const ROWS: usize = 500;

fn item_rows(orders: &[OrderItems]) -> impl Iterator<Item = (&OrderItems, i16, &ItemRow)> {
    orders.iter().flat_map(|order| {
        (0i16..)
            .zip(&order.items)
            .map(move |(position, item)| (order, position, item))
    })
}

impl BulkInsert for SqliteConnection {
    async fn order_ids(&mut self, count: usize) -> Result<Vec<i64>> {
        let last: i64 =
            sqlx::query_scalar("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'orders'), 0)")
                .fetch_one(&mut *self)
                .await?;
        Ok((last + 1..).take(count).collect())
    }

    async fn insert_orders(&mut self, org: OrgId, rows: &[OrderRow]) -> Result<()> {
        for rows in rows.chunks(ROWS) {
            let mut insert = QueryBuilder::new(format!("INSERT INTO orders ({ORDER_COLUMNS}) "));
            insert.push_values(rows, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(org.0)
                    .push_bind(&row.external_id)
                    .push_bind(row.customer.0)
                    .push_bind(row.restaurant)
                    .push_bind(row.placed_at.0)
                    .push_bind(row.status.code())
                    .push_bind(row.total.0)
                    .push_bind(&row.delivery)
                    .push_bind(&row.source)
                    .push_bind(&row.promo);
            });
            insert.build().execute(&mut *self).await?;
        }
        Ok(())
    }

    async fn insert_items(&mut self, orders: &[OrderItems]) -> Result<()> {
        let rows: Vec<_> = item_rows(orders).collect();
        for rows in rows.chunks(ROWS) {
            let mut insert = QueryBuilder::new(format!("INSERT INTO order_items ({ITEM_COLUMNS}) "));
            insert.push_values(rows, |mut values, (order, position, item)| {
                values
                    .push_bind(order.order)
                    .push_bind(*position)
                    .push_bind(order.customer.0)
                    .push_bind(item.dish)
                    .push_bind(item.category)
                    .push_bind(item.quantity)
                    .push_bind(item.price.0);
            });
            insert.build().execute(&mut *self).await?;
        }
        Ok(())
    }
}

impl BulkInsert for PgConnection {
    async fn order_ids(&mut self, count: usize) -> Result<Vec<i64>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        // One array, which is read much faster than so many rows.
        let ids: Option<Vec<i64>> =
            sqlx::query_scalar("SELECT array_agg(nextval('orders_id_seq')) FROM generate_series(1, $1)")
                .bind(count)
                .fetch_one(&mut *self)
                .await?;
        Ok(ids.unwrap_or_default())
    }

    async fn insert_orders(&mut self, org: OrgId, rows: &[OrderRow]) -> Result<()> {
        let mut copy = CopyRows::new(11);
        for row in rows {
            copy.row();
            copy.i64(row.id);
            copy.i32(org.0);
            copy.text(&row.external_id);
            copy.i64(row.customer.0);
            copy.optional(row.restaurant, CopyRows::i64);
            copy.i64(row.placed_at.0);
            copy.i16(row.status.code());
            copy.i64(row.total.0);
            copy.optional(row.delivery.as_deref(), CopyRows::text);
            copy.optional(row.source.as_deref(), CopyRows::text);
            copy.optional(row.promo.as_deref(), CopyRows::text);
        }
        copy.send(
            self,
            &format!("COPY orders ({ORDER_COLUMNS}) FROM STDIN (FORMAT BINARY)"),
        )
        .await
    }

    async fn insert_items(&mut self, orders: &[OrderItems]) -> Result<()> {
        let mut copy = CopyRows::new(7);
        for (order, position, item) in item_rows(orders) {
            copy.row();
            copy.i64(order.order);
            copy.i16(position);
            copy.i64(order.customer.0);
            copy.optional(item.dish, CopyRows::i64);
            copy.optional(item.category, CopyRows::i64);
            copy.i64(item.quantity);
            copy.i64(item.price.0);
        }
        copy.send(
            self,
            &format!("COPY order_items ({ITEM_COLUMNS}) FROM STDIN (FORMAT BINARY)"),
        )
        .await
    }
}
