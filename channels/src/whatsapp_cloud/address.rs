//! Whom a message goes to and comes from: a phone, or Meta's own id of a user who hides it.

use crate::number::international;
use crate::person::Person;
use serde_json::Value;

/// How an address is passed to Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipient<'a> {
    /// Digits, without the plus.
    Phone(&'a str),
    /// A business-scoped user id.
    User(&'a str),
}

/// Reads an endpoint's address; `None` if it is neither E.164 nor a BSUID.
pub(super) fn recipient(address: &str) -> Option<Recipient<'_>> {
    match address.strip_prefix('+') {
        Some(digits) if is_number(digits) => Some(Recipient::Phone(digits)),
        None if is_user_id(address) => Some(Recipient::User(address)),
        _ => None,
    }
}

/// The person with these ids from Meta. What is neither a phone nor a user id is ignored.
pub(super) fn person<'a>(told: impl IntoIterator<Item = &'a str>) -> Option<Person> {
    Person::of(told.into_iter().filter_map(address))
}

/// The [`person`] with the texts at these keys of an object.
pub(super) fn person_at(object: &Value, keys: &[&str]) -> Option<Person> {
    person(keys.iter().filter_map(|key| object[*key].as_str()))
}

/// A user id may stand where the phone used to.
fn address(told: &str) -> Option<String> {
    match told.trim_start_matches('+') {
        digits if is_number(digits) => Some(international(digits)),
        id if is_user_id(id) => Some(id.to_owned()),
        _ => None,
    }
}

fn is_number(digits: &str) -> bool {
    (5..=20).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit())
}

/// `^[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}$` (PROVIDERS.md §5.2).
fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|c| c.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_and_user_ids_are_told_apart() {
        let rows = [
            ("+79991234567", Some(Recipient::Phone("79991234567"))),
            (
                "RU.13491208655302741918",
                Some(Recipient::User("RU.13491208655302741918")),
            ),
            ("US.ENT.a1B2", Some(Recipient::User("US.ENT.a1B2"))),
            // Without its plus it is not an address of ours.
            ("79991234567", None),
            ("+7 999", None),
            ("+", None),
            ("ru.1", None),
            ("RUS.1", None),
            ("RU.", None),
            ("RU.a-b", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(recipient(text), expected, "{text}");
        }
    }

    #[test]
    fn whom_meta_names_becomes_endpoints_addresses() {
        type Row = (&'static [&'static str], Option<(&'static str, &'static [&'static str])>);
        let rows: [Row; 8] = [
            (&["79991234567", "RU.1"], Some(("+79991234567", &["RU.1"]))),
            // The phone is what endpoints are known by, wherever it stands.
            (
                &["RU.1", "RU.ENT.2", "+79991234567"],
                Some(("+79991234567", &["RU.1", "RU.ENT.2"])),
            ),
            (&["+79991234567", "79991234567"], Some(("+79991234567", &[]))),
            (&["RU.1"], Some(("RU.1", &[]))),
            (&["", "RU.1"], Some(("RU.1", &[]))),
            (&["?", "RU.1", "RU.1"], Some(("RU.1", &[]))),
            (&["?"], None),
            (&[], None),
        ];
        for (told, expected) in rows {
            let person = person(told.iter().copied());
            let expected = expected.map(|(address, also)| Person {
                address: address.to_owned(),
                also: also.iter().map(|one| (*one).to_owned()).collect(),
            });
            assert_eq!(person, expected, "{told:?}");
        }
    }
}
