//! A row of a customers file, read into a card.

use super::cells::{Cells, Terms, instant, zone};
use super::headings;
use super::row::{CellError, Row};
use super::schema::{Kind, Schema};
use crate::guests::{Birthday, CustomerCard, NAME_CHARS, email, locale, tag_name};
use bellhop_domain::address::NotAnAddress;
use bellhop_domain::fault::Why;
use bellhop_domain::written_time::NoTime;
use bellhop_domain::{EndpointKind, Phone, Timestamp, address, visible};

pub(crate) const SCHEMA: Schema = Schema {
    kind: Kind::Customers,
    columns: &[
        "customer_id",
        "name",
        "phone",
        "email",
        "birthday",
        "locale",
        "timezone",
        "tags",
        "restaurant",
        "comment",
        "fcm_token",
        "apns_token",
        "marketing_consent",
        "registered_at",
        "whatsapp",
        "restaurant_timezone",
        "max_user_id",
    ],
    headings: HEADINGS,
    required: &[&[CUSTOMER_ID]],
    signs: (CUSTOMER_ID, &[NAME, PHONE, EMAIL, BIRTHDAY, TAGS, MARKETING_CONSENT]),
    total: None,
    attributes: true,
};

/// A consent is taken only from a heading that says what it is for: consent to keeping personal data is not consent
/// to marketing.
const HEADINGS: &[(usize, &[&str])] = &[
    (CUSTOMER_ID, headings::CUSTOMER_ID),
    (CUSTOMER_ID, &["код"]),
    (
        NAME,
        &[
            "имя",
            "имя клиента",
            "имя гостя",
            "фио",
            "ф и о",
            "фио клиента",
            "фио гостя",
            "фамилия имя отчество",
            "клиент",
            "гость",
            "покупатель",
            "наименование",
            "полное имя",
            "full name",
            "customer name",
        ],
    ),
    (PHONE, headings::PHONE),
    (
        EMAIL,
        &[
            "e mail",
            "почта",
            "эл почта",
            "электронная почта",
            "адрес электронной почты",
            "email address",
            "имейл",
        ],
    ),
    (
        BIRTHDAY,
        &[
            "дата рождения",
            "день рождения",
            "др",
            "birth date",
            "date of birth",
            "birthdate",
        ],
    ),
    (LOCALE, &["язык", "language"]),
    (TIMEZONE, &["часовой пояс", "часовой пояс клиента", "time zone"]),
    (TAGS, &["теги", "тэги", "метки"]),
    (RESTAURANT, headings::RESTAURANT),
    (COMMENT, &["комментарий", "примечание"]),
    (
        MARKETING_CONSENT,
        &[
            "согласие на рассылку",
            "согласие на рассылки",
            "согласие на рекламу",
            "согласие на рекламную рассылку",
            "согласие на рекламные рассылки",
            "согласие на маркетинг",
        ],
    ),
    (
        REGISTERED_AT,
        &["дата регистрации", "зарегистрирован", "registration date"],
    ),
    (WHATSAPP, &["ватсап", "вотсап", "номер whatsapp", "whats app"]),
    (RESTAURANT_TIMEZONE, headings::RESTAURANT_TIMEZONE),
];

const CUSTOMER_ID: usize = 0;
const NAME: usize = 1;
const PHONE: usize = 2;
const EMAIL: usize = 3;
const BIRTHDAY: usize = 4;
const LOCALE: usize = 5;
const TIMEZONE: usize = 6;
const TAGS: usize = 7;
const RESTAURANT: usize = 8;
const COMMENT: usize = 9;
const FCM_TOKEN: usize = 10;
const APNS_TOKEN: usize = 11;
const MARKETING_CONSENT: usize = 12;
const REGISTERED_AT: usize = 13;
const WHATSAPP: usize = 14;
const RESTAURANT_TIMEZONE: usize = 15;
const MAX_USER_ID: usize = 16;

const COMMENT_CHARS: usize = 10_000;
/// They are indexed: an index entry of PostgreSQL holds 2.7 kB.
const ATTRIBUTE_CHARS: usize = 400;

/// A device's token or a user's id. A word for "nothing" is neither, but no reason to refuse the guest either.
fn token(text: &str, read: impl Fn(&str) -> Result<String, NotAnAddress>) -> Result<Option<String>, Why> {
    let text = visible::key(text);
    if address::says_nothing(&text) {
        return Ok(None);
    }
    read(&text).map(Some).map_err(|NotAnAddress(why)| why)
}

/// Reads a row, or says everything that is wrong with it.
pub(crate) fn read(row: &Row, terms: &mut Terms) -> Result<CustomerCard, Vec<CellError>> {
    let mut cells = Cells::new(row, &SCHEMA);
    let restaurant = cells.key(RESTAURANT, NAME_CHARS);
    let said = cells.restaurant_zone(RESTAURANT_TIMEZONE, restaurant.as_deref(), &terms.zones);
    let local = terms.zones.of(restaurant.as_deref(), said.as_ref());
    let region = terms.region;
    let card = CustomerCard {
        external_id: cells.required_id(CUSTOMER_ID, NAME_CHARS),
        name: cells.text(NAME, NAME_CHARS),
        phones: cells
            .parsed(PHONE, |text| Phone::parse_all(text, region))
            .unwrap_or_default(),
        email: cells.parsed(EMAIL, email),
        birthday: cells.parsed(BIRTHDAY, |text| birthday(text, terms.now)),
        locale: cells.parsed(LOCALE, locale),
        timezone: cells.parsed(TIMEZONE, zone),
        tags: cells.parsed(TAGS, tags).unwrap_or_default(),
        comment: cells.text(COMMENT, COMMENT_CHARS),
        fcm_token: cells.parsed(FCM_TOKEN, |text| token(text, address::fcm)).flatten(),
        apns_token: cells
            .parsed(APNS_TOKEN, |text| token(text, |text| address::apns(text, false)))
            .flatten(),
        max_user_id: cells
            .parsed(MAX_USER_ID, |text| {
                token(text, |text| address::user_id(EndpointKind::Max, text))
            })
            .flatten(),
        whatsapp: cells
            .parsed(WHATSAPP, |text| Phone::parse_all(text, region))
            .unwrap_or_default(),
        marketing_consent: cells.parsed(MARKETING_CONSENT, yes_or_no),
        registered_at: cells.parsed(REGISTERED_AT, |text| instant(local, text)),
        attributes: cells.attributes(NAME_CHARS / 2, ATTRIBUTE_CHARS),
        restaurant,
    };
    let card = cells.finish(card)?;
    if let Some(restaurant) = &card.restaurant {
        terms.zones.learn(restaurant, said.as_ref(), row.line);
    }
    Ok(card)
}

fn birthday(text: &str, now: Timestamp) -> Result<Birthday, Why> {
    let day = text.parse::<Birthday>().map_err(|e| match e {
        NoTime::Unreadable => Why::BirthdayUnreadable,
        other => other.why(),
    })?;
    // Wherever on earth it is read, nobody is born the day after tomorrow.
    let tomorrow = Timestamp(now.0 + bellhop_domain::time::DAY_MS).to_rfc3339();
    if day.iso().as_str() > tomorrow.get(..10).unwrap_or_default() {
        return Err(Why::BirthdayAhead);
    }
    Ok(day)
}

fn tags(text: &str) -> Result<Vec<String>, Why> {
    let mut tags: Vec<String> = Vec::new();
    for part in text.split(';') {
        let named = tag_name(part)?;
        tags.extend(named.filter(|tag| !tags.contains(tag)));
    }
    Ok(tags)
}

fn yes_or_no(text: &str) -> Result<bool, Why> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "да" | "истина" => Ok(true),
        "no" | "false" | "0" | "нет" | "ложь" => Ok(false),
        _ => Err(Why::YesNoUnfit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_and_addresses_are_checked_in_form() {
        for good in ["ru", "en-GB", "zh-Hant-TW", "sr_Latn_RS"] {
            assert!(locale(good).is_ok(), "{good}");
        }
        for bad in ["russian", "r", "ru-", "ру", "en GB"] {
            assert!(locale(bad).is_err(), "{bad}");
        }
        assert!(email("anna@example.com").is_ok());
        for bad in [
            "anna",
            "@example.com",
            "anna@host",
            "a b@example.com",
            "a@b@example.com",
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
