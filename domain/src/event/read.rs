//! Reading an event as the brand sends it.

use super::kinds::custom;
use super::values::{object, plain};
use super::{EventKind, FieldKind, MAX_FIELDS, NAME_CHARS, text_of};
use crate::fault::{Fault, Why};
use crate::mailing::VALUE_CHARS;
use crate::phone::Region;
use crate::{Phone, Timestamp};
use serde_json::{Map, Value, json};

/// The most events of one call.
pub const MAX_EVENTS: usize = 10_000;

/// An event as it was told, read and checked; nobody has looked up yet of whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The brand's own id of the event, by which a repeat is recognised.
    pub id: String,
    pub kind: EventKind,
    /// Of a custom event: which one it is.
    pub name: Option<String>,
    /// The brand's own id of the guest. Without one, the guest is the one with `phone`, and if there is none, a new one whose
    /// id is the phone.
    pub customer: Option<String>,
    /// Becomes one of the guest's phones.
    pub phone: Option<Phone>,
    /// `None`: when it is told of.
    pub at: Option<Timestamp>,
    pub data: Map<String, Value>,
}

/// Faults of one event, whose places begin at it.
type Faults = Vec<Fault>;

impl Told {
    /// Reads an event; phones are read as those of a country.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(event: Value, region: Region) -> Result<Told, Faults> {
        let Value::Object(mut given) = event else {
            let found = plain(&FieldKind::Object(&super::Schema { fields: &[] }), 0, event);
            return Err(found.err().map(|why| why.at("")).into_iter().collect());
        };
        let mut faults = Vec::new();
        let id = word(&mut given, "id", NAME_CHARS, &mut faults);
        if id.is_none() && faults.is_empty() {
            faults.push(Why::EventIdEmpty.at("id"));
        }
        let kind = kind(&mut given, &mut faults);
        let customer = word(&mut given, "customer_id", NAME_CHARS, &mut faults);
        let said_phone = word(&mut given, "phone", NAME_CHARS, &mut faults);
        if customer.is_none() && said_phone.is_none() && !faults.iter().any(|it| is_of_the_guest(&it.place)) {
            faults.push(Why::EventOfNobody.at("customer_id"));
        }
        let phone = said_phone.and_then(|said| {
            let read = Phone::parse(&said, region);
            read.map_err(|error| faults.push(error.why().at("phone"))).ok()
        });
        let at = at(&mut given, &mut faults);
        let name = match kind {
            Some(EventKind::Custom) => custom_name(&mut given, &mut faults),
            _ => None,
        };
        let data = kind.map(|kind| data(kind, given, &mut faults));
        let inviter = data.as_ref().and_then(|data| text_of(data, "referral.by"));
        if inviter.is_some() && inviter == customer {
            faults.push(Why::ReferralOfOneself.at("referral.by"));
        }
        match (id, kind, data) {
            (Some(id), Some(kind), Some(data)) if faults.is_empty() => Ok(Told {
                id,
                kind,
                name,
                customer,
                phone,
                at,
                data,
            }),
            _ => Err(faults),
        }
    }

    /// What it says, in the one form of each value, without its id: two events of one id that say the same are one.
    pub fn body(&self) -> String {
        let Told { name, customer, at, .. } = self;
        let (kind, phone) = (self.kind.name(), self.phone.as_ref().map(Phone::e164));
        json!([kind, name, customer, phone, at, self.data]).to_string()
    }
}

fn is_of_the_guest(place: &str) -> bool {
    matches!(place, "customer_id" | "phone")
}

/// Takes a text out of an event.
fn word(given: &mut Map<String, Value>, key: &str, most: usize, faults: &mut Faults) -> Option<String> {
    let value = given.remove(key).filter(|value| !value.is_null())?;
    match plain(&FieldKind::Text, most, value) {
        Ok(read) => read.and_then(|it| it.as_str().map(str::to_owned)),
        Err(why) => {
            faults.push(why.at(key));
            None
        }
    }
}

fn kind(given: &mut Map<String, Value>, faults: &mut Faults) -> Option<EventKind> {
    let before = faults.len();
    let name = word(given, "type", NAME_CHARS, faults);
    let Some(name) = name else {
        if faults.len() == before {
            let key = "type".to_owned();
            faults.push(Why::BodyKeyAbsent { key }.at("type"));
        }
        return None;
    };
    let kind = EventKind::parse(&name).filter(|kind| kind.is_told());
    if kind.is_none() {
        let told = EventKind::ALL.into_iter().filter(|kind| kind.is_told());
        let known = told.map(EventKind::name).collect::<Vec<_>>().join(", ");
        faults.push(Why::BodyValueUnknown { value: name, known }.at("type"));
    }
    kind
}

fn at(given: &mut Map<String, Value>, faults: &mut Faults) -> Option<Timestamp> {
    let value = given.remove("at").filter(|value| !value.is_null())?;
    let read = plain(&FieldKind::Instant, NAME_CHARS, value);
    match read {
        Ok(read) => read.and_then(|it| serde_json::from_value(it).ok()),
        Err(why) => {
            faults.push(why.at("at"));
            None
        }
    }
}

fn custom_name(given: &mut Map<String, Value>, faults: &mut Faults) -> Option<String> {
    let before = faults.len();
    let name = word(given, "name", NAME_CHARS, faults);
    if name.is_none() && faults.len() == before {
        faults.push(Why::EventNameAbsent.at("name"));
    }
    name
}

fn data(kind: EventKind, given: Map<String, Value>, faults: &mut Faults) -> Map<String, Value> {
    if kind == EventKind::Custom {
        return custom_data(given, faults);
    }
    let read = object(kind.schema(), given, "", faults);
    faults.extend((kind.spec().check)(&read));
    read
}

fn custom_data(given: Map<String, Value>, faults: &mut Faults) -> Map<String, Value> {
    if given.len() > MAX_FIELDS {
        faults.push(Why::EventFieldsTooMany { most: MAX_FIELDS }.at(""));
        return Map::new();
    }
    let mut read = Map::new();
    for (key, value) in given {
        if !custom::is_field_name(&key) {
            faults.push(Why::EventFieldName.at(key));
            continue;
        }
        if value.is_null() {
            continue;
        }
        match plain(&FieldKind::Plain, VALUE_CHARS, value) {
            Ok(Some(value)) => drop(read.insert(key, value)),
            Ok(None) => {}
            Err(why) => faults.push(why.at(key)),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: Value) -> Result<Told, Vec<String>> {
        Told::read(event, Region::RU).map_err(|faults| {
            let told = faults
                .iter()
                .map(|fault| format!("{} {}", fault.place, fault.why.code()));
            told.collect()
        })
    }

    fn faults(event: Value) -> Vec<String> {
        read(event).err().unwrap_or_default()
    }

    #[test]
    fn an_event_is_read_by_its_kind() {
        let told = read(json!({
            "id": "e-1", "type": "cart.changed", "customer_id": "4711", "phone": "8 916 123-45-67",
            "at": "2026-12-01T12:00:00+03:00",
            "cart": {"total": 1250.5, "items": [{"dish": "Борщ", "quantity": 2, "price": "300"}], "url": null},
        }));
        let told = told.unwrap();
        assert_eq!(
            (told.kind, told.customer.as_deref()),
            (EventKind::CartChanged, Some("4711"))
        );
        assert_eq!(told.phone.as_ref().map(Phone::e164), Some("+79161234567"));
        assert_eq!(
            told.at.map(Timestamp::to_rfc3339).as_deref(),
            Some("2026-12-01T09:00:00Z")
        );
        let cart = json!({"total": "1250.50", "items": [{"dish": "Борщ", "quantity": 2, "price": "300"}]});
        assert_eq!(Value::Object(told.data), json!({"cart": cart}));
    }

    #[test]
    fn a_custom_event_has_whatever_is_flat() {
        let told = read(
            json!({"id": "1", "type": "custom", "name": "quiz.passed", "phone": "+79161234567", "score": 5,
                               "won": true, "prize": "чай", "none": null}),
        );
        let told = told.unwrap();
        assert_eq!(told.name.as_deref(), Some("quiz.passed"));
        assert_eq!(
            Value::Object(told.data),
            json!({"score": 5, "won": true, "prize": "чай"})
        );
        let unfit = json!({"id": "1", "type": "custom", "customer_id": "1", "Score": 1, "deep": {"a": 1}});
        assert_eq!(
            faults(unfit),
            [
                "name event_name_absent",
                "Score event_field_name",
                "deep body_type_unfit"
            ]
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_place() {
        assert_eq!(faults(json!("x")), [" body_type_unfit"]);
        assert_eq!(
            faults(json!({})),
            [
                "id event_id_empty",
                "type body_key_absent",
                "customer_id event_of_nobody"
            ]
        );
        let event = json!({"id": " ", "type": "cart", "phone": "12", "at": "yesterday"});
        assert_eq!(
            faults(event),
            [
                "id event_id_empty",
                "type body_value_unknown",
                "phone phone_short",
                "at moment_unfit"
            ]
        );
        let event = json!({"id": "1", "type": "cart.changed", "customer_id": "1", "colour": "red",
                           "cart": {"total": -1, "items": [{"dish": "", "quantity": "two"}, 3], "sum": 1}});
        assert_eq!(
            faults(event),
            [
                "cart.total amount_below_zero",
                "cart.items[0].dish body_key_absent",
                "cart.items[0].quantity body_type_unfit",
                "cart.items[1] body_type_unfit",
                "cart.sum body_key_unknown",
                "colour body_key_unknown",
            ]
        );
        let event = json!({"id": "1", "type": "referral.ordered", "customer_id": "1"});
        assert_eq!(faults(event), ["type body_value_unknown"], "Bellhop makes it");
        let event = json!({"id": "1", "type": "referral.joined", "customer_id": "1", "referral": {"by": "1"}});
        assert_eq!(faults(event), ["referral.by referral_of_oneself"]);
        for stars in [json!(0), json!(6), json!(4.5)] {
            let event = json!({"id": "1", "type": "review.left", "customer_id": "1", "review": {"stars": stars}});
            assert_eq!(faults(event), ["review.stars number_outside"], "{stars}");
        }
    }

    #[test]
    fn the_same_is_the_same_however_it_is_written() {
        let body = |event| read(event).map(|it| it.body());
        let one = json!({"id": "1", "type": "bonuses.changed", "customer_id": "7", "balance": 100,
                         "burns": [{"amount": 50, "at": "2026-12-01T03:00:00+03:00"}]});
        let same = json!({"burns": [{"at": "2026-12-01T00:00:00Z", "amount": "50.00"}], "balance": "100", "id": "1",
                          "customer_id": " 7", "type": "bonuses.changed", "phone": null});
        assert_eq!(body(one.clone()), body(same));
        let other = json!({"id": "1", "type": "bonuses.changed", "customer_id": "7", "balance": 101});
        assert_ne!(body(one), body(other));
    }
}
