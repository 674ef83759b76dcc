//! A part of an amount.

use crate::Bonuses;
use bellhop_domain::Money;
use bellhop_domain::money::UNITS;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A part of a whole in hundredths of a per cent, 0 to 100 %: 7.5 % is 750. JSON has it as a number or a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(u16);

/// So many hundredths of a per cent are the whole.
const WHOLE: i64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no percentage; write 0 to 100 with at most two decimal places, like 7.5")]
pub struct NotPercent(pub String);

impl Percent {
    pub const NONE: Percent = Percent(0);
    pub const ALL: Percent = Percent(10_000);

    /// # Errors
    /// When it is beyond 0 to 100, or finer than hundredths.
    pub fn of(number: Money) -> Result<Self, NotPercent> {
        let unit = UNITS / 100;
        let hundredths = number.0 / unit;
        match number.0 % unit == 0 && (0..=WHOLE).contains(&hundredths) {
            // Within 0 to 10,000 by the check before.
            true => Ok(Self(hundredths as u16)),
            false => Err(NotPercent(number.to_string())),
        }
    }

    /// A whole number of per cent, at most 100.
    pub const fn whole(percent: u16) -> Self {
        Self(if percent < 100 { percent * 100 } else { 10_000 })
    }

    /// This part of an amount in bonuses that are worth so much each, rounded down to whole bonuses; none of a negative amount.
    pub fn bonuses_of(self, amount: Money, worth: Money) -> Bonuses {
        if amount.0 <= 0 || worth.0 <= 0 {
            return Bonuses::NONE;
        }
        let part = i128::from(amount.0) * i128::from(self.0) / (i128::from(WHOLE) * i128::from(worth.0));
        Bonuses(i64::try_from(part).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole} %"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{} %", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02} %"),
        }
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 100 {
            0 => serializer.serialize_u16(self.0 / 100),
            _ => serializer.serialize_f64(f64::from(self.0) / 100.0),
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Percent::of(Money::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_percentage_is_a_number_of_two_decimals() {
        for (json, told) in [
            ("0", "0 %"),
            ("10", "10 %"),
            ("7.5", "7.5 %"),
            ("\"0.05\"", "0.05 %"),
            ("100", "100 %"),
        ] {
            let percent: Percent = serde_json::from_str(json).unwrap();
            assert_eq!(percent.to_string(), told, "{json}");
            let again = serde_json::to_string(&percent).unwrap();
            assert_eq!(serde_json::from_str::<Percent>(&again).unwrap(), percent, "{json}");
        }
        for bad in ["-1", "100.01", "0.001", "\"ten\""] {
            assert!(serde_json::from_str::<Percent>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_part_is_rounded_down_to_whole_bonuses() {
        let one = money("1");
        for (percent, amount, worth, bonuses) in [
            (10, "999.99", "1", 99),
            (10, "1000", "1", 100),
            (10, "1000", "0.5", 200),
            (10, "1000", "3", 33),
            (0, "1000", "1", 0),
            (100, "12.34", "1", 12),
            (10, "-1000", "1", 0),
            (10, "1000", "0", 0),
        ] {
            let of = Percent::whole(percent).bonuses_of(money(amount), money(worth));
            assert_eq!(of, Bonuses(bonuses), "{percent} % of {amount} at {worth}");
        }
        let most = Percent::ALL.bonuses_of(Money(i64::MAX), one);
        assert_eq!(most, Bonuses(i64::MAX / UNITS));
    }
}
