//! Writing orders: names resolved, reports merged with what is known, the difference written.

use super::bulk::{BulkInsert, OrderItems};
use super::names::{Named, NamedRows, Names, json_texts, texts_of};
use super::order_merge::{ItemRow, OrderRow};
use super::settle::{ids_of, json_ids};
use super::{LiveOrder, MAX_ITEMS, MAX_TOTAL, NAME_CHARS, Written};
use crate::db::{Dialect, on_both};
use crate::{Result, StoreError};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, EndpointKind, Money, OrgId, Timestamp};
use sqlx::{AssertSqlSafe, QueryBuilder, Row};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Rows per statement of many values.
const ROWS: usize = 500;

/// What a batch of orders did.
#[derive(Debug, Default)]
pub(crate) struct OrdersWritten {
    pub written: Written,
    /// Whose facts have changed.
    pub touched: BTreeSet<CustomerId>,
    /// The customer of each report, in the reports' order.
    pub customers: Vec<CustomerId>,
}

/// Writing orders, inside a transaction. The caller marks the touched customers as stale.
pub(crate) trait WriteOrders {
    async fn write_orders(&mut self, org: OrgId, reports: &[LiveOrder], names: &mut Names) -> Result<OrdersWritten>;
}

/// One order of the batch: what is known of it, and what the batch does to it.
struct Entry {
    row: OrderRow,
    items: Option<Vec<ItemRow>>,
    is_new: bool,
    changed: bool,
    items_changed: bool,
}

/// Reports merged in their order into what is known.
#[derive(Default)]
struct Merge {
    /// Known orders, then new ones in the order of the file.
    entries: Vec<Entry>,
    by_external_id: HashMap<String, usize>,
    touched: BTreeSet<CustomerId>,
}

impl Merge {
    fn push(&mut self, entry: Entry) {
        self.by_external_id
            .insert(entry.row.external_id.clone(), self.entries.len());
        self.entries.push(entry);
    }

    fn get_mut(&mut self, external_id: &str) -> Option<&mut Entry> {
        let at = *self.by_external_id.get(external_id)?;
        self.entries.get_mut(at)
    }

    fn take(&mut self, report: OrderRow, items: Option<Vec<ItemRow>>) {
        let Some(entry) = self.get_mut(&report.external_id) else {
            self.touched.insert(report.customer);
            self.push(Entry {
                items_changed: items.is_some(),
                items,
                is_new: true,
                changed: false,
                row: report,
            });
            return;
        };
        let before = entry.row.customer;
        let current = entry.row.is_current(report.status);
        let mut changed = entry.row.absorb(report);
        if items.is_some() && entry.items != items && (current || entry.items.as_ref().is_none_or(Vec::is_empty)) {
            entry.items = items;
            entry.items_changed = true;
            changed = true;
        }
        entry.changed |= changed;
        if changed {
            let now = entry.row.customer;
            self.touched.extend([before, now]);
        }
    }
}

/// What every report must hold, whoever made it.
fn check(report: &LiveOrder) -> Result<()> {
    let items = || report.items.iter().flatten();
    let names = [
        &report.customer,
        &report.restaurant,
        &report.delivery,
        &report.source,
        &report.promo,
    ];
    let texts = names.into_iter().flatten().chain([&report.external_id]);
    let texts = texts.chain(items().flat_map(|i| i.dish.iter().chain(&i.category)));
    let is_bad = |text: &String| text.chars().count() > NAME_CHARS || text.contains('\0');
    let problem = if report.customer.is_none() && report.phone.is_none() {
        "names neither a customer nor a phone; give one of them"
    } else if !(Money(0)..=MAX_TOTAL).contains(&report.total) {
        "has a total outside 0 to 100 billion; correct it"
    } else if items().count() > MAX_ITEMS {
        "has more than 1000 items; split it"
    } else if texts.into_iter().any(is_bad) {
        "has a text longer than 200 characters or with a zero character; shorten it"
    } else {
        return Ok(());
    };
    Err(StoreError::Conflict(format!("order {} {problem}", report.external_id)))
}

fn resolve(report: &LiveOrder, customer: CustomerId, names: &Names) -> (OrderRow, Option<Vec<ItemRow>>) {
    let row = OrderRow {
        id: 0,
        external_id: report.external_id.clone(),
        customer,
        restaurant: names.id(Named::Restaurant, report.restaurant.as_ref()),
        placed_at: report.placed_at,
        status: report.status,
        total: report.total,
        delivery: report.delivery.clone(),
        source: report.source.clone(),
        promo: report.promo.clone(),
    };
    let items = report.items.as_ref().map(|items| {
        let item = |item: &super::OrderItem| ItemRow {
            dish: names.id(Named::Dish, item.dish.as_ref()),
            category: names.id(Named::Category, item.category.as_ref()),
            quantity: item.quantity,
            price: item.price,
        };
        items.iter().map(item).collect()
    });
    (row, items)
}

/// Names of the reports that are not known yet, by what they name.
fn unknown_names(reports: &[LiveOrder], names: &Names) -> [(Named, BTreeSet<String>); 3] {
    let items = || reports.iter().filter_map(|r| r.items.as_ref()).flatten();
    let restaurants = reports.iter().filter_map(|r| r.restaurant.as_ref());
    [
        (Named::Restaurant, names.unknown(Named::Restaurant, restaurants)),
        (
            Named::Dish,
            names.unknown(Named::Dish, items().filter_map(|i| i.dish.as_ref())),
        ),
        (
            Named::Category,
            names.unknown(Named::Category, items().filter_map(|i| i.category.as_ref())),
        ),
    ]
}

on_both! {
    static EXISTING: LazyLock<String> = LazyLock::new(|| {
        let lock = match DIALECT {
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR NO KEY UPDATE",
        };
        format!(
            "SELECT id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo
            FROM orders WHERE org_id = $2 AND external_id IN ({}) ORDER BY id {lock}",
            texts_of(DIALECT, "$1")
        )
    });
    static BY_PHONE: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT e.address, MIN(l.customer_id) FROM endpoints e
            JOIN customer_endpoints l ON l.endpoint_id = e.id
            WHERE e.org_id = $2 AND e.kind IN ({}, {}) AND e.address IN ({}) GROUP BY e.address",
            EndpointKind::Phone.code(),
            EndpointKind::WhatsApp.code(),
            texts_of(DIALECT, "$1")
        )
    });
    static ITEMS: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT order_id, dish_id, category_id, quantity, price FROM order_items
            WHERE order_id IN ({}) ORDER BY order_id, position",
            ids_of(DIALECT, "$1")
        )
    });
    static DROP_ITEMS: LazyLock<String> = LazyLock::new(|| {
        format!("DELETE FROM order_items WHERE order_id IN ({})", ids_of(DIALECT, "$1"))
    });

    fn read_order(row: &<Backend as sqlx::Database>::Row) -> Result<OrderRow> {
        let id: i64 = row.try_get(0)?;
        let code: i16 = row.try_get(5)?;
        Ok(OrderRow {
            id,
            external_id: row.try_get(1)?,
            customer: CustomerId(row.try_get(2)?),
            restaurant: row.try_get(3)?,
            placed_at: Timestamp(row.try_get(4)?),
            status: OrderStatus::from_code(code).ok_or_else(|| StoreError::Corrupt {
                what: "order",
                id: id.to_string(),
                problem: format!("its status is {code}"),
            })?,
            total: Money(row.try_get(6)?),
            delivery: row.try_get(7)?,
            source: row.try_get(8)?,
            promo: row.try_get(9)?,
        })
    }

    /// What is known of the orders reported, with the items of those whose items are reported.
    async fn known(conn: &mut Conn, org: OrgId, reports: &[LiveOrder]) -> Result<Merge> {
        let rows = sqlx::query(EXISTING.as_str())
            .bind(json_texts(reports.iter().map(|r| &r.external_id)))
            .bind(org.0)
            .fetch_all(&mut *conn)
            .await?;
        let mut known = Merge::default();
        for row in &rows {
            let row = read_order(row)?;
            known.push(Entry { row, items: None, is_new: false, changed: false, items_changed: false });
        }
        for report in reports.iter().filter(|r| r.items.is_some()) {
            if let Some(entry) = known.get_mut(&report.external_id) {
                entry.items = Some(Vec::new());
            }
        }
        let with_items = || known.entries.iter().filter(|e| e.items.is_some()).map(|e| e.row.id);
        let mut items: HashMap<i64, Vec<ItemRow>> = with_items().map(|id| (id, Vec::new())).collect();
        if items.is_empty() {
            return Ok(known);
        }
        for row in sqlx::query(ITEMS.as_str()).bind(json_ids(with_items())).fetch_all(&mut *conn).await? {
            items.entry(row.try_get(0)?).or_default().push(ItemRow {
                dish: row.try_get(1)?,
                category: row.try_get(2)?,
                quantity: row.try_get(3)?,
                price: Money(row.try_get(4)?),
            });
        }
        for entry in &mut known.entries {
            entry.items = items.remove(&entry.row.id);
        }
        Ok(known)
    }

    /// The customer of each report, created where unknown, and how many were.
    async fn customers(
        conn: &mut Conn,
        org: OrgId,
        reports: &[LiveOrder],
        names: &mut Names,
    ) -> Result<(Vec<CustomerId>, Vec<CustomerId>)> {
        let phones: BTreeSet<String> = reports
            .iter()
            .filter(|r| r.customer.is_none())
            .filter_map(|r| r.phone.as_ref().map(|p| p.e164().to_owned()))
            .collect();
        let mut by_phone: HashMap<String, CustomerId> = HashMap::new();
        if !phones.is_empty() {
            let rows = sqlx::query(BY_PHONE.as_str()).bind(json_texts(&phones)).bind(org.0).fetch_all(&mut *conn).await?;
            for row in rows {
                by_phone.insert(row.try_get(0)?, CustomerId(row.try_get(1)?));
            }
        }
        let strangers: Vec<String> = phones.into_iter().filter(|p| !by_phone.contains_key(p)).collect();
        let unknown = names.unknown_customers(reports.iter().filter_map(|r| r.customer.as_ref()).chain(&strangers));
        let created = conn.learn_customers(org, unknown, names).await?;
        let ids = reports.iter().map(|report| {
            let phone = report.phone.as_ref().map(|p| p.e164());
            let id = match &report.customer {
                Some(external_id) => names.customer(external_id),
                None => phone.and_then(|p| by_phone.get(p).copied().or_else(|| names.customer(p))),
            };
            id.ok_or_else(|| StoreError::NotFound { what: "customer of order", id: report.external_id.clone() })
        });
        Ok((ids.collect::<Result<_>>()?, created))
    }

    async fn update_orders(conn: &mut Conn, rows: &[OrderRow]) -> Result<()> {
        for rows in rows.chunks(ROWS) {
            let mut update = QueryBuilder::<Backend>::new(
                "WITH v(id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo) AS (",
            );
            update.push_values(rows, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(row.customer.0)
                    .push_bind(row.restaurant)
                    .push_bind(row.placed_at.0)
                    .push_bind(row.status.code())
                    .push_bind(row.total.0)
                    .push_bind(&row.delivery)
                    .push_bind(&row.source)
                    .push_bind(&row.promo);
            });
            update.push(
                ") UPDATE orders SET customer_id = v.customer_id, restaurant_id = v.restaurant_id,
                placed_at = v.placed_at, status = v.status, total = v.total, delivery = v.delivery,
                source = v.source, promo = v.promo FROM v WHERE orders.id = v.id",
            );
            update.build().execute(&mut *conn).await?;
        }
        Ok(())
    }

    /// Items follow their order to another customer.
    async fn move_items(conn: &mut Conn, rows: &[OrderRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "UPDATE order_items SET customer_id = (SELECT o.customer_id FROM orders o WHERE o.id = order_items.order_id)
            WHERE order_id IN ({})",
            ids_of(DIALECT, "$1")
        );
        sqlx::query(AssertSqlSafe(sql)).bind(json_ids(rows.iter().map(|row| row.id))).execute(&mut *conn).await?;
        Ok(())
    }

    async fn replace_items(conn: &mut Conn, orders: &[OrderItems], known: &[i64]) -> Result<()> {
        if !known.is_empty() {
            sqlx::query(DROP_ITEMS.as_str()).bind(json_ids(known.iter().copied())).execute(&mut *conn).await?;
        }
        conn.insert_items(orders).await
    }

    /// Writes what the merge has changed.
    async fn write(conn: &mut Conn, org: OrgId, merge: Merge, written: &mut Written) -> Result<()> {
        let (mut new, mut changed, mut items, mut dropped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let fresh = merge.entries.iter().filter(|e| e.is_new).count();
        let mut ids = conn.order_ids(fresh).await?.into_iter();
        for mut entry in merge.entries {
            if entry.is_new {
                entry.row.id = ids.next().ok_or(sqlx::Error::RowNotFound)?;
            }
            if entry.items_changed {
                if !entry.is_new {
                    dropped.push(entry.row.id);
                }
                let list = entry.items.take().unwrap_or_default();
                items.push(OrderItems { order: entry.row.id, customer: entry.row.customer, items: list });
            }
            if entry.is_new {
                new.push(entry.row);
            } else if entry.changed {
                changed.push(entry.row);
            }
        }
        written.created += new.len() as u64;
        written.updated += changed.len() as u64;
        conn.insert_orders(org, &new).await?;
        update_orders(conn, &changed).await?;
        replace_items(conn, &items, &dropped).await?;
        move_items(conn, &changed).await
    }

    impl WriteOrders for Conn {
        async fn write_orders(&mut self, org: OrgId, reports: &[LiveOrder], names: &mut Names) -> Result<OrdersWritten> {
            reports.iter().try_for_each(check)?;
            for (kind, unknown) in unknown_names(reports, names) {
                self.learn(org, kind, unknown, names).await?;
            }
            let (customers, created) = customers(self, org, reports, names).await?;
            let mut merge = known(self, org, reports).await?;
            merge.touched.extend(&created);
            for (report, customer) in reports.iter().zip(&customers) {
                let (row, items) = resolve(report, *customer, names);
                merge.take(row, items);
            }
            let mut written = Written { customers_created: created.len() as u64, ..Written::default() };
            let touched = std::mem::take(&mut merge.touched);
            write(self, org, merge, &mut written).await?;
            written.unchanged = reports.len() as u64 - written.created - written.updated;
            Ok(OrdersWritten { written, touched, customers })
        }
    }
}
