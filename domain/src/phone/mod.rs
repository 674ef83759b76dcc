//! Phone numbers in E.164, by Google's metadata (`phonenumber`). Its parser is not used: it reads letters as keypad
//! digits and drops digits that do not fit, and so turns a mistyped number into a stranger's.

mod characters;
mod error;
mod forms;
mod likeness;
mod notation;
mod numbering;
mod reading;
mod several;
mod spreadsheet;
#[cfg(test)]
mod tests;
mod words;

pub use error::PhoneError;
pub use forms::spellings;

use crate::fault::Why;
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

impl Region {
    /// Russia.
    pub const RU: Region = Region(Id::RU);

    /// The country that a number in E.164 belongs to; `None` if it belongs to none.
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
    /// Reads one number in any usual notation; a number without a country code belongs to `region`. The result's
    /// digits stand in the text in the same order, up to its last digit, with nothing but prefixes before them. Only
    /// a number that can be written in several ways ([`spellings`]) is changed, to the form dialled today.
    ///
    /// # Errors
    /// Names what does not belong in the text.
    pub fn parse(text: &str, region: Region) -> Result<Phone, PhoneError> {
        let written = notation::read(text)?;
        reading::number(&written, region).map(|reading| Phone(reading.e164()))
    }

    /// Reads the numbers of a field that may hold several, separated by `;`, `,`, `/`, `|`, a line end or an *and*, each
    /// once.
    ///
    /// # Errors
    /// What is wrong with the first part that is not a phone and, if there are several, which part that is.
    pub fn parse_all(text: &str, region: Region) -> Result<Vec<Phone>, Why> {
        several::read(text, region)
    }

    /// Checks that a text is written like a phone, of whatever country.
    ///
    /// # Errors
    /// Names what does not belong in a phone.
    pub fn check_notation(text: &str) -> Result<(), PhoneError> {
        reading::is_of_a_possible_length(&notation::read(text)?)
    }

    /// The number in E.164, with its `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}
