//! Sample guests and their orders, as the files a CRM would export. Drawn from a seed, so that they are the same at
//! every run, except that the days end today.

use super::site::VISITOR;
use anyhow::Result;
use bellhop_domain::Timestamp;
use bellhop_domain::time::DAY_MS;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::path::{Path, PathBuf};

const NAMES: [&str; 16] = [
    "Анна",
    "Иван",
    "Мария",
    "Алексей",
    "Ольга",
    "Дмитрий",
    "Елена",
    "Сергей",
    "Наталья",
    "Павел",
    "Юлия",
    "Артём",
    "Kate",
    "James",
    "Полина",
    "Максим",
];
const DISHES: [(&str, &str, u32); 8] = [
    ("Маргарита", "пицца", 690),
    ("Пепперони", "пицца", 790),
    ("Филадельфия", "роллы", 620),
    ("Калифорния", "роллы", 560),
    ("Том ям", "супы", 540),
    ("Цезарь", "салаты", 450),
    ("Чизкейк", "десерты", 320),
    ("Лимонад", "напитки", 210),
];
const RESTAURANTS: [&str; 3] = ["Тверская, 7", "Невский, 20", "Ленина, 3"];

/// Where the files are.
pub struct SampleFiles {
    pub customers: PathBuf,
    pub orders: PathBuf,
}

/// Whether a guest's browser has subscribed to the site.
pub fn has_subscribed(number: u32) -> bool {
    number % 8 == 1
}

/// The Telegram id of a guest who has started the bot.
pub fn telegram_id(number: u32) -> Option<u64> {
    (number % 8 == 4).then(|| 7_000_000_000 + u64::from(number))
}

pub fn external_id(number: u32) -> String {
    format!("guest-{number}")
}

/// Writes the second brand's guests: all have a phone, and every other one has WhatsApp.
pub fn write_sushi(folder: &Path, count: u32) -> Result<PathBuf> {
    let file = folder.join("sushi-customers.csv");
    let mut customers = csv::Writer::from_path(&file)?;
    customers.write_record(["customer_id", "name", "phone", "whatsapp", "marketing_consent"])?;
    for number in 1..=count {
        let phone = format!("+7998{:07}", 1_000_000 + number);
        let whatsapp = if number.is_multiple_of(2) { phone.as_str() } else { "" };
        let name = NAMES[number as usize % NAMES.len()];
        customers.write_record([&external_id(number), name, &phone, whatsapp, "yes"])?;
    }
    // The person who watches the demo, without an address until their browser subscribes.
    customers.write_record([VISITOR, "Гость", "", "", "yes"])?;
    customers.flush()?;
    Ok(file)
}

/// Writes `count` guests and their orders up to `now` into a folder.
pub fn write(folder: &Path, count: u32, now: Timestamp, seed: u64) -> Result<SampleFiles> {
    let files = SampleFiles {
        customers: folder.join("customers.csv"),
        orders: folder.join("orders.csv"),
    };
    let mut random = StdRng::seed_from_u64(seed);
    let mut customers = csv::Writer::from_path(&files.customers)?;
    let mut orders = csv::Writer::from_path(&files.orders)?;
    customers.write_record([
        "customer_id",
        "name",
        "phone",
        "locale",
        "tags",
        "fcm_token",
        "apns_token",
        "whatsapp",
        "marketing_consent",
    ])?;
    orders.write_record([
        "order_id",
        "customer_id",
        "placed_at",
        "total",
        "restaurant",
        "status",
        "delivery",
        "source",
        "items",
    ])?;
    for number in 1..=count {
        customers.write_record(customer(&mut random, number))?;
        for (n, placed_at) in placed(&mut random, now).into_iter().enumerate() {
            orders.write_record(order(&mut random, number, n, placed_at))?;
        }
    }
    customers.flush()?;
    orders.flush()?;
    Ok(files)
}

fn customer(random: &mut StdRng, number: u32) -> Vec<String> {
    // Two in a hundred have no name on their card: for whom a text without a fallback fails.
    let name = if random.random_bool(0.98) {
        NAMES[random.random_range(0..NAMES.len())]
    } else {
        ""
    };
    let locale = if name.is_ascii() && !name.is_empty() {
        "en"
    } else {
        "ru"
    };
    let phone = if random.random_bool(0.92) {
        format!("+7999{:07}", 1_000_000 + number)
    } else {
        String::new()
    };
    let (fcm, apns) = app(random, number);
    // The same number, registered separately.
    let whatsapp = if random.random_bool(0.3) {
        phone.clone()
    } else {
        String::new()
    };
    let tag = if random.random_bool(0.2) { "vip" } else { "" };
    let consent = if random.random_bool(0.9) { "yes" } else { "no" };
    vec![
        external_id(number),
        name.into(),
        phone,
        locale.into(),
        tag.into(),
        fcm,
        apns,
        whatsapp,
        consent.into(),
    ]
}

/// The token of the app at FCM or APNs, if the guest has the app.
fn app(random: &mut StdRng, number: u32) -> (String, String) {
    // One in fifty has uninstalled the app since: the provider will say so.
    let dead = random.random_bool(0.02);
    if !random.random_bool(0.65) {
        return (String::new(), String::new());
    }
    if random.random_bool(0.3) {
        let end = if dead { "00fa017001" } else { "00de700001" };
        return (String::new(), format!("{number:054x}{end}"));
    }
    let dead = if dead { "sim:unregistered:" } else { "" };
    (format!("{dead}demo-token-{number:07}"), String::new())
}

/// When a guest ordered: an order every few days, a habit that many have given up.
fn placed(random: &mut StdRng, now: Timestamp) -> Vec<Timestamp> {
    let habit_days = random.random_range(4.0..40.0);
    let mut days_ago = if random.random_bool(0.45) {
        random.random_range(31.0..200.0)
    } else {
        random.random_range(0.1..30.0)
    };
    let mut placed = Vec::new();
    for _ in 0..random.random_range(1..12) {
        placed.push(Timestamp(now.0 - (days_ago * DAY_MS as f64) as i64));
        days_ago += habit_days * random.random_range(0.4..1.6);
    }
    placed
}

fn order(random: &mut StdRng, customer: u32, n: usize, placed_at: Timestamp) -> Vec<String> {
    let chosen: Vec<_> = (0..random.random_range(1..4))
        .map(|_| DISHES[random.random_range(0..DISHES.len())])
        .collect();
    let total: u32 = chosen.iter().map(|(_, _, price)| price).sum();
    let items: Vec<_> = chosen
        .iter()
        .map(|(dish, category, price)| json!({ "dish": dish, "category": category, "quantity": 1, "price": price }))
        .collect();
    let status = if random.random_bool(0.03) {
        "cancelled"
    } else {
        "delivered"
    };
    let pick = |random: &mut StdRng, of: &[&str]| of[random.random_range(0..of.len())].to_owned();
    vec![
        format!("{customer}-{n}"),
        external_id(customer),
        placed_at.to_rfc3339(),
        total.to_string(),
        pick(random, &RESTAURANTS),
        status.into(),
        pick(random, &["courier", "pickup"]),
        pick(random, &["app", "site", "operator"]),
        serde_json::Value::from(items).to_string(),
    ]
}
