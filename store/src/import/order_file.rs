//! A row of an orders file, read into an order.

use super::cells::{Cells, Terms, instant};
use super::headings;
use super::order_items::items;
use super::row::{CellError, Row};
use super::schema::{Kind, Schema};
use crate::guests::{LiveOrder, MAX_TOTAL, NAME_CHARS};
use bellhop_domain::fault::Why;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::{Money, Phone, Timestamp, amount, visible};

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
        "customer",
        "placed_time",
    ],
    headings: HEADINGS,
    required: &[&[ORDER_ID], &[CUSTOMER_ID, PHONE, CUSTOMER], &[PLACED_AT], &[TOTAL]],
    signs: (ORDER_ID, &[PLACED_AT, TOTAL]),
    total: Some(TOTAL),
    attributes: false,
};

/// A lone number sign is mostly the number of the row, and *клиент* the name of a customer, so neither counts as an
/// id.
const HEADINGS: &[(usize, &[&str])] = &[
    (
        ORDER_ID,
        &[
            "номер заказа",
            "№ заказа",
            "id заказа",
            "ид заказа",
            "код заказа",
            "заказ №",
            "order number",
            "order no",
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
    (
        CUSTOMER,
        &["клиент", "гость", "покупатель", "заказчик", "client", "guest"],
    ),
    (
        PLACED_TIME,
        &["время", "время заказа", "время создания", "order time", "time"],
    ),
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
const CUSTOMER: usize = 12;
const PLACED_TIME: usize = 13;

/// Reads a row, or says everything that is wrong with it.
pub(crate) fn read(row: &Row, terms: &mut Terms) -> Result<LiveOrder, Vec<CellError>> {
    let mut cells = Cells::new(row, &SCHEMA);
    let restaurant = cells.key(RESTAURANT, NAME_CHARS);
    let said = cells.restaurant_zone(RESTAURANT_TIMEZONE, restaurant.as_deref(), &terms.zones);
    let zone = terms.zones.of(restaurant.as_deref(), said.as_ref());
    let currency = &terms.currency;
    let (customer, phone) = whose(&mut cells, row, terms.region);
    let day = row.get(PLACED_AT);
    let joined = row.get(PLACED_TIME).zip(day).map(|(time, day)| day_and_time(day, time));
    let order = LiveOrder {
        external_id: cells.required_id(ORDER_ID, NAME_CHARS),
        customer,
        phone,
        placed_at: cells
            .required_parsed(PLACED_AT, |text| instant(zone, joined.as_deref().unwrap_or(text)))
            .unwrap_or(Timestamp(0)),
        status: cells.parsed(STATUS, status).unwrap_or_default(),
        total: cells
            .required_parsed(TOTAL, |text| total(text, currency, row.is_exact))
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

/// Whose order it is: by id, else by phone, else by whatever of both the column of customers holds.
fn whose(cells: &mut Cells<'_>, row: &Row, region: Region) -> (Option<String>, Option<Phone>) {
    let id = cells.id(CUSTOMER_ID, NAME_CHARS);
    if id.is_some() {
        return (id, None);
    }
    let first = |phones: Vec<Phone>| phones.into_iter().next();
    if row.get(PHONE).is_some() {
        let phones = cells.parsed(PHONE, |text| Phone::parse_all(text, region));
        return (None, phones.and_then(first));
    }
    let Some(customer) = row.get(CUSTOMER) else {
        cells.missing(CUSTOMER_ID);
        return (None, None);
    };
    if let Ok(phone) = Phone::parse(customer, region) {
        return (None, Some(phone));
    }
    (cells.parsed(CUSTOMER, looks_like_an_id), None)
}

/// Two guests may have one name.
fn looks_like_an_id(text: &str) -> Result<String, Why> {
    let id = visible::key(text);
    let is_id = id.chars().any(|c| c.is_ascii_digit()) && !id.contains(' ') && id.chars().count() <= NAME_CHARS;
    if is_id {
        return Ok(id.into_owned());
    }
    Err(Why::GuestNamed)
}

/// A day and a time that stand in columns of their own. Spreadsheets write a day as its midnight, and a time as one of the
/// day before their days begin.
fn day_and_time(day: &str, time: &str) -> String {
    let midnights = [" 00:00:00", " 0:00:00", " 00:00", " 0:00"];
    let day = midnights
        .iter()
        .find_map(|midnight| day.strip_suffix(midnight))
        .unwrap_or(day);
    let zeros = [
        "30.12.1899 ",
        "31.12.1899 ",
        "1899-12-30 ",
        "1899-12-31 ",
        "00.01.1900 ",
    ];
    let time = zeros.iter().find_map(|zero| time.strip_prefix(zero)).unwrap_or(time);
    if day.contains(':') {
        day.to_owned()
    } else {
        format!("{day} {time}")
    }
}

fn status(text: &str) -> Result<OrderStatus, Why> {
    OrderStatus::parse(text).ok_or_else(|| {
        let names: Vec<_> = OrderStatus::ALL.iter().map(|s| s.name()).collect();
        let known = names.join(", ");
        Why::OrderStatusUnknown { known }
    })
}

fn total(text: &str, currency: &str, is_exact: bool) -> Result<Money, Why> {
    let exact = is_exact.then(|| text.parse::<Money>().ok()).flatten();
    let total = exact.map_or_else(|| amount::read(text, currency).map_err(|e| e.why()), Ok)?;
    if total < Money(0) {
        Err(Why::TotalNegative)
    } else if total > MAX_TOTAL {
        let most = MAX_TOTAL.to_string();
        Err(Why::AmountTooLarge { most })
    } else {
        Ok(total)
    }
}
