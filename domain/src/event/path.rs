//! Paths into an event's data: `cart.items[0].dish`.

use crate::{Money, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The value at a path.
pub fn value_of<'a>(data: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut value = step(data, parts.next()?)?;
    for part in parts {
        value = step(value.as_object()?, part)?;
    }
    Some(value)
}

/// The value at a path as a text says it; `None` if nothing is there, or an object or a list.
pub fn text_of(data: &Map<String, Value>, path: &str) -> Option<String> {
    match value_of(data, path)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The amount at a path.
pub fn money_of(data: &Map<String, Value>, path: &str) -> Option<Money> {
    value_of(data, path)?.as_str()?.parse().ok()
}

/// The instant at a path.
pub fn instant_of(data: &Map<String, Value>, path: &str) -> Option<Timestamp> {
    Timestamp::deserialize(value_of(data, path)?).ok()
}

fn step<'a>(object: &'a Map<String, Value>, part: &str) -> Option<&'a Value> {
    let (name, places) = part.find('[').map_or((part, ""), |at| part.split_at(at));
    let mut value = object.get(name)?;
    for place in indices(places)? {
        value = value.as_array()?.get(place)?;
    }
    Some(value)
}

/// The name of a part of a path, and how many lists it goes into.
pub(super) fn name_and_depth(part: &str) -> Option<(&str, usize)> {
    let (name, places) = part.find('[').map_or((part, ""), |at| part.split_at(at));
    Some((name, indices(places)?.len()))
}

/// `[0][12]` as numbers.
fn indices(places: &str) -> Option<Vec<usize>> {
    let mut rest = places;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (number, after) = rest.strip_prefix('[')?.split_once(']')?;
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        all.push(number.parse().ok()?);
        rest = after;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_found_by_their_paths() {
        let data = json!({"cart": {"total": "1250", "items": [{"dish": "Борщ", "quantity": 2}, {"dish": "Чай"}]},
                          "vip": true, "grid": [[1, 2], [3]]});
        let data = data.as_object().unwrap();
        for (path, text) in [
            ("cart.total", Some("1250")),
            ("cart.items[0].dish", Some("Борщ")),
            ("cart.items[0].quantity", Some("2")),
            ("cart.items[1].dish", Some("Чай")),
            ("cart.items[1].quantity", None),
            ("cart.items[2].dish", None),
            ("cart.items", None),
            ("cart", None),
            ("vip", Some("true")),
            ("grid[0][1]", Some("2")),
            ("grid[1][1]", None),
            ("grid[+1]", None),
            ("", None),
        ] {
            assert_eq!(text_of(data, path).as_deref(), text, "{path}");
        }
        assert_eq!(money_of(data, "cart.total"), Some(Money(12_500_000)));
        assert_eq!(money_of(data, "vip"), None);
    }
}
