//! Money in the organisation's currency.

use crate::fault::Why;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// An amount in ten-thousandths of the organisation's currency: exact for prices of an SMS part
/// (0.0079) and in any sum, the same in both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(pub i64);

/// How many of [`Money`]'s units make one of the currency.
pub const UNITS: i64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{0:?} is not an amount; write it like 1250 or 1250.50")]
    Unreadable(String),
    #[error("{0:?} has more than 4 decimal places; round it")]
    TooFine(String),
    #[error("{0:?} is too large: at most 922 trillion")]
    TooLarge(String),
}

impl MoneyError {
    /// The same without the text, for those who show it themselves.
    pub fn why(&self) -> Why {
        match self {
            MoneyError::Unreadable(_) => Why::AmountUnreadable,
            MoneyError::TooFine(_) => Why::AmountTooFine,
            MoneyError::TooLarge(_) => Why::AmountHuge,
        }
    }
}

impl Money {
    /// This amount divided by a count, rounded half to even to 4 places; `None` if the count is zero.
    pub fn per(self, count: u64) -> Option<Money> {
        let quotient = Decimal::from(self.0).checked_div(Decimal::from(count))?;
        i64::try_from(quotient.round()).ok().map(Money)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let text = s.trim();
        let amount = Decimal::from_str_exact(text).map_err(|_| MoneyError::Unreadable(text.to_owned()))?;
        let units = amount
            .checked_mul(Decimal::from(UNITS))
            .ok_or_else(|| MoneyError::TooLarge(text.to_owned()))?;
        if !units.fract().is_zero() {
            return Err(MoneyError::TooFine(text.to_owned()));
        }
        i64::try_from(units.trunc())
            .map(Money)
            .map_err(|_| MoneyError::TooLarge(text.to_owned()))
    }
}

impl fmt::Display for Money {
    /// At least two decimals, four only if they are needed: `29.33`, `0.0079`, `1250.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, n) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, fraction) = (n / 10_000, n % 10_000);
        if fraction % 100 == 0 {
            write!(f, "{sign}{whole}.{:02}", fraction / 100)
        } else {
            write!(f, "{sign}{whole}.{fraction:04}")
        }
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    /// A decimal string, or a JSON number as marketers write it.
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Number(serde_json::Number),
            Text(String),
        }
        match Raw::deserialize(d)? {
            Raw::Number(n) => n.to_string().parse(),
            Raw::Text(t) => t.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

/// How many decimals a currency's amounts have (ISO 4217, list one); two for a code that is not in the list.
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// An amount as its currency writes it: rounded, half to even, to exactly so many decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    pub money: Money,
    pub decimals: u32,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = Decimal::from(self.money.0) / Decimal::from(UNITS);
        let places = self.decimals as usize;
        let rounded = exact.round_dp(self.decimals);
        // A negative amount that rounds to zero is shown without its sign.
        let shown = if rounded.is_zero() { Decimal::ZERO } else { rounded };
        write!(f, "{shown:.places$}")
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        Money(amounts.map(|m| m.0).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_and_print() {
        for (text, units, printed) in [
            ("29.33", 293_300, "29.33"),
            ("1250", 12_500_000, "1250.00"),
            ("0.0079", 79, "0.0079"),
            ("-1.5", -15_000, "-1.50"),
            ("0", 0, "0.00"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.0, money.to_string().as_str()), (units, printed));
        }
        assert!(matches!("0.00001".parse::<Money>(), Err(MoneyError::TooFine(_))));
        assert!(matches!("1 000".parse::<Money>(), Err(MoneyError::Unreadable(_))));
        assert!(matches!(
            "99999999999999999999".parse::<Money>(),
            Err(MoneyError::TooLarge(_))
        ));
    }

    #[test]
    fn an_amount_has_its_currencys_decimals() {
        for (currency, text, shown) in [
            ("RUB", "333.3333", "333.33"),
            ("RUB", "0.0079", "0.01"),
            ("EUR", "-0.004", "0.00"),
            ("USD", "0.125", "0.12"),
            ("JPY", "1250.5", "1250"),
            ("KRW", "1251.5", "1252"),
            ("KWD", "1.2345", "1.234"),
            ("OMR", "7", "7.000"),
            ("CLF", "0.0079", "0.0079"),
        ] {
            let money = text.parse().unwrap();
            let amount = Amount {
                money,
                decimals: decimals(currency),
            };
            assert_eq!(amount.to_string(), shown, "{text} {currency}");
        }
    }

    #[test]
    fn an_average_of_nothing_is_none() {
        assert_eq!(Money(100).per(0), None);
        assert_eq!(Money(100).per(3), Some(Money(33)));
    }

    #[test]
    fn json_takes_numbers_and_strings() {
        assert_eq!(serde_json::from_str::<Money>("1250.5").unwrap(), Money(12_505_000));
        assert_eq!(serde_json::from_str::<Money>("\"1250.5\"").unwrap(), Money(12_505_000));
    }
}
