//! Which events are meant: a kind, and what must stand in their fields.

use bellhop_domain::Timestamp;
use bellhop_domain::event::{Event, EventKind, FieldKind, value_of};
use bellhop_domain::fault::{Fault, Why};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// `{"kind": "cart.changed", "where": {"cart.total": {"min": 1000}}}`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    pub kind: EventKind,
    /// Of a custom event: which one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// By the path of a field; all must hold.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldFilter>,
}

/// What a field must be. A field that the event does not have is nothing that is asked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldFilter {
    /// Included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Plain>,
    /// Included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Plain>,
    /// One of these; an empty list restricts nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<Plain>,
}

/// A value as a filter writes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Plain {
    Flag(bool),
    Number(Number),
    Text(String),
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = match Value::deserialize(deserializer)? {
            Value::Bool(flag) => return Ok(Plain::Flag(flag)),
            Value::Number(number) => return Ok(Plain::Number(number)),
            Value::String(text) => return Ok(Plain::Text(text)),
            Value::Null => "null",
            Value::Array(_) => "sequence",
            Value::Object(_) => "map",
        };
        // In serde's own words, which have a code.
        Err(serde::de::Error::custom(format!(
            "invalid type: {found}, expected a string"
        )))
    }
}

/// A value by the kind of its field. Values of different kinds are neither equal nor in any order.
#[derive(Debug, PartialEq)]
enum Typed<'a> {
    Flag(bool),
    Number(Decimal),
    Instant(Timestamp),
    Date(Date),
    Text(&'a str),
}

impl PartialOrd for Typed<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Typed::Flag(one), Typed::Flag(other)) => one.partial_cmp(other),
            (Typed::Number(one), Typed::Number(other)) => one.partial_cmp(other),
            (Typed::Instant(one), Typed::Instant(other)) => one.partial_cmp(other),
            (Typed::Date(one), Typed::Date(other)) => one.partial_cmp(other),
            (Typed::Text(one), Typed::Text(other)) => one.partial_cmp(other),
            _ => None,
        }
    }
}

impl EventFilter {
    pub fn of(kind: EventKind) -> Self {
        Self {
            kind,
            name: None,
            fields: BTreeMap::new(),
        }
    }

    pub fn holds(&self, event: &Event) -> bool {
        let named = self.name.is_none() || self.name == event.name;
        self.kind == event.kind && named && self.fields.iter().all(|(path, filter)| filter.holds(path, event))
    }

    /// What does not go together with the fields of the kind; `place` is that of the filter.
    pub(super) fn faults(&self, place: &str) -> Vec<Fault> {
        let mut found = Vec::new();
        match (&self.name, self.kind) {
            (None, EventKind::Custom) => found.push(Why::EventNameAbsent.at(format!("{place}.name"))),
            (Some(_), kind) if kind != EventKind::Custom => {
                let event = kind.name().to_owned();
                found.push(Why::EventNameOfCustom { event }.at(format!("{place}.name")));
            }
            _ => {}
        }
        for (path, filter) in &self.fields {
            found.extend(filter.faults(self.kind, path, &format!("{place}.where.{path}")));
        }
        found
    }
}

impl FieldFilter {
    fn holds(&self, path: &str, event: &Event) -> bool {
        let Some(kind) = event.kind.field(path) else {
            return false;
        };
        let Some(found) = value_of(&event.data, path).and_then(|value| typed(kind, value)) else {
            return false;
        };
        let bound = |plain: &Plain, fits: fn(&Typed<'_>, &Typed<'_>) -> bool| {
            plain.typed(kind).is_some_and(|bound| fits(&found, &bound))
        };
        self.min.as_ref().is_none_or(|min| bound(min, |it, min| it >= min))
            && self.max.as_ref().is_none_or(|max| bound(max, |it, max| it <= max))
            && (self.is.is_empty() || self.is.iter().any(|one| bound(one, |it, one| it == one)))
    }

    fn faults(&self, of: EventKind, path: &str, place: &str) -> Option<Fault> {
        let Some(kind) = of.field(path) else {
            return Some(absent(of, path).at(place));
        };
        if matches!(kind, FieldKind::Object(_) | FieldKind::List(_)) {
            let field = path.to_owned();
            return Some(Why::FieldOfParts { field }.at(place));
        }
        if self.min.is_none() && self.max.is_none() && self.is.is_empty() {
            return Some(Why::FieldFilterEmpty.at(place));
        }
        let ordered = !matches!(kind, FieldKind::Text | FieldKind::Flag);
        if !ordered && (self.min.is_some() || self.max.is_some()) {
            return Some(Why::FieldUnordered.at(place));
        }
        let all = self.min.iter().chain(&self.max).chain(&self.is);
        if let Some(unfit) = all.into_iter().find(|plain| plain.typed(kind).is_none()) {
            let (value, form) = (unfit.to_string(), form(kind).to_owned());
            return Some(Why::FieldValueUnfit { value, form }.at(place));
        }
        let (min, max) = (self.min.as_ref()?, self.max.as_ref()?);
        let turned = min.typed(kind).zip(max.typed(kind)).is_some_and(|(min, max)| min > max);
        let (min, max) = (min.to_string(), max.to_string());
        turned.then(|| Why::RangeTurned { min, max }.at(place))
    }
}

/// That events of a kind have no such field, and which they have.
pub(super) fn absent(of: EventKind, path: &str) -> Why {
    Why::EventLacksField {
        field: path.to_owned(),
        event: of.name().to_owned(),
        known: of.schema().paths().join(", "),
    }
}

impl Plain {
    fn typed(&self, kind: &FieldKind) -> Option<Typed<'_>> {
        Some(match (kind, self) {
            (FieldKind::Flag | FieldKind::Plain, Plain::Flag(flag)) => Typed::Flag(*flag),
            (FieldKind::Number | FieldKind::Money | FieldKind::Plain, Plain::Number(number)) => {
                Typed::Number(decimal(&number.to_string())?)
            }
            (FieldKind::Number | FieldKind::Money, Plain::Text(text)) => Typed::Number(decimal(text)?),
            (FieldKind::Instant, Plain::Text(text)) => Typed::Instant(instant(text)?),
            (FieldKind::Date, Plain::Text(text)) => Typed::Date(text.parse().ok()?),
            (FieldKind::Text | FieldKind::Plain, Plain::Text(text)) => Typed::Text(text),
            _ => return None,
        })
    }
}

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Plain::Flag(flag) => flag.fmt(f),
            Plain::Number(number) => number.fmt(f),
            Plain::Text(text) => text.fmt(f),
        }
    }
}

fn typed<'a>(kind: &FieldKind, value: &'a Value) -> Option<Typed<'a>> {
    Some(match (kind, value) {
        (FieldKind::Flag | FieldKind::Plain, Value::Bool(flag)) => Typed::Flag(*flag),
        (FieldKind::Number | FieldKind::Money | FieldKind::Plain, Value::Number(number)) => {
            Typed::Number(decimal(&number.to_string())?)
        }
        (FieldKind::Number | FieldKind::Money, Value::String(text)) => Typed::Number(decimal(text)?),
        (FieldKind::Instant, Value::String(text)) => Typed::Instant(instant(text)?),
        (FieldKind::Date, Value::String(text)) => Typed::Date(text.parse().ok()?),
        (FieldKind::Text | FieldKind::Plain, Value::String(text)) => Typed::Text(text),
        _ => return None,
    })
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

fn instant(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

/// How a value of a kind is written.
fn form(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "\"site\"",
        FieldKind::Number => "3",
        FieldKind::Money => "1250.50",
        FieldKind::Instant => "\"2026-03-01T09:00:00Z\"",
        FieldKind::Date => "\"2026-03-01\"",
        FieldKind::Flag => "true",
        FieldKind::Object(_) | FieldKind::List(_) | FieldKind::Plain => "\"site\", 3, true",
    }
}
