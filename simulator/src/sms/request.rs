//! The fields of a request, whether they came as query, form or JSON.

use std::collections::HashMap;

use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::answer::GatewayError;
use super::parts;
use crate::config::SmsConfig;

const LONGEST_OWN_ID: usize = 40;
const LONGEST_NAME: usize = 11;
const LONGEST_NUMBER: usize = 15;
const MOST_PARTS: usize = 255;

/// Field by name; a later source wins.
#[derive(Debug, Default)]
pub(super) struct Fields(HashMap<String, String>);

impl Fields {
    /// Reads the query and the body. A body that does not fit its type has no fields.
    pub(super) fn read(query: &str, content_type: &str, body: &[u8]) -> Self {
        let mut fields: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if content_type.starts_with("application/json") {
            let object: HashMap<String, Value> = serde_json::from_slice(body).unwrap_or_default();
            fields.extend(object.into_iter().map(|(name, value)| (name, scalar(value))));
        } else {
            fields.extend(form_urlencoded::parse(body).into_owned());
        }
        Self(fields)
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether login and password, or the API key, are those of the account.
    pub(super) fn authorized(&self, account: &SmsConfig) -> bool {
        let is = |given: &str, secret: &SecretString| !given.is_empty() && given == secret.expose_secret();
        let password = self.get("psw");
        let hashed = hex::encode(Md5::digest(account.password.expose_secret()));
        is(self.get("apikey"), &account.api_key)
            || (self.get("login") == account.login && (is(password, &account.password) || password == hashed))
    }
}

fn scalar(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What `cost` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    Silent,
    /// 1: tell the price and send nothing.
    PriceOnly,
    /// 2: send and tell the price.
    Price,
    /// 3: send and tell price and balance.
    PriceAndBalance,
}

/// A send request that SMSC.ru would accept.
#[derive(Debug)]
pub(super) struct Send<'f> {
    /// Digits only, at least one.
    pub(super) phones: Vec<String>,
    pub(super) text: &'f str,
    pub(super) parts: usize,
    /// Empty if the gateway is to choose one.
    pub(super) own_id: &'f str,
    /// The name or number it comes from; empty for the account's own.
    pub(super) sender: &'f str,
    pub(super) cost: Cost,
}

impl<'f> Send<'f> {
    pub(super) fn read(fields: &'f Fields) -> Result<Self, GatewayError> {
        let (phones, text, own_id) = (fields.get("phones"), fields.get("mes"), fields.get("id"));
        let parts = parts::count(text);
        if phones.is_empty() || !(1..=MOST_PARTS).contains(&parts) || !is_own_id(own_id) {
            return Err(GatewayError::Parameters);
        }
        let cost = match fields.get("cost") {
            "" | "0" => Cost::Silent,
            "1" => Cost::PriceOnly,
            "2" => Cost::Price,
            "3" => Cost::PriceAndBalance,
            _ => return Err(GatewayError::Parameters),
        };
        if !is_time(fields.get("time")) {
            return Err(GatewayError::Date);
        }
        if !is_sender(fields.get("sender")) {
            return Err(GatewayError::Forbidden);
        }
        let phones: Vec<String> = phones.split([',', ';']).filter_map(phone).collect();
        if phones.is_empty() {
            return Err(GatewayError::NumberFormat);
        }
        Ok(Self {
            phones,
            text,
            parts,
            own_id,
            sender: fields.get("sender"),
            cost,
        })
    }
}

/// The digits, if the text could be a number.
pub(super) fn phone(text: &str) -> Option<String> {
    let (digits, rest): (String, String) = text.chars().partition(char::is_ascii_digit);
    let written_well = rest.chars().all(|c| " +-()".contains(c));
    (written_well && (10..=LONGEST_NUMBER).contains(&digits.len())).then_some(digits)
}

fn is_own_id(id: &str) -> bool {
    match id.parse::<u64>() {
        Ok(number) => (1..=u64::from(i32::MAX.cast_unsigned())).contains(&number),
        Err(_) => id.chars().count() <= LONGEST_OWN_ID,
    }
}

fn is_sender(name: &str) -> bool {
    let length = name.chars().count();
    let digits = name.trim_start_matches('+');
    length <= LONGEST_NAME || (digits.len() <= LONGEST_NUMBER && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `DDMMYYhhmm`, `h1-h2`, `0ts` or `+m`.
fn is_time(time: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if time.is_empty() || time == "0" {
        return true;
    }
    if let Some(minutes) = time.strip_prefix('+') {
        return digits(minutes);
    }
    if let Some((from, to)) = time.split_once('-') {
        return [from, to]
            .iter()
            .all(|hour| digits(hour) && hour.parse().is_ok_and(|hour: u8| hour <= 24));
    }
    digits(time) && (time.starts_with('0') && time.len() == 11 || is_day_and_minute(time))
}

fn is_day_and_minute(time: &str) -> bool {
    chrono::NaiveDateTime::parse_from_str(time, "%d%m%y%H%M").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_from_query_form_and_json() {
        let form = "application/x-www-form-urlencoded";
        assert_eq!(Fields::read("mes=a%20b&id=1", form, b"id=2").get("id"), "2");
        assert_eq!(Fields::read("mes=a%20b", form, b"").get("mes"), "a b");
        assert_eq!(
            Fields::read("", "application/json", br#"{"id":17,"mes":"x"}"#).get("id"),
            "17"
        );
    }

    #[test]
    fn forms_of_number_id_time_and_sender() {
        assert_eq!(phone("+7 (999) 123-45-67").as_deref(), Some("79991234567"));
        for bad in ["", "12345", "7999123456x", "7999999999999999"] {
            assert_eq!(phone(bad), None, "{bad}");
        }
        for (id, good) in [
            ("1", true),
            ("2147483647", true),
            ("2147483648", false),
            ("0", false),
            ("01JABC", true),
        ] {
            assert_eq!(is_own_id(id), good, "{id}");
        }
        for (time, good) in [
            ("3112262359", true),
            ("3213262359", false),
            ("9-21", true),
            ("9-25", false),
            ("+15", true),
            ("soon", false),
        ] {
            assert_eq!(is_time(time), good, "{time}");
        }
        for (sender, good) in [("PIZZA", true), ("+79991234567", true), ("TWELVECHARS!", false)] {
            assert_eq!(is_sender(sender), good, "{sender}");
        }
    }
}
