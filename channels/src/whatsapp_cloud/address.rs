//! Whom a message goes to and comes from: a phone, or Meta's own id of a user who hides it.

use serde_json::Value;

/// How Meta is told an address.
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

/// The address of whom Meta names, as endpoints spell it: the phone if it is told, else the user id.
pub(super) fn address(phone: Option<&str>, user: Option<&str>) -> Option<String> {
    let phone = phone.filter(|text| !text.is_empty());
    match phone.map(|text| text.trim_start_matches('+')) {
        Some(digits) if is_number(digits) => Some(format!("+{digits}")),
        // A user id may stand where the phone used to.
        Some(id) if is_user_id(id) => Some(id.to_owned()),
        _ => user.filter(|id| is_user_id(id)).map(str::to_owned),
    }
}

/// [`address`] of the texts at two keys of an object.
pub(super) fn address_at(object: &Value, phone: &str, user: &str) -> Option<String> {
    address(object[phone].as_str(), object[user].as_str())
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
            // Without its plus it is no address of ours.
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
    fn whom_meta_names_becomes_an_endpoints_address() {
        let rows = [
            (Some("79991234567"), Some("RU.1"), Some("+79991234567")),
            (Some("+79991234567"), None, Some("+79991234567")),
            (None, Some("RU.1"), Some("RU.1")),
            (Some(""), Some("RU.1"), Some("RU.1")),
            (Some("RU.1"), None, Some("RU.1")),
            (Some("?"), Some("?"), None),
            (None, None, None),
        ];
        for (phone, user, expected) in rows {
            assert_eq!(address(phone, user).as_deref(), expected, "{phone:?} {user:?}");
        }
    }
}
