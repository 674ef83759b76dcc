//! Why a text is not a phone. The message follows the name of a field or column and never repeats the number.

use super::likeness::looks_like;
use crate::fault::Why;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneError {
    Unreadable,
    Letter(char),
    /// A word beside the number.
    Word,
    Character(char),
    /// A spreadsheet turned the phone into a number.
    Spreadsheet,
    Extension,
    Several,
    /// Too many digits; this many.
    Long(usize),
    /// Too few digits; this many.
    Short(usize),
    /// A plus sign in the wrong place.
    Plus,
    /// It does not begin with any country's code.
    Country,
    Invalid,
    /// Not a possible number of this country.
    InvalidIn(String),
    Ambiguous,
    /// The caller would pay extra.
    Premium,
    /// Not the code of any region.
    UnknownRegion(String),
}

impl PhoneError {
    pub fn why(&self) -> Why {
        match self.clone() {
            PhoneError::Unreadable => Why::PhoneUnreadable,
            PhoneError::Letter(letter) => match looks_like(letter) {
                Some(digit) => Why::PhoneLetterLikeDigit { letter, digit },
                None => Why::PhoneLetter { letter },
            },
            PhoneError::Word => Why::PhoneWord,
            PhoneError::Character(character) => Why::PhoneCharacter { character },
            PhoneError::Spreadsheet => Why::PhoneSpreadsheet,
            PhoneError::Extension => Why::PhoneExtension,
            PhoneError::Several => Why::PhoneSeveral,
            PhoneError::Long(digits) => Why::PhoneLong { digits },
            PhoneError::Short(digits) => Why::PhoneShort { digits },
            PhoneError::Plus => Why::PhonePlus,
            PhoneError::Country => Why::PhoneCountry,
            PhoneError::Invalid => Why::PhoneInvalid,
            PhoneError::InvalidIn(country) => Why::PhoneInvalidIn { country },
            PhoneError::Ambiguous => Why::PhoneAmbiguous,
            PhoneError::Premium => Why::PhonePremium,
            PhoneError::UnknownRegion(region) => Why::RegionUnknown { region },
        }
    }
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why().fmt(f)
    }
}

impl std::error::Error for PhoneError {}
