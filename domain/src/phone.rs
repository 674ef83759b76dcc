//! Phone numbers, normalised to E.164 by Google's metadata (`phonenumber`).

use phonenumber::country::Id;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A phone number in E.164 (`+79991234567`). Its `Debug` does not print the number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// The country whose national notation is assumed where a number has no `+`: ISO 3166-1 alpha-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(Id);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("{0:?} is no phone number; write it with its country code, like +7 999 123-45-67")]
    Unreadable(String),
    #[error("{0:?} is no possible number of its country; check its digits")]
    Invalid(String),
    #[error("{0:?} is no country; write two letters, like RU")]
    UnknownRegion(String),
}

impl Region {
    /// Russia.
    pub const RU: Region = Region(Id::RU);

    /// The country that a number in E.164 belongs to; `None` if it is no number of any.
    pub fn of(e164: &str) -> Option<Region> {
        phonenumber::parse(None, e164).ok()?.country().id().map(Region)
    }

    /// ISO 3166-1 alpha-2: `RU`.
    pub fn code(&self) -> &str {
        self.0.as_ref()
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0.as_ref())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Region {
    type Err = PhoneError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Id::from_str(&s.to_uppercase())
            .map(Region)
            .map_err(|_| PhoneError::UnknownRegion(s.to_owned()))
    }
}

impl Phone {
    /// Reads a number in any usual notation; one without a country code is `region`'s.
    pub fn parse(text: &str, region: Region) -> Result<Phone, PhoneError> {
        let text = text.trim();
        let parsed = phonenumber::parse(Some(region.0), text).map_err(|_| PhoneError::Unreadable(text.to_owned()))?;
        if !phonenumber::is_valid(&parsed) {
            return Err(PhoneError::Invalid(text.to_owned()));
        }
        Ok(Phone(parsed.format().mode(phonenumber::Mode::E164).to_string()))
    }

    /// The number in E.164, with its `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }
}

/// The ways in which one mobile number in E.164 is written, the one that people and networks use first: some countries'
/// numbers have two. Whatever is known of one spelling holds for all.
pub fn spellings(e164: &str) -> Vec<String> {
    vec![e164.to_owned()]
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_notations_become_e164() {
        let ru: Region = "ru".parse().unwrap();
        for text in [
            "+7 999 123-45-67",
            "8 (999) 123-45-67",
            "89991234567",
            "9991234567",
            "+79991234567",
        ] {
            assert_eq!(Phone::parse(text, ru).unwrap().e164(), "+79991234567", "{text}");
        }
        assert_eq!(Phone::parse("+44 20 7946 0018", ru).unwrap().e164(), "+442079460018");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let ru: Region = "RU".parse().unwrap();
        for text in ["", "call me", "123", "+7999", "+7 999 123-45-67-89-01-23"] {
            assert!(Phone::parse(text, ru).is_err(), "{text}");
        }
        assert!("Russia".parse::<Region>().is_err());
    }

    #[test]
    fn a_numbers_country() {
        for (number, country) in [
            ("+79991234567", Some("RU")),
            ("+77012345678", Some("KZ")),
            ("+14155552671", Some("US")),
            ("+14165552671", Some("CA")),
            ("+442079460123", Some("GB")),
            ("RU.13491208655302741918", None),
            ("", None),
        ] {
            assert_eq!(Region::of(number).as_ref().map(Region::code), country, "{number}");
        }
    }
}
