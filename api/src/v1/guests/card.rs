//! `PUT /v1/guests/{customer_id}`: a guest's card, new or changed. What is left out stays as it is, as in a file.

use super::tags::named;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::text::name;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::phone::Region;
use bellhop_domain::{Phone, Timestamp, Zone};
use bellhop_store::guests::{Birthday, CustomerCard, NAME_CHARS, email, locale};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// By what means the card came: its tags are this source's.
const HOW: &str = "api";
const COMMENT_CHARS: usize = 10_000;
/// As in a file: they are indexed.
const ATTRIBUTE_CHARS: usize = 400;

/// What is left out stays as it is. Consents are told by `POST /v1/consents`, apps by `POST /v1/endpoints`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GuestCard)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    name: Option<String>,
    /// In any notation; added to those that are known.
    #[serde(default)]
    phones: Vec<String>,
    /// Numbers that are reached over WhatsApp; added to those that are known.
    #[serde(default)]
    whatsapp: Vec<String>,
    email: Option<String>,
    /// YYYY-MM-DD.
    birthday: Option<String>,
    /// BCP 47.
    locale: Option<String>,
    /// A name of the IANA database.
    timezone: Option<String>,
    /// Replace all tags that programs have set, unless empty.
    #[serde(default)]
    tags: Vec<String>,
    /// The home restaurant of a guest who has not ordered yet.
    restaurant: Option<String>,
    /// For staff only.
    comment: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    registered_at: Option<Timestamp>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestWritten)]
pub(crate) struct Put {
    /// Whether the guest was not known before.
    created: bool,
    /// Whether the card said anything new.
    changed: bool,
}

pub(crate) async fn put(api: Api, allowed: Allowed<Card, String>) -> Result<Put, Problem> {
    let (caller, customer, body) = allowed.into_all();
    let organisation = api.organisations.organisation_by_id(caller.org).await?;
    let reader = Reader {
        region: organisation.settings.phone_region,
        faults: Vec::new(),
    };
    let card = reader.read(customer, body).map_err(Problem::unprocessable)?;
    let written = api.guests.put_customers(caller.org, &[card], HOW, api.now()).await?;
    Ok(Put {
        created: written.created > 0,
        changed: written.unchanged == 0,
    })
}

/// Reads a card, and notes everything that is wrong with it.
struct Reader {
    region: Region,
    faults: Vec<Fault>,
}

impl Reader {
    fn read(mut self, customer: String, body: Card) -> Result<CustomerCard, Vec<Fault>> {
        let external_id = self.text("customer_id", Some(customer));
        if external_id.is_none() && self.faults.is_empty() {
            self.faults.push(Why::CustomerUnknown.at("customer_id"));
        }
        let card = CustomerCard {
            external_id: external_id.unwrap_or_default(),
            name: self.text("name", body.name),
            phones: self.phones("phones", &body.phones),
            whatsapp: self.phones("whatsapp", &body.whatsapp),
            email: self.parsed("email", body.email, |text| email(&text)),
            birthday: self.parsed("birthday", body.birthday, |text| {
                text.parse::<Birthday>().map_err(|_| Why::BirthdayUnreadable)
            }),
            locale: self.parsed("locale", body.locale, |text| locale(&text)),
            timezone: self.parsed("timezone", body.timezone, |text| {
                Zone::named(&text).map_err(|_| Why::TimezoneUnknown)
            }),
            tags: named("tags", &body.tags, &mut self.faults).into_iter().collect(),
            restaurant: self.text("restaurant", body.restaurant),
            comment: self.parsed("comment", body.comment, comment),
            registered_at: body.registered_at,
            attributes: self.attributes(body.attributes),
            ..CustomerCard::default()
        };
        match self.faults.is_empty() {
            true => Ok(card),
            false => Err(self.faults),
        }
    }

    fn text(&mut self, place: &str, text: Option<String>) -> Option<String> {
        self.taken(place, name(text)).flatten()
    }

    fn parsed<T>(
        &mut self,
        place: &str,
        text: Option<String>,
        parse: impl FnOnce(String) -> Result<T, Why>,
    ) -> Option<T> {
        let text = text
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())?;
        self.taken(place, parse(text))
    }

    fn phones(&mut self, place: &str, texts: &[String]) -> Vec<Phone> {
        let read = texts.iter().enumerate().map(|(i, text)| {
            let phone = Phone::parse(text, self.region);
            phone.map_err(|error| error.why().at(format!("{place}[{i}]")))
        });
        let (phones, faults): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        self.faults.extend(faults.into_iter().filter_map(Result::err));
        phones.into_iter().flatten().collect()
    }

    fn attributes(&mut self, given: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut kept = BTreeMap::new();
        for (key, value) in given {
            let place = format!("attributes.{key}");
            let long = key.chars().count() > NAME_CHARS / 2 || value.chars().count() > ATTRIBUTE_CHARS;
            if long {
                let (most, most_of_name) = (ATTRIBUTE_CHARS, NAME_CHARS / 2);
                self.faults.push(Why::AttributeLong { most, most_of_name }.at(place));
                continue;
            }
            let (key, value) = (self.text(&place, Some(key)), self.text(&place, Some(value)));
            kept.extend(key.zip(value));
        }
        kept
    }

    fn taken<T>(&mut self, place: &str, read: Result<T, Why>) -> Option<T> {
        read.map_err(|why| self.faults.push(why.at(place))).ok()
    }
}

fn comment(text: String) -> Result<String, Why> {
    if text.contains('\0') {
        return Err(Why::TextHoldsZero);
    }
    match text.chars().count() > COMMENT_CHARS {
        true => Err(Why::TextTooLong { most: COMMENT_CHARS }),
        false => Ok(text),
    }
}
