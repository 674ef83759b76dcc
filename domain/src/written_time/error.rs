//! Why a text is not a date or time.

use crate::fault::Why;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTime {
    /// The caller may know better what was wanted.
    Unreadable,
    NoSuchDay,
    NoSuchTime,
    Ambiguous(String, String),
    ShortYear,
    /// Nobody who lives was born in it.
    Year,
    NoYear,
    Number,
    Zeros,
    Hour24,
    ZoneName(String),
    TimeOfDay,
}

impl NoTime {
    pub fn why(&self) -> Why {
        match self.clone() {
            NoTime::Unreadable => Why::TimeUnreadable,
            NoTime::NoSuchDay => Why::DayImpossible,
            NoTime::NoSuchTime => Why::TimeImpossible,
            NoTime::Ambiguous(one, other) => Why::DayAmbiguous { one, other },
            NoTime::ShortYear => Why::YearShort,
            NoTime::Year => Why::YearOfNobody,
            NoTime::NoYear => Why::YearAbsent,
            NoTime::Number => Why::DayIsNumber,
            NoTime::Zeros => Why::DayIsZeros,
            NoTime::Hour24 => Why::HourTwentyFour,
            NoTime::ZoneName(zone) => Why::ZoneNamed { zone },
            NoTime::TimeOfDay => Why::TimeOfDay,
        }
    }
}

impl fmt::Display for NoTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why().fmt(f)
    }
}

impl std::error::Error for NoTime {}
