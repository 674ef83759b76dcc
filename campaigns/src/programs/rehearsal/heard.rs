//! Events as programs heard them. The store keeps what was told; what programs hear of an order is the whole order, at the
//! instant at which it became so.

use bellhop_domain::event::{Event, became_at, instant_of, text_of};
use bellhop_domain::{Money, Timestamp};
use bellhop_store::programs::PastGuest;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// An event, and when it was told.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub event: Event,
    pub came_at: Timestamp,
}

/// What was told of a guest from an instant on, in its order, without what was no news.
pub(super) fn heard(past: &PastGuest, since: Timestamp) -> Vec<Heard> {
    let mut orders: HashMap<String, Map<String, Value>> = HashMap::new();
    let mut all = Vec::new();
    for it in &past.events {
        let mut event = it.event.clone();
        if let Some(status) = event.kind.order_status() {
            let Some(number) = text_of(&event.data, "order.number") else {
                continue;
            };
            let is_first = !orders.contains_key(&number);
            let whole = orders.entry(number.clone()).or_insert_with(|| as_it_is(past, &number));
            if let Some(Value::Object(told)) = event.data.get("order") {
                whole.extend(told.clone());
            }
            event.data = Map::from_iter([("order".to_owned(), Value::Object(whole.clone()))]);
            let placed_at = instant_of(&event.data, "order.placed_at").unwrap_or(event.at);
            // Nobody said when it became so.
            if event.at == it.came_at {
                event.at = became_at(status, is_first && placed_at >= since, placed_at, it.came_at);
            }
        }
        if it.is_news && it.came_at >= since {
            all.push(Heard {
                event,
                came_at: it.came_at,
            });
        }
    }
    all
}

/// The order as it is today: what a later report leaves out was said by an earlier one, perhaps of a file.
fn as_it_is(past: &PastGuest, number: &str) -> Map<String, Value> {
    let known = past.orders.iter().zip(&past.guest.orders).find(|(it, _)| *it == number);
    let Some((_, order)) = known else { return Map::new() };
    let money = |amount: Money| bellhop_domain::event::money(amount);
    let mut whole = Map::from_iter([
        ("number".to_owned(), json!(number)),
        ("placed_at".to_owned(), json!(order.placed_at)),
        ("total".to_owned(), json!(money(order.total))),
    ]);
    let said = [
        ("restaurant", &order.restaurant),
        ("delivery", &order.delivery),
        ("source", &order.source),
        ("promo", &order.promo),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            whole.insert(name.to_owned(), json!(value));
        }
    }
    whole
}
