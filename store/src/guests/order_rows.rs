//! Writing orders: names resolved, reports merged with what is known, the difference written.

use super::bulk::{self, OrderItems};
use super::names::{Named, Names, json_texts, learn, texts_of};
use super::order_merge::{ItemRow, OrderRow};
use super::promo_tags::{self, Tagged};
use super::settle::{ids_of, json_ids};
use super::tag_marks::{self, Heard};
use super::whose::customers;
use super::{LiveOrder, MAX_ITEMS, MAX_TOTAL, NAME_CHARS, Written};
use crate::sql::{PerDialect, Row, Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// What a batch of orders did.
#[derive(Debug, Default)]
pub(crate) struct OrdersWritten {
    pub written: Written,
    /// Whose facts have changed.
    pub touched: BTreeSet<CustomerId>,
    /// The customer of each report, in the reports' order.
    pub customers: Vec<CustomerId>,
    /// What the reports have changed in the status of an order, in their order.
    pub became: Vec<Became>,
    /// What guests have got by the promos that they used.
    pub tagged: Tagged,
}

/// A report by which an order has its status.
#[derive(Debug)]
pub(crate) struct Became {
    /// The place of the report.
    pub report: usize,
    /// Whether nothing was known of the order before.
    pub is_new: bool,
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
    /// Whose delivered orders have changed.
    delivered: BTreeSet<CustomerId>,
    became: Vec<Became>,
}

impl Merge {
    fn push(&mut self, entry: Entry) {
        self.by_external_id
            .insert(entry.row.external_id.clone(), self.entries.len());
        self.entries.push(entry);
    }

    /// The promos of orders that say something new, and who used them; one that was cancelled is no use.
    fn used_promos(&self) -> BTreeSet<(CustomerId, String)> {
        let new = self.entries.iter().filter(|it| it.is_new || it.changed);
        let used = new.filter(|it| it.row.status != OrderStatus::Cancelled);
        used.filter_map(|it| Some((it.row.customer, it.row.promo.clone()?)))
            .collect()
    }

    fn get_mut(&mut self, external_id: &str) -> Option<&mut Entry> {
        let at = *self.by_external_id.get(external_id)?;
        self.entries.get_mut(at)
    }

    fn take(&mut self, place: usize, report: OrderRow, items: Option<Vec<ItemRow>>) {
        let Some(entry) = self.get_mut(&report.external_id) else {
            self.touched.insert(report.customer);
            if report.status == OrderStatus::Delivered {
                self.delivered.insert(report.customer);
            }
            self.became.push(Became {
                report: place,
                is_new: true,
            });
            self.push(Entry {
                items_changed: items.is_some(),
                items,
                is_new: true,
                changed: false,
                row: report,
            });
            return;
        };
        let (before, status) = (entry.row.customer, entry.row.status);
        let current = entry.row.is_current(report.status);
        let mut changed = entry.row.absorb(report);
        if items.is_some() && entry.items != items && (current || entry.items.as_ref().is_none_or(Vec::is_empty)) {
            entry.items = items;
            entry.items_changed = true;
            changed = true;
        }
        entry.changed |= changed;
        let (now, has_moved) = (entry.row.customer, entry.row.status != status);
        let was_or_is = [status, entry.row.status].contains(&OrderStatus::Delivered);
        if changed {
            self.touched.extend([before, now]);
        }
        if changed && was_or_is {
            self.delivered.extend([before, now]);
        }
        if has_moved {
            self.became.push(Became {
                report: place,
                is_new: false,
            });
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
    let said = format!("order {} {problem}", report.external_id);
    Err(StoreError::Conflict(Why::NotNow { said }))
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

static EXISTING: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo
        FROM orders WHERE org_id = $2 AND external_id IN ({}) ORDER BY id {{lock}}",
        texts_of(dialect, "$1")
    )
});

/// Reads a row of [`EXISTING`].
fn existing(row: &Row) -> Result<OrderRow> {
    let c = row.columns();
    Ok(OrderRow {
        id: c.int("id")?,
        external_id: c.text("external_id")?,
        customer: CustomerId(c.int("customer_id")?),
        restaurant: c.opt_int("restaurant_id")?,
        placed_at: Timestamp(c.int("placed_at")?),
        status: c.code("status", "status of an order", OrderStatus::from_code)?,
        total: Money(c.int("total")?),
        delivery: c.opt_text("delivery")?,
        source: c.opt_text("source")?,
        promo: c.opt_text("promo")?,
    })
}

static ITEMS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT order_id, dish_id, category_id, quantity, price FROM order_items
        WHERE order_id IN ({}) ORDER BY order_id, position",
        ids_of(dialect, "$1")
    )
});

/// The order and the item of a row of [`ITEMS`].
fn item(row: &Row) -> Result<(i64, ItemRow)> {
    let c = row.columns();
    let item = ItemRow {
        dish: c.opt_int("dish_id")?,
        category: c.opt_int("category_id")?,
        quantity: c.int("quantity")?,
        price: Money(c.int("price")?),
    };
    Ok((c.int("order_id")?, item))
}

static DROP_ITEMS: PerDialect =
    PerDialect::new(|dialect| format!("DELETE FROM order_items WHERE order_id IN ({})", ids_of(dialect, "$1")));
static MOVE_ITEMS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "UPDATE order_items SET customer_id = (SELECT o.customer_id FROM orders o WHERE o.id = order_items.order_id)
        WHERE order_id IN ({})",
        ids_of(dialect, "$1")
    )
});

/// Writes orders, inside a transaction. The caller marks the touched customers as stale.
pub(crate) async fn write_orders(
    tx: &mut Session,
    org: OrgId,
    reports: &[LiveOrder],
    names: &mut Names,
    heard: Heard,
) -> Result<OrdersWritten> {
    reports.iter().try_for_each(check)?;
    for (kind, unknown) in unknown_names(reports, names) {
        learn(tx, org, kind, unknown, names).await?;
    }
    let whose: Vec<_> = reports.iter().map(LiveOrder::whose).collect();
    let (customers, created) = customers(tx, org, &whose, names).await?;
    let mut merge = known(tx, org, reports).await?;
    merge.touched.extend(&created);
    for (place, (report, customer)) in reports.iter().zip(&customers).enumerate() {
        let (row, items) = resolve(report, *customer, names);
        merge.take(place, row, items);
    }
    let mut written = Written {
        customers_created: created.len() as u64,
        ..Written::default()
    };
    let touched = std::mem::take(&mut merge.touched);
    let delivered = std::mem::take(&mut merge.delivered);
    let became = std::mem::take(&mut merge.became);
    let used = merge.used_promos();
    write(tx, org, merge, &mut written).await?;
    tag_marks::mark(tx, org, &delivered, heard).await?;
    written.unchanged = reports.len() as u64 - written.created - written.updated;
    let tagged = promo_tags::say(tx, org, &used).await?;
    Ok(OrdersWritten {
        tagged,
        written,
        touched,
        customers,
        became,
    })
}

/// What is known of the orders reported, with the items of those whose items are reported.
async fn known(tx: &mut Session, org: OrgId, reports: &[LiveOrder]) -> Result<Merge> {
    let ids = json_texts(reports.iter().map(|r| &r.external_id));
    let statement = sql(EXISTING.of(tx.dialect()))
        .lock("FOR NO KEY UPDATE")
        .text(ids.as_str());
    let rows = tx.fetch(statement.int(i64::from(org.0))).await?;
    let mut known = Merge::default();
    for row in &rows {
        known.push(Entry {
            row: existing(row)?,
            items: None,
            is_new: false,
            changed: false,
            items_changed: false,
        });
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
    let ids = json_ids(with_items());
    for row in tx.fetch(sql(ITEMS.of(tx.dialect())).text(ids.as_str())).await? {
        let (order, item) = item(&row)?;
        items.entry(order).or_default().push(item);
    }
    for entry in &mut known.entries {
        entry.items = items.remove(&entry.row.id);
    }
    Ok(known)
}

/// Writes what the merge has changed.
async fn write(tx: &mut Session, org: OrgId, merge: Merge, written: &mut Written) -> Result<()> {
    let (mut new, mut changed, mut items, mut dropped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let fresh = merge.entries.iter().filter(|e| e.is_new).count();
    let mut ids = bulk::order_ids(tx, fresh).await?.into_iter();
    for mut entry in merge.entries {
        if entry.is_new {
            entry.row.id = ids.next().ok_or(sqlx::Error::RowNotFound)?;
        }
        if entry.items_changed {
            if !entry.is_new {
                dropped.push(entry.row.id);
            }
            let list = entry.items.take().unwrap_or_default();
            items.push(OrderItems {
                order: entry.row.id,
                customer: entry.row.customer,
                items: list,
            });
        }
        if entry.is_new {
            new.push(entry.row);
        } else if entry.changed {
            changed.push(entry.row);
        }
    }
    written.created += new.len() as u64;
    written.updated += changed.len() as u64;
    bulk::insert_orders(tx, org, &new).await?;
    update_orders(tx, &changed).await?;
    if !dropped.is_empty() {
        let ids = json_ids(dropped.into_iter());
        tx.execute(sql(DROP_ITEMS.of(tx.dialect())).text(ids.as_str())).await?;
    }
    bulk::insert_items(tx, &items).await?;
    if !changed.is_empty() {
        // Items follow their order to another customer.
        let ids = json_ids(changed.iter().map(|row| row.id));
        tx.execute(sql(MOVE_ITEMS.of(tx.dialect())).text(ids.as_str())).await?;
    }
    Ok(())
}

async fn update_orders(tx: &mut Session, rows: &[OrderRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let text = "UPDATE orders SET customer_id = r.customer, restaurant_id = r.restaurant,
                placed_at = r.placed_at, status = r.status, total = r.total, delivery = r.delivery,
                source = r.source, promo = r.promo FROM {rows} WHERE orders.id = r.number";
    let rows = || rows.iter();
    let table = Table::default()
        .ints("number", rows().map(|row| row.id))
        .ints("customer", rows().map(|row| row.customer.0))
        .ints("restaurant", rows().map(|row| row.restaurant))
        .ints("placed_at", rows().map(|row| row.placed_at.0))
        .ints("status", rows().map(|row| i64::from(row.status.code())))
        .ints("total", rows().map(|row| row.total.0))
        .texts("delivery", rows().map(|row| row.delivery.as_deref()))
        .texts("source", rows().map(|row| row.source.as_deref()))
        .texts("promo", rows().map(|row| row.promo.as_deref()));
    tx.execute(sql(text).rows(table)).await?;
    Ok(())
}
