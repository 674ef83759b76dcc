//! A customer's card.

use bellhop_domain::consent::WordSource;
use bellhop_domain::fault::Why;
use bellhop_domain::written_time::{self, NoTime};
use bellhop_domain::{Channel, CustomerId, Phone, Purpose, Timestamp, Zone};
use serde::Serialize;
use std::collections::BTreeMap;
use std::str::FromStr;

/// A day of birth, from 1850 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday(chrono::NaiveDate);

impl FromStr for Birthday {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (year, month, day) = written_time::day(text)?;
        let part = |n: i8| u32::try_from(n).unwrap_or_default();
        chrono::NaiveDate::from_ymd_opt(i32::from(year), part(month), part(day))
            .filter(|_| (1850..=2200).contains(&year))
            .map(Birthday)
            .ok_or(NoTime::Year)
    }
}

impl Birthday {
    /// `YYYY-MM-DD`.
    pub fn iso(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// month * 100 + day.
    pub fn month_day(self) -> i16 {
        use chrono::Datelike;
        (self.0.month() * 100 + self.0.day()) as i16
    }
}

/// What a file or a CRM says of a customer. `None` and empty lists leave what is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CustomerCard {
    pub external_id: String,
    pub name: Option<String>,
    /// Added to those that are known.
    pub phones: Vec<Phone>,
    pub email: Option<String>,
    pub birthday: Option<Birthday>,
    /// BCP 47.
    pub locale: Option<String>,
    pub timezone: Option<Zone>,
    /// Replace all tags that the same source has set, unless empty.
    pub tags: Vec<String>,
    /// The home restaurant of a guest who has not ordered yet, by name; an unknown one is created.
    pub restaurant: Option<String>,
    /// For staff only.
    pub comment: Option<String>,
    pub fcm_token: Option<String>,
    /// As [`address::apns`](bellhop_domain::address::apns) writes it.
    pub apns_token: Option<String>,
    /// As [`address::user_id`](bellhop_domain::address::user_id) writes it.
    pub max_user_id: Option<String>,
    /// Numbers that are reached over WhatsApp; added to those that are known.
    pub whatsapp: Vec<Phone>,
    /// On all channels. A yes does not overrule a no that came another way (the guest's own word).
    pub marketing_consent: Option<bool>,
    pub registered_at: Option<Timestamp>,
    pub attributes: BTreeMap<String, String>,
}

/// A consent given or taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub channel: Channel,
    /// What it is for (PRODUCT.md §10).
    pub purpose: Purpose,
    pub given: bool,
    /// Who says so: the guest on a page of theirs, another system for them.
    pub source: WordSource,
    /// Where the word came from, like `import`, `page`, `sms:STOP`.
    pub how: String,
    /// The version of the text that was agreed to.
    pub text_version: Option<String>,
}

/// Why a customer gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlacklistMark {
    /// Required, and hidden from the guest.
    pub reason: String,
}

/// A guest as previews and tests see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guest {
    pub id: CustomerId,
    pub external_id: String,
    pub name: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// The guest's own zone, else their home restaurant's, else the organisation's: an IANA name.
    pub timezone: String,
    /// The first item of the latest order that counts: as a message says it.
    pub last_dish: Option<String>,
    pub attributes: BTreeMap<String, String>,
}

/// An email address in form.
///
/// # Errors
/// When it is none, or too long.
pub fn email(text: &str) -> Result<String, Why> {
    let looks = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if looks && text.chars().count() <= 254 {
        Ok(text.to_owned())
    } else {
        Err(Why::EmailUnfit)
    }
}

/// BCP 47 in form: a language of 2 or 3 letters and subtags; `ru_RU` becomes `ru-RU`.
///
/// # Errors
/// When it is none.
pub fn locale(text: &str) -> Result<String, Why> {
    let tag = text.replace('_', "-");
    let mut parts = tag.split('-');
    let language = parts
        .next()
        .is_some_and(|l| (2..=3).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphabetic()));
    let rest = parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    if language && rest && tag.len() <= 35 {
        Ok(tag)
    } else {
        Err(Why::LocaleUnfit)
    }
}
