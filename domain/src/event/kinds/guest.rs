//! A guest has registered.

use crate::Zone;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source, text_of};
use crate::fault::{Fault, Why};
use serde_json::{Map, Value};

pub(in crate::event) const REGISTERED: KindSpec = KindSpec {
    name: "guest.registered",
    says: "a guest has registered; what is told is written on the card, but no consent: that is said with its proof",
    source: Source::Told,
    schema: Schema {
        fields: &[Field::may(
            "guest",
            FieldKind::Object(&GUEST),
            "what the guest has told",
        )],
    },
    check,
};

const GUEST: Schema = Schema {
    fields: &[
        Field::may("name", FieldKind::Text, "the guest's name"),
        Field::may("email", FieldKind::Text, "an e-mail address"),
        Field::may("birthday", FieldKind::Date, "the day of birth"),
        Field::may("locale", FieldKind::Text, "the guest's language (BCP 47), like ru"),
        Field::may(
            "timezone",
            FieldKind::Text,
            "the guest's own time zone (IANA), like Europe/Moscow",
        ),
        Field::may("restaurant", FieldKind::Text, "the home restaurant's name"),
        Field::may(
            "source",
            FieldKind::Text,
            "by what the guest has registered: site, app, operator",
        ),
    ],
};

/// The years in which a guest may be born.
const YEARS: std::ops::RangeInclusive<&str> = "1850"..="2200";

fn check(data: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut refuse = |path: &str, fits: fn(&str) -> bool, why: Why| {
        if text_of(data, path).is_some_and(|said| !fits(&said)) {
            faults.push(why.at(path));
        }
    };
    refuse(
        "guest.birthday",
        |it| it.get(..4).is_some_and(|year| YEARS.contains(&year)),
        Why::YearOfNobody,
    );
    refuse("guest.timezone", |it| Zone::named(it).is_ok(), Why::TimezoneUnknown);
    refuse("guest.locale", is_language_tag, Why::LocaleUnfit);
    refuse("guest.email", is_email, Why::EmailUnfit);
    faults
}

/// BCP 47 in form.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_language = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
    let fits = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    is_language && text.len() <= 35 && parts.all(fits)
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_card_cannot_hold_is_refused() {
        let codes = |guest| {
            let data = json!({ "guest": guest });
            let faults = check(data.as_object().unwrap());
            faults.iter().map(|it| it.why.code()).collect::<Vec<_>>()
        };
        let good =
            json!({"birthday": "1990-02-28", "timezone": "Asia/Tokyo", "locale": "ru-RU", "email": "a@b.example"});
        assert!(codes(good).is_empty());
        let bad = json!({"birthday": "1090-02-28", "timezone": "Moscow", "locale": "ru_RU", "email": "a@b"});
        assert_eq!(
            codes(bad),
            ["year_of_nobody", "timezone_unknown", "locale_unfit", "email_unfit"]
        );
    }
}
