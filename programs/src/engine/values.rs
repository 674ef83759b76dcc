//! The values that a message brings along for its texts.

use super::burn::burns_on;
use super::guest_dates::Burn;
use super::{Occasion, local};
use crate::definition::Definition;
use bellhop_domain::event::{Event, FieldKind, money, text_of, value_of};
use bellhop_domain::{Money, Timestamp, Zone};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

pub type Values = BTreeMap<String, String>;

/// The event's values for the names that the texts use ([`Definition::given`]). What the event does not have is missing,
/// and a text without a fallback for it is not sent.
pub fn values_of(given: &[String], event: &Event, zone: &Zone) -> Values {
    let value = |name: &String| Some((name.clone(), text(event, name, zone)?));
    given.iter().filter_map(value).collect()
}

/// An instant is told as its date in the guest's calendar.
fn text(event: &Event, name: &str, zone: &Zone) -> Option<String> {
    if event.kind.field(name) != Some(&FieldKind::Instant) {
        return text_of(&event.data, name);
    }
    let Value::String(at) = value_of(&event.data, name)? else {
        return None;
    };
    let at: jiff::Timestamp = at.parse().ok()?;
    local::date(zone, Timestamp(at.as_millisecond())).map(|day| day.to_string())
}

/// The moment of sending, and what only it knows.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    pub occasion: &'a Occasion,
    pub burns: &'a [Burn],
    pub zone: &'a Zone,
    pub now: Timestamp,
}

/// The bonuses that a message which goes now tells of, and their last day.
pub fn granted(definition: &Definition, zone: &Zone, now: Timestamp) -> Option<(Money, Option<Date>)> {
    let grant = definition.grant?;
    let today = local::date(zone, now);
    let last_day = grant.days.and_then(|days| local::plus_days(today?, i32::from(days)));
    Some((grant.bonuses, last_day))
}

/// What a firing's values are completed with when it is let go: what burns now, the grant, the days that are left.
/// `None` if it was to tell of bonuses that do not burn any more.
pub fn values_at_sending(
    definition: &Definition,
    given: &[String],
    mut values: Values,
    at: &Sending<'_>,
) -> Option<Values> {
    let today = local::date(at.zone, at.now);
    let mut put = |name: &str, value: String| {
        if given.iter().any(|it| it == name) {
            values.insert(name.to_owned(), value);
        }
    };
    let mut last_day = None;
    if let Some(day) = at.occasion.burns_on() {
        put("bonus_amount", money(burns_on(at.burns, day, at.zone)?));
        last_day = Some(day);
    }
    if let Some((bonuses, last)) = granted(definition, at.zone, at.now) {
        put("bonus_amount", money(bonuses));
        last_day = last;
    }
    if let Some(day) = last_day {
        put("valid_to", day.to_string());
    }
    let last_day = last_day.or_else(|| values.get("valid_to").and_then(|text| text.parse::<Date>().ok()));
    let left = last_day.zip(today).map(|(last, today)| (last - today).get_days());
    // After the last day there is nothing to count, so the text has no value for it.
    if let Some(left) = left.filter(|left| *left >= 0)
        && given.iter().any(|it| it == "days_left")
    {
        values.insert("days_left".to_owned(), left.to_string());
    }
    Some(values)
}
