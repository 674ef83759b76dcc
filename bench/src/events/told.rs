//! A file of events as a brand tells them: carts above all, then orders on their way, balances, reviews.

use anyhow::Result;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// How many events one guest has.
const OF_A_GUEST: u32 = 10;
const STATUSES: [&str; 3] = ["placed", "cooking", "delivered"];

/// Writes events, one a line; of how many guests.
pub fn write(path: &Path, events: u32) -> Result<u32> {
    let guests = (events / OF_A_GUEST).max(1);
    let mut file = BufWriter::new(File::create(path)?);
    for n in 0..events {
        serde_json::to_writer(&mut file, &event(n, guests))?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(guests)
}

/// Neighbours in the file are of different guests, as they are in life.
fn event(n: u32, guests: u32) -> Value {
    let guest = n % guests;
    let at = format!("2026-03-01T{:02}:{:02}:{:02}Z", n / 3_600 % 24, n / 60 % 60, n % 60);
    let mut event = match n / guests % OF_A_GUEST {
        0..4 => json!({"type": "cart.changed", "cart": {
            "total": 300 + n % 900, "url": "https://brand.example/cart",
            "items": [{"dish": dish(n), "quantity": 1 + n % 3, "price": 300}, {"dish": dish(n + 1), "price": 150}]}}),
        step @ 4..7 => json!({"type": format!("order.{}", STATUSES[step as usize - 4]), "order": {
            "number": format!("A-{guest}"), "placed_at": "2026-03-01T09:00:00Z", "total": 300 + guest % 900,
            "restaurant": format!("Restaurant {}", guest % 20), "source": "app",
            "items": [{"dish": dish(guest), "category": "Pizza", "quantity": 2, "price": 150}]}}),
        7 => json!({"type": "bonuses.changed", "balance": guest % 500,
                    "burns": [{"amount": guest % 100, "at": "2026-04-01T00:00:00Z"}]}),
        8 => json!({"type": "app.opened"}),
        _ => {
            json!({"type": "review.left", "review": {"stars": 1 + guest % 5, "text": "Вкусно", "order": format!("A-{guest}")}})
        }
    };
    event["id"] = json!(format!("event-{n}"));
    event["customer_id"] = json!(format!("guest-{guest}"));
    event["at"] = json!(at);
    event
}

fn dish(n: u32) -> String {
    format!("Dish {}", n % 300)
}
