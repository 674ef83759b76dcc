//! What guests of a brand do at once, and what is to follow: of ten events one fires a program, one is a delivered order, by which
//! a rule tags its guest, and the others are carts above all.

use bellhop_domain::Timestamp;
use serde_json::{Value, json};

/// Which of so many events fires, and which is a delivered order.
pub const OF_ALL: u64 = 10;
pub const FIRES: u64 = 0;
pub const DELIVERED: u64 = 1;
/// The tag of [`regulars`].
pub const TAG: &str = "has eaten";
/// A prime, so that neighbours are of different guests.
const STRIDE: u64 = 7_919;

/// A program that sends at once.
pub fn booked() -> Value {
    json!({
        "name": "booked", "trigger": { "event": { "kind": "custom", "name": "table.booked" } }, "values": ["guests"],
        "purpose": "notification", "contents": { "push": { "title": "We wait for you", "body": "{{ guests }} guests" } },
        "waterfall": [{ "channel": "push" }],
    })
}

/// A rule that speaks of a guest from the first delivered order on.
pub fn regulars() -> Value {
    json!({ "name": "Has eaten", "tag": TAG, "days": 30, "count": { "min": 1 } })
}

/// The event of a number, which happens at an instant to one of so many guests. Each delivered order is another guest's.
pub fn event(number: u64, guests: u32, at: Timestamp) -> Value {
    let guests = u64::from(guests);
    let guest = match number % OF_ALL {
        DELIVERED => number / OF_ALL % guests,
        _ => number * STRIDE % guests,
    };
    let mut event = match number % OF_ALL {
        FIRES => json!({ "type": "custom", "name": "table.booked", "guests": 1 + number % 6 }),
        DELIVERED => json!({ "type": "order.delivered", "order": {
            "number": format!("L-{number}"), "placed_at": at, "total": 700, "source": "app",
            "items": [{ "dish": "Margherita", "category": "Pizza", "quantity": 2, "price": 350 }] } }),
        2 => json!({ "type": "bonuses.changed", "balance": number % 500 }),
        3 => json!({ "type": "app.opened" }),
        _ => json!({ "type": "cart.changed", "cart": { "total": 300 + number % 900,
            "items": [{ "dish": "Margherita", "quantity": 1, "price": 300 }] } }),
    };
    event["id"] = json!(format!("live-{number}"));
    event["customer_id"] = json!(crate::guests::external_id(u32::try_from(guest).unwrap_or_default() + 1));
    event["at"] = json!(at);
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_delivered_order_is_another_guests() {
        let all: Vec<Value> = (0..1_000).map(|n| event(n, 100, Timestamp(1_000))).collect();
        let of = |kind: &str| all.iter().filter(|it| it["type"] == kind).collect::<Vec<_>>();
        let delivered = of("order.delivered");
        let guests: HashSet<_> = delivered.iter().map(|it| it["customer_id"].to_string()).collect();
        assert_eq!((delivered.len(), guests.len()), (100, 100));
        assert_eq!(of("custom").len(), 100);
    }
}
