//! A row of an orders file, read into an order.

use super::cells::{Cells, Terms, instant};
use super::headings;
use super::row::{CellError, Row};
use super::schema::{Kind, Schema};
use crate::guests::{LiveOrder, MAX_ITEMS, MAX_TOTAL, NAME_CHARS, OrderItem};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{Money, Phone, Timestamp, amount, visible};
use serde::Deserialize;

pub(crate) const SCHEMA: Schema = Schema {
    kind: Kind::Orders,
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
        "phone",
        "restaurant_timezone",
    ],
    headings: HEADINGS,
    required: &[&[ORDER_ID], &[CUSTOMER_ID, PHONE], &[PLACED_AT], &[TOTAL]],
    signs: (ORDER_ID, &[PLACED_AT, TOTAL]),
    total: Some(TOTAL),
    attributes: false,
};

/// A lone number sign is mostly that of the row, and *клиент* the name of one: neither is an id.
const HEADINGS: &[(usize, &[&str])] = &[
    (
        ORDER_ID,
        &[
            "номер заказа",
            "№ заказа",
            "id заказа",
            "ид заказа",
            "код заказа",
            "заказ",
            "заказ №",
            "order number",
            "order no",
            "order",
            "orderid",
            "номер чека",
            "№ чека",
            "номер",
        ],
    ),
    (CUSTOMER_ID, headings::CUSTOMER_ID),
    (
        PLACED_AT,
        &[
            "дата и время заказа",
            "дата и время",
            "дата время",
            "дата заказа",
            "дата создания",
            "дата создания заказа",
            "дата оформления",
            "время заказа",
            "время создания",
            "создан",
            "дата",
            "order date",
            "created at",
            "created",
            "datetime",
            "date",
        ],
    ),
    (
        TOTAL,
        &[
            "к оплате",
            "сумма к оплате",
            "сумма со скидкой",
            "итоговая сумма",
            "сумма заказа",
            "итого",
            "сумма",
            "всего",
            "стоимость заказа",
            "стоимость",
            "сумма чека",
            "order total",
            "total amount",
            "grand total",
            "amount",
        ],
    ),
    (RESTAURANT, headings::RESTAURANT),
    (
        STATUS,
        &["статус заказа", "статус", "состояние", "order status", "state"],
    ),
    (
        DELIVERY,
        &[
            "способ доставки",
            "тип доставки",
            "вид доставки",
            "способ получения",
            "тип заказа",
            "delivery method",
            "delivery type",
        ],
    ),
    (
        SOURCE,
        &["источник заказа", "источник", "канал продаж", "канал", "order source"],
    ),
    (
        PROMO,
        &["промокод", "промо код", "купон", "promo code", "promocode", "coupon"],
    ),
    (PHONE, headings::PHONE),
    (RESTAURANT_TIMEZONE, headings::RESTAURANT_TIMEZONE),
];

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
const PHONE: usize = 10;
const RESTAURANT_TIMEZONE: usize = 11;

/// Reads a row, or says everything that is wrong with it.
pub(crate) fn read(row: &Row, terms: &mut Terms) -> Result<LiveOrder, Vec<CellError>> {
    let mut cells = Cells::new(row, &SCHEMA);
    let restaurant = cells.key(RESTAURANT, NAME_CHARS);
    let said = cells.restaurant_zone(RESTAURANT_TIMEZONE, restaurant.as_deref(), &terms.zones);
    let zone = terms.zones.of(restaurant.as_deref(), said.as_ref());
    let currency = &terms.currency;
    let customer = cells.key(CUSTOMER_ID, NAME_CHARS);
    // Whose order it is says the id; a phone is asked only where there is none.
    let phone = match customer {
        Some(_) => None,
        None => cells.parsed(PHONE, |text| Phone::parse_all(text, terms.region)),
    };
    let phone = phone.and_then(|phones| phones.into_iter().next());
    if customer.is_none() && row.get(PHONE).is_none() {
        cells.missing(CUSTOMER_ID);
    }
    let order = LiveOrder {
        external_id: cells.required_key(ORDER_ID, NAME_CHARS),
        customer,
        phone,
        placed_at: cells
            .required_parsed(PLACED_AT, |text| instant(zone, text))
            .unwrap_or(Timestamp(0)),
        status: cells.parsed(STATUS, status).unwrap_or_default(),
        total: cells
            .required_parsed(TOTAL, |text| total(text, currency))
            .unwrap_or_default(),
        restaurant,
        delivery: cells.key(DELIVERY, NAME_CHARS),
        source: cells.key(SOURCE, NAME_CHARS),
        promo: cells.key(PROMO, NAME_CHARS),
        items: cells.parsed(ITEMS, |text| items(text, currency)),
    };
    let order = cells.finish(order)?;
    if let Some(restaurant) = &order.restaurant {
        terms.zones.learn(restaurant, said.as_ref(), row.line);
    }
    Ok(order)
}

fn status(text: &str) -> Result<OrderStatus, String> {
    OrderStatus::parse(text).ok_or_else(|| {
        let names: Vec<_> = OrderStatus::ALL.iter().map(|s| s.name()).collect();
        format!("is no status that is known; write one of {}", names.join(", "))
    })
}

fn total(text: &str, currency: &str) -> Result<Money, String> {
    let total = amount::read(text, currency).map_err(|e| e.to_string())?;
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
    fn read(&self, currency: &str) -> Result<Money, String> {
        match self {
            Price::Number(number) => number.to_string().parse::<Money>().map_err(|e| e.to_string()),
            Price::Text(text) => amount::read(text, currency).map_err(|e| e.to_string()),
        }
    }
}

fn items(text: &str, currency: &str) -> Result<Vec<OrderItem>, String> {
    let example = r#"write it like [{"dish":"Pizza","category":"Mains","quantity":1,"price":"590"}]"#;
    let items: Vec<FileItem> =
        serde_json::from_str(text).map_err(|e| format!("is no list of items ({e}); {example}"))?;
    if items.len() > MAX_ITEMS {
        return Err(format!("has more than {MAX_ITEMS} items; split the order"));
    }
    items.into_iter().map(|it| item(it, currency)).collect()
}

fn item(item: FileItem, currency: &str) -> Result<OrderItem, String> {
    let name = |name: Option<String>| match name.map(|n| visible::key(&n).into_owned()) {
        Some(name) if name.chars().count() > NAME_CHARS => Err(format!(
            "names an item by more than {NAME_CHARS} characters; shorten it"
        )),
        name => Ok(name.filter(|n| !n.is_empty())),
    };
    let quantity = item.quantity.unwrap_or(1.0);
    if quantity.fract() != 0.0 || !(0.0..=1e6).contains(&quantity) {
        return Err("has a quantity that is no whole number from 0 to 1000000; correct it".to_owned());
    }
    let price = item.price.map_or(Ok(Money(0)), |price| price.read(currency));
    let price = price.map_err(|problem| format!("has a price that {problem}"))?;
    if !(Money(0)..=MAX_TOTAL).contains(&price) {
        return Err("has a price outside 0 to 100 billion; correct it".to_owned());
    }
    Ok(OrderItem {
        dish: name(item.dish)?,
        category: name(item.category)?,
        quantity: quantity as i64,
        price,
    })
}
