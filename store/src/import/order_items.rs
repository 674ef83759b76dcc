//! The items of an order: a JSON list in a cell.

use crate::guests::{MAX_ITEMS, MAX_TOTAL, NAME_CHARS, OrderItem};
use bellhop_domain::fault::Why;
use bellhop_domain::{Money, amount, visible};
use serde::Deserialize;

#[derive(Deserialize)]
struct FileItem {
    #[serde(default)]
    dish: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    quantity: Option<f64>,
    #[serde(default)]
    price: Option<Price>,
}

/// As JSON writes numbers, or as people do.
#[derive(Deserialize)]
#[serde(untagged)]
enum Price {
    Number(serde_json::Number),
    Text(String),
}

impl Price {
    fn read(&self, currency: &str) -> Result<Money, Why> {
        match self {
            Price::Number(number) => number.to_string().parse::<Money>().map_err(|e| e.why()),
            Price::Text(text) => amount::read(text, currency).map_err(|e| e.why()),
        }
    }
}

pub(super) fn items(text: &str, currency: &str) -> Result<Vec<OrderItem>, Why> {
    let items: Vec<FileItem> = serde_json::from_str(text).map_err(|e| Why::ItemsUnreadable {
        column: e.column().max(1),
    })?;
    if items.len() > MAX_ITEMS {
        return Err(Why::OrderTooManyItems { most: MAX_ITEMS });
    }
    items.into_iter().map(|it| item(it, currency)).collect()
}

fn item(item: FileItem, currency: &str) -> Result<OrderItem, Why> {
    let name = |name: Option<String>| match name.map(|n| visible::key(&n).into_owned()) {
        Some(name) if name.chars().count() > NAME_CHARS => Err(Why::ItemNameLong { most: NAME_CHARS }),
        name => Ok(name.filter(|n| !n.is_empty())),
    };
    let quantity = item.quantity.unwrap_or(1.0);
    if quantity.fract() != 0.0 || !(0.0..=1e6).contains(&quantity) {
        return Err(Why::ItemQuantityUnfit);
    }
    let price = item.price.map_or(Ok(Money(0)), |price| price.read(currency));
    let price = price.map_err(|why| Why::ItemPriceUnfit { mistake: why.into() })?;
    if !(Money(0)..=MAX_TOTAL).contains(&price) {
        return Err(Why::ItemPriceBeyondReach);
    }
    Ok(OrderItem {
        dish: name(item.dish)?,
        category: name(item.category)?,
        quantity: quantity as i64,
        price,
    })
}
