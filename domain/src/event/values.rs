//! Values of an event, checked by its schema and brought into the one form of their kind.

use super::{Field, FieldKind, MAX_ITEMS, Schema};
use crate::fault::{Fault, Term, Why};
use crate::money::MoneyError;
use crate::order::MAX_TOTAL;
use crate::visible::without_invisible;
use crate::{Money, Timestamp};
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// Reads an object, and notes what is wrong in it. What is null or an empty text is as good as absent.
pub(super) fn object(
    schema: &Schema,
    mut given: Map<String, Value>,
    place: &str,
    faults: &mut Vec<Fault>,
) -> Map<String, Value> {
    let mut read = Map::new();
    for field in schema.fields {
        let place = within(place, field.name);
        let value = given.remove(field.name).filter(|value| !value.is_null());
        let value = value.and_then(|value| one(&field.kind, field, value, &place, faults));
        match value {
            Some(value) => drop(read.insert(field.name.to_owned(), value)),
            None if field.required && !faults.iter().any(|fault| is_in(&fault.place, &place)) => {
                let key = field.name.to_owned();
                faults.push(Why::BodyKeyAbsent { key }.at(place));
            }
            None => {}
        }
    }
    for key in given.into_iter().map(|(key, _)| key) {
        faults.push(Why::BodyKeyUnknown { key: key.clone() }.at(within(place, &key)));
    }
    read
}

/// Whether a place is this one, or a part of it.
fn is_in(place: &str, whole: &str) -> bool {
    let rest = place.strip_prefix(whole);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn within(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

/// One value in its form; `None` if it says nothing, or if it is wrong, which is noted.
fn one(kind: &FieldKind, field: &Field, value: Value, place: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    match (kind, value) {
        (FieldKind::Object(inner), Value::Object(given)) => Some(Value::Object(object(inner, given, place, faults))),
        (FieldKind::List(of), Value::Array(all)) => list(of, field, all, place, faults),
        (kind, value) => match plain(kind, field.most, value) {
            Ok(value) => value,
            Err(why) => {
                faults.push(why.at(place));
                None
            }
        },
    }
}

fn list(of: &FieldKind, field: &Field, all: Vec<Value>, place: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    if all.len() > MAX_ITEMS {
        faults.push(Why::ListTooLong { most: MAX_ITEMS }.at(place));
        return None;
    }
    let numbered = all.into_iter().enumerate();
    let read = numbered.filter_map(|(i, value)| one(of, field, value, &format!("{place}[{i}]"), faults));
    Some(Value::Array(read.collect()))
}

/// A value that has no parts.
pub(super) fn plain(kind: &FieldKind, most: usize, value: Value) -> Result<Option<Value>, Why> {
    let found = type_of(&value);
    let unfit = |expected| {
        let (found, expected) = (Term(found), Term(expected));
        Err(Why::BodyTypeUnfit { found, expected })
    };
    match (kind, value) {
        (FieldKind::Text | FieldKind::Plain, Value::String(said)) => text(&said, most).map(|it| it.map(Value::from)),
        (FieldKind::Money, Value::String(said)) => amount(&said).map(|it| Some(money(it).into())),
        (FieldKind::Money, Value::Number(said)) => amount(&said.to_string()).map(|it| Some(money(it).into())),
        (FieldKind::Instant, Value::String(said)) => instant(&said).map(|it| Some(it.to_rfc3339().into())),
        (FieldKind::Date, Value::String(said)) => date(&said).map(|it| Some(it.to_string().into())),
        (FieldKind::Number | FieldKind::Plain, Value::Number(said)) => Ok(Some(Value::Number(said))),
        (FieldKind::Flag | FieldKind::Plain, Value::Bool(said)) => Ok(Some(Value::Bool(said))),
        (FieldKind::Text | FieldKind::Instant | FieldKind::Date | FieldKind::Plain, _) => unfit("a string"),
        (FieldKind::Number | FieldKind::Money, _) => unfit("a number"),
        (FieldKind::Flag, _) => unfit("a boolean"),
        (FieldKind::Object(_), _) => unfit("an object"),
        (FieldKind::List(_), _) => unfit("a list"),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A text without surrounding spaces and invisible characters; `None` if nothing is left.
fn text(said: &str, most: usize) -> Result<Option<String>, Why> {
    let text = without_invisible(said);
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Why::TextTooLong { most });
    }
    if text.contains('\0') {
        return Err(Why::TextHoldsZero);
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn amount(said: &str) -> Result<Money, Why> {
    let amount: Money = said.parse().map_err(|error: MoneyError| error.why())?;
    if amount < Money(0) {
        return Err(Why::AmountBelowZero);
    }
    if amount > MAX_TOTAL {
        let most = MAX_TOTAL.to_string();
        return Err(Why::AmountTooLarge { most });
    }
    Ok(amount)
}

/// The one form of an amount in an event: `1250`, or `1250.50`.
pub fn money(amount: Money) -> String {
    let text = amount.to_string();
    match text.strip_suffix(".00") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn instant(said: &str) -> Result<Timestamp, Why> {
    let read = chrono::DateTime::parse_from_rfc3339(said.trim());
    let unfit = |_| Why::MomentUnfit { text: said.to_owned() };
    read.map(|it| Timestamp(it.timestamp_millis())).map_err(unfit)
}

fn date(said: &str) -> Result<NaiveDate, Why> {
    let read = NaiveDate::parse_from_str(said.trim(), "%Y-%m-%d");
    read.map_err(|_| Why::MomentUnfit { text: said.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_have_one_form_or_a_fault() {
        let read = |kind, value| plain(&kind, 5, value).map_err(|why| why.code());
        for (kind, said, form) in [
            (FieldKind::Text, json!(" Борщ\u{200B} "), Ok(Some(json!("Борщ")))),
            (FieldKind::Text, json!("  "), Ok(None)),
            (FieldKind::Text, json!("Солянка"), Err("text_too_long")),
            (FieldKind::Text, json!("a\0b"), Err("text_holds_zero")),
            (FieldKind::Text, json!(1), Err("body_type_unfit")),
            (FieldKind::Money, json!(1250), Ok(Some(json!("1250")))),
            (FieldKind::Money, json!(1250.5), Ok(Some(json!("1250.50")))),
            (FieldKind::Money, json!("1250.00"), Ok(Some(json!("1250")))),
            (FieldKind::Money, json!("0.0079"), Ok(Some(json!("0.0079")))),
            (FieldKind::Money, json!(-1), Err("amount_below_zero")),
            (FieldKind::Money, json!("1 250"), Err("amount_unreadable")),
            (FieldKind::Money, json!(100_000_000_001_i64), Err("amount_too_large")),
            (FieldKind::Number, json!(2.5), Ok(Some(json!(2.5)))),
            (FieldKind::Number, json!("2"), Err("body_type_unfit")),
            (FieldKind::Flag, json!(true), Ok(Some(json!(true)))),
            (FieldKind::Flag, json!("yes"), Err("body_type_unfit")),
            (
                FieldKind::Instant,
                json!("2026-12-01T09:00:00+03:00"),
                Ok(Some(json!("2026-12-01T06:00:00Z"))),
            ),
            (FieldKind::Instant, json!("2026-12-01"), Err("moment_unfit")),
            (FieldKind::Date, json!("2026-12-01"), Ok(Some(json!("2026-12-01")))),
            (FieldKind::Date, json!("2026-02-30"), Err("moment_unfit")),
            (FieldKind::Plain, json!([1]), Err("body_type_unfit")),
        ] {
            let told = read(kind, said.clone());
            assert_eq!(told, form.map_err(str::to_owned), "{kind:?} {said}");
        }
    }
}
