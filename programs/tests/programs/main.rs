//! Programs from their definition to the verdict: by tables, by properties, and the presets one by one.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by unwrap")]

mod dates;
mod definitions;
mod events;
mod presets;
mod properties;
mod values;
mod verdicts;

use bellhop_domain::event::{Event, EventKind};
use bellhop_domain::{CustomerId, Timestamp, Zone};
use bellhop_programs::engine::{Firing, FiringState, Occasion};
use bellhop_programs::{Definition, read};
use serde_json::{Map, Value, json};

const BODY: &str = r#""contents":{"push":{"title":"t","body":"b"}},"waterfall":[{"channel":"push"}]"#;

/// A definition with these keys beside its contents.
fn program(keys: &str) -> Definition {
    let text = format!(r#"{{"name":"n",{keys},{BODY}}}"#);
    read(&text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

fn object(json: Value) -> Map<String, Value> {
    json.as_object().unwrap().clone()
}

fn event(number: i64, kind: EventKind, at: Timestamp, data: Value) -> Event {
    Event {
        number,
        kind,
        name: None,
        customer: CustomerId(1),
        at,
        data: object(data),
    }
}

fn order(number: i64, kind: EventKind, at: Timestamp, id: &str, source: &str) -> Event {
    let data = json!({"order": {"number": id, "placed_at": "2026-12-01T06:00:00Z", "total": "1250", "source": source}});
    event(number, kind, at, data)
}

fn cart(number: i64, at: Timestamp, total: &str) -> Event {
    let items = json!([{"dish": "Борщ", "quantity": 2, "price": total}]);
    event(
        number,
        EventKind::CartChanged,
        at,
        json!({"cart": {"total": total, "items": items}}),
    )
}

fn firing(occasion: &str, state: FiringState, due_at: Timestamp, last_event: i64) -> Firing {
    Firing {
        occasion: Occasion(occasion.to_owned()),
        state,
        due_at,
        last_event,
    }
}

fn at(text: &str) -> Timestamp {
    Zone::utc().parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}
