//! A row of an orders file, read into an order.

use super::cells::{Cells, Zones};
use super::row::{CellError, Row, Schema};
use crate::guests::{LiveOrder, MAX_ITEMS, MAX_TOTAL, NAME_CHARS, OrderItem};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{Money, Timestamp};
use serde::Deserialize;

pub(crate) const SCHEMA: Schema = Schema {
    columns: &[
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
    ],
    required: 4,
    attributes: false,
};

const ORDER_ID: usize = 0;
const CUSTOMER_ID: usize = 1;
const PLACED_AT: usize = 2;
const TOTAL: usize = 3;
const RESTAURANT: usize = 4;
const STATUS: usize = 5;
const DELIVERY: usize = 6;
const SOURCE: usize = 7;
const PROMO: usize = 8;
const ITEMS: usize = 9;

/// Reads a row, or says everything that is wrong with it.
pub(crate) fn read(row: &Row, zones: &Zones) -> Result<LiveOrder, Vec<CellError>> {
    let mut cells = Cells::new(row, &SCHEMA);
    let restaurant = cells.text(RESTAURANT, NAME_CHARS);
    let zone = zones.of(restaurant.as_deref());
    let order = LiveOrder {
        external_id: cells.required(ORDER_ID, NAME_CHARS),
        customer: Some(cells.required(CUSTOMER_ID, NAME_CHARS)),
        phone: None,
        placed_at: cells
            .required_parsed(PLACED_AT, |text| super::cells::instant(zone, text))
            .unwrap_or(Timestamp(0)),
        status: cells.parsed(STATUS, status).unwrap_or_default(),
        total: cells.required_parsed(TOTAL, total).unwrap_or_default(),
        restaurant,
        delivery: cells.text(DELIVERY, NAME_CHARS),
        source: cells.text(SOURCE, NAME_CHARS),
        promo: cells.text(PROMO, NAME_CHARS),
        items: cells.parsed(ITEMS, items),
    };
    cells.finish(order)
}

fn status(text: &str) -> Result<OrderStatus, String> {
    OrderStatus::parse(text).ok_or_else(|| {
        let names: Vec<_> = OrderStatus::ALL.iter().map(|s| s.name()).collect();
        format!("is no status; write one of {}", names.join(", "))
    })
}

fn total(text: &str) -> Result<Money, String> {
    let total: Money = text
        .parse()
        .map_err(|_| "is no amount; write it like 1250 or 1250.50".to_owned())?;
    if total < Money(0) {
        Err("is negative; write a cancelled order with the status cancelled".to_owned())
    } else if total > MAX_TOTAL {
        Err("is more than 100 billion; correct it".to_owned())
    } else {
        Ok(total)
    }
}

#[derive(Deserialize)]
struct FileItem {
    #[serde(default)]
    dish: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    quantity: Option<f64>,
    #[serde(default)]
    price: Money,
}

fn items(text: &str) -> Result<Vec<OrderItem>, String> {
    let example = r#"write it like [{"dish":"Pizza","category":"Mains","quantity":1,"price":"590"}]"#;
    let items: Vec<FileItem> =
        serde_json::from_str(text).map_err(|e| format!("is no list of items ({e}); {example}"))?;
    if items.len() > MAX_ITEMS {
        return Err(format!("has more than {MAX_ITEMS} items; split the order"));
    }
    items.into_iter().map(item).collect()
}

fn item(item: FileItem) -> Result<OrderItem, String> {
    let name = |name: Option<String>| match name.map(|n| n.trim().to_owned()) {
        Some(name) if name.chars().count() > NAME_CHARS => Err(format!(
            "names an item by more than {NAME_CHARS} characters; shorten it"
        )),
        name => Ok(name.filter(|n| !n.is_empty())),
    };
    let quantity = item.quantity.unwrap_or(1.0);
    if quantity.fract() != 0.0 || !(0.0..=1e6).contains(&quantity) {
        return Err("has a quantity that is no whole number from 0 to 1000000; correct it".to_owned());
    }
    if !(Money(0)..=MAX_TOTAL).contains(&item.price) {
        return Err("has a price outside 0 to 100 billion; correct it".to_owned());
    }
    Ok(OrderItem {
        dish: name(item.dish)?,
        category: name(item.category)?,
        quantity: quantity as i64,
        price: item.price,
    })
}
