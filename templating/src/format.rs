//! Numbers, money and dates as a guest reads them.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use thiserror::Error;

use crate::language;
use crate::locale::{Locale, Words};

/// Where a text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A notification's or a messenger's text: a no-break space holds an amount together.
    Push,
    /// An SMS: only plain spaces, a no-break space would force UCS-2.
    Sms,
}

/// An ISO 4217 currency, e.g. the organisation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

/// A text that is not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a currency code; use three capital letters such as RUB")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// The currency with this ISO 4217 code.
    ///
    /// # Errors
    /// [`UnknownCurrency`] unless `code` is three capital letters A–Z.
    pub fn from_code(code: &str) -> Result<Self, UnknownCurrency> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(UnknownCurrency(code.to_owned())),
        }
    }

    fn code(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }

    /// The sign that guests know, where there is one.
    fn sign(self) -> Option<&'static str> {
        Some(match &self.0 {
            b"RUB" => "₽",
            b"USD" => "$",
            b"EUR" => "€",
            b"GBP" => "£",
            b"KZT" => "₸",
            b"UAH" => "₴",
            b"GEL" => "₾",
            b"AMD" => "֏",
            b"TRY" => "₺",
            b"BYN" => "Br",
            _ => return None,
        })
    }
}

/// What formatting depends on besides the value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    pub locale: Locale,
    pub surface: Surface,
    pub currency: Currency,
    /// The current year where the recipient is.
    pub year: i16,
}

impl Format {
    /// A no-break space keeps `1 234 ₽` on one line of a push; in an SMS it would only force UCS-2.
    fn space(&self) -> char {
        match self.surface {
            Surface::Push => '\u{a0}',
            Surface::Sms => ' ',
        }
    }

    /// `1 234,5` in Russian, `1,234.5` in English (CLDR's standard decimal patterns).
    pub fn number(&self, number: Decimal) -> String {
        let digits = number.normalize().to_string();
        self.grouped(&digits)
    }

    /// `1 234,50 ₽` in Russian, `$1,234.50` in English; whole amounts without decimals, others rounded to two.
    pub fn money(&self, amount: Decimal) -> String {
        let rounded = amount.round_dp_with_strategy(2, MidpointAwayFromZero);
        let digits = if rounded.is_integer() {
            rounded.trunc().to_string()
        } else {
            format!("{rounded:.2}")
        };
        let grouped = self.grouped(&digits);
        let code = self.currency.code();
        match (self.locale.words(), self.currency.sign()) {
            (Words::Russian, sign) => format!("{grouped}{}{}", self.space(), sign.unwrap_or(&code)),
            (Words::English, Some(sign @ ("$" | "€" | "£"))) => match grouped.strip_prefix('-') {
                Some(positive) => format!("-{sign}{positive}"),
                None => format!("{sign}{grouped}"),
            },
            (Words::English, _) => format!("{code}{}{grouped}", self.space()),
        }
    }

    /// `5 марта`, `March 5`; with the year when it is not the current one.
    pub fn date(&self, date: Date) -> String {
        let year = (date.year() != self.year).then_some(date.year());
        language::day(date.day(), date.month(), year, self.locale.words())
    }

    fn grouped(&self, digits: &str) -> String {
        let (group, point) = match self.locale.words() {
            Words::Russian => (self.space(), ','),
            Words::English => (',', '.'),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
        let mut text = String::with_capacity(digits.len() + digits.len() / 2);
        text.push_str(sign);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Format, Surface};
    use crate::locale::Locale;
    use rust_decimal::Decimal;

    fn format(locale: &str, currency: &str, surface: Surface) -> Format {
        let currency = Currency::from_code(currency).unwrap();
        Format {
            locale: Locale::parse(locale).unwrap(),
            surface,
            currency,
            year: 2026,
        }
    }

    #[test]
    fn numbers_and_money_by_locale() {
        let table = [
            ("ru", "RUB", "1234.5", "1 234,5", "1 234,50 ₽"),
            ("ru", "RUB", "1234567", "1 234 567", "1 234 567 ₽"),
            ("ru", "RUB", "500.00", "500", "500 ₽"),
            ("ru", "XAF", "999", "999", "999 XAF"),
            ("ru", "RUB", "0", "0", "0 ₽"),
            ("en", "USD", "-1234.567", "-1,234.567", "-$1,234.57"),
            ("en", "RUB", "100", "100", "RUB 100"),
            ("kk", "KZT", "1000", "1 000", "1 000 ₸"),
        ];
        for (locale, currency, amount, number, money) in table {
            let amount: Decimal = amount.parse().unwrap();
            let sms = format(locale, currency, Surface::Sms);
            assert_eq!(
                (sms.number(amount).as_str(), sms.money(amount).as_str()),
                (number, money)
            );
        }
    }

    #[test]
    fn a_push_keeps_an_amount_on_one_line() {
        let push = format("ru", "RUB", Surface::Push);
        assert_eq!(push.money(1_234.into()), "1\u{a0}234\u{a0}₽");
    }

    #[test]
    fn the_year_is_told_only_when_it_differs() {
        let date = |y, m, d| jiff::civil::date(y, m, d);
        let (ru, en) = (format("ru", "RUB", Surface::Sms), format("en", "RUB", Surface::Sms));
        assert_eq!(ru.date(date(2026, 3, 5)), "5 марта");
        assert_eq!(ru.date(date(2027, 1, 31)), "31 января 2027");
        assert_eq!(en.date(date(2026, 12, 1)), "December 1");
        assert_eq!(en.date(date(2025, 5, 9)), "May 9, 2025");
    }
}
