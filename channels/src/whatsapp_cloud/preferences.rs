//! A guest's own switch for our marketing, `user_preferences[]` (PROVIDERS.md §5.6).

use super::address::person_at;
use super::call::{time, unrecognised};
use super::inbound::CONTACT;
use crate::Event;
use crate::json;
use crate::person::Person;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::Preference;
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads one preference as an event for each address of the person. What is not about marketing is kept as it came.
pub(super) fn read(raw: &str, contacts: &[&RawValue], received: Timestamp) -> Vec<Event> {
    let told: Value = json::read(raw.as_bytes()).unwrap_or_default();
    wishes(&told, contacts, received).unwrap_or_else(|| vec![unrecognised("user_preferences", raw)])
}

fn wishes(told: &Value, contacts: &[&RawValue], received: Timestamp) -> Option<Vec<Event>> {
    let value = told["value"].as_str()?;
    let given = match (told["category"].as_str()?, value) {
        ("marketing_messages", "stop") => false,
        ("marketing_messages", "resume" | "signup") => true,
        _ => return None,
    };
    let person = person_at(told, &CONTACT)?;
    let contacts = contacts
        .iter()
        .filter_map(|raw| json::read::<Value>(raw.get().as_bytes()).ok());
    let known = contacts.filter_map(|contact| person_at(&contact, &CONTACT));
    let known: Vec<Person> = known.filter(|known| person.is(known) == Some(true)).collect();
    let person = Person::of(person.all().chain(known.into_iter().flat_map(Person::all)))?;
    let at = match time(&told["timestamp"]) {
        Some(at) => at,
        // A stop without a time counts from now; a consent must say when it was given.
        None if !given => received,
        None => return None,
    };
    let wish = |address| {
        Event::Preference(Preference {
            address,
            given,
            at,
            how: format!("WhatsApp user preference: {value}"),
        })
    };
    Some(person.all().map(wish).collect())
}
