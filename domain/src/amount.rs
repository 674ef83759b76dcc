//! Amounts of money as people and spreadsheets write them: `1 250,50 ₽`, `1.250,50`, `1250.50 руб.`
//!
//! Nothing is guessed: what may be two amounts, like `1,250`, is refused.

use crate::currency::{self, Sign};
use crate::fault::Why;
use crate::money::UNITS;
use crate::{Money, visible};
use std::fmt;

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmountError {
    Unreadable,
    Ambiguous(String, String),
    /// A spreadsheet wrote it as a power of ten.
    Power,
    Character(char),
    /// Digits in groups that are not thousands.
    Groups,
    /// The currency that was found, and the one that was expected.
    Foreign(String, String),
    /// What stands beside the amount and is no currency.
    Word(String),
    Sign(char),
    TooFine,
    TooLarge,
}

impl AmountError {
    pub fn why(&self) -> Why {
        match self.clone() {
            AmountError::Unreadable => Why::AmountUnreadable,
            AmountError::Ambiguous(one, other) => Why::AmountAmbiguous { one, other },
            AmountError::Power => Why::AmountPower,
            AmountError::Character(character) => Why::AmountCharacter { character },
            AmountError::Groups => Why::AmountGroups,
            AmountError::Foreign(found, currency) => Why::AmountForeign { found, currency },
            AmountError::Word(word) => Why::AmountWord { word },
            AmountError::Sign(character) => Why::AmountSign { character },
            AmountError::TooFine => Why::AmountTooFine,
            AmountError::TooLarge => Why::AmountHuge,
        }
    }
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why().fmt(f)
    }
}

impl std::error::Error for AmountError {}

/// Reads an amount in that currency (ISO 4217). The sign or the name of another currency is an error.
pub fn read(text: &str, currency: &str) -> Result<Money, AmountError> {
    if let Some(money) = plain(text) {
        return Ok(money);
    }
    let text: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let text = text.trim().trim_start_matches('\'').trim();
    let (text, negative) = sign(text);
    let first = text.find(|c: char| c.is_ascii_digit()).ok_or(AmountError::Unreadable)?;
    let first = first - usize::from(text[..first].ends_with(['.', ',']));
    let last = text
        .rfind(|c: char| c.is_ascii_digit())
        .ok_or(AmountError::Unreadable)?;
    beside(&text[..first], currency)?;
    let (mut number, behind) = (&text[first..=last], &text[last + 1..]);
    let hundredths = hundredths(number, behind, currency)?;
    if let Some((whole, _)) = hundredths {
        number = whole;
    } else {
        let behind = behind.trim_start_matches(['=', ',', '.']);
        let dash = text[last + 1..].starts_with([',', '.']);
        beside(if dash { behind.trim_start_matches('-') } else { behind }, currency)?;
    }
    let mut amount = decimal(number)?;
    if let Some((_, more)) = hundredths {
        amount = Money(amount.0 + more * UNITS / 100);
    }
    Ok(if negative { Money(-amount.0) } else { amount })
}

/// A fast path for the form that most files use: digits, perhaps a point and one or two more.
fn plain(text: &str) -> Option<Money> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !(1..=12).contains(&whole.len()) || !(1..=2).contains(&cents.len()) || !digits(whole) || !digits(cents) {
        return None;
    }
    let cents: i64 = cents.parse::<i64>().ok()? * if cents.len() == 1 { 10 } else { 1 };
    Some(Money(whole.parse::<i64>().ok()? * UNITS + cents * UNITS / 100))
}

fn sign(text: &str) -> (&str, bool) {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    if let Some(inside) = inside {
        return (inside.trim(), true);
    }
    match text.strip_prefix(['-', '−', '–']) {
        Some(rest) => (rest.trim_start(), true),
        None => (text.trim_start_matches('+').trim_start(), false),
    }
}

/// What stands beside the digits must be a name of the currency.
fn beside(text: &str, currency: &str) -> Result<(), AmountError> {
    let word = text.trim();
    match currency::read(word) {
        _ if word.is_empty() => Ok(()),
        Sign::Unknown => {
            let mut letters = word.chars();
            let one = letters.next().filter(|_| letters.next().is_none());
            Err(one.map_or_else(|| AmountError::Word(visible::shown(word)), AmountError::Sign))
        }
        Sign::Of(codes) if codes.contains(&currency) => Ok(()),
        Sign::Code(code) if code == currency => Ok(()),
        Sign::Of(_) | Sign::Code(_) => Err(AmountError::Foreign(word.to_owned(), currency.to_owned())),
    }
}

/// The whole part and the hundredths of `1250 руб. 50 коп.`
fn hundredths<'a>(number: &'a str, behind: &str, currency: &str) -> Result<Option<(&'a str, i64)>, AmountError> {
    if !currency::is_hundredth(behind.trim()) {
        return Ok(None);
    }
    let end = number
        .find(|c: char| c.is_alphabetic() || c == '₽')
        .ok_or(AmountError::Unreadable)?;
    let (whole, rest) = number.split_at(end);
    let start = rest
        .rfind(|c: char| !c.is_ascii_digit())
        .and_then(|at| Some(at + rest[at..].chars().next()?.len_utf8()))
        .ok_or(AmountError::Unreadable)?;
    beside(&rest[..start], currency)?;
    match rest[start..].parse::<i64>() {
        Ok(n @ 0..=99) => Ok(Some((whole.trim_end(), n))),
        _ => Err(AmountError::Unreadable),
    }
}

/// A number that begins and ends with a digit, or begins with its decimal mark.
fn decimal(text: &str) -> Result<Money, AmountError> {
    let is_ours = |c: char| c.is_ascii_digit() || matches!(c, ' ' | ',' | '.' | '\'' | '’');
    if let Some(c) = text.chars().find(|c| !is_ours(*c)) {
        let power = matches!(c, 'e' | 'E' | 'е' | 'Е') && text.contains(['+', '-', '−']);
        return Err(if power {
            AmountError::Power
        } else {
            AmountError::Character(c)
        });
    }
    let (whole, fraction) = parts(text)?;
    let whole = thousands(whole)?;
    let fraction = fraction.trim_end_matches('0');
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AmountError::Groups);
    }
    if fraction.len() > 4 {
        return Err(AmountError::TooFine);
    }
    let mut units = 0;
    for place in 0..4 {
        units = units * 10 + fraction.as_bytes().get(place).map_or(0, |b| i64::from(b - b'0'));
    }
    let whole: i64 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| AmountError::TooLarge)?
    };
    let amount = whole.checked_mul(UNITS).and_then(|amount| amount.checked_add(units));
    amount.map(Money).ok_or(AmountError::TooLarge)
}

/// Before and behind the decimal mark.
fn parts(text: &str) -> Result<(&str, &str), AmountError> {
    let count = |mark: char| text.matches(mark).count();
    let mark = match (count(','), count('.')) {
        (0, 0) => return Ok((text, "")),
        (0, 1) => '.',
        (1, 0) => ',',
        (0, _) | (_, 0) => return Ok((text, "")),
        _ if text.rfind(',') > text.rfind('.') => ',',
        _ => '.',
    };
    let (whole, fraction) = text.rsplit_once(mark).unwrap_or((text, ""));
    if whole.contains(mark) {
        return Err(AmountError::Groups);
    }
    let is_short = (1..=3).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit());
    if is_short && !whole.starts_with('0') && fraction.len() == 3 {
        return Err(AmountError::Ambiguous(
            format!("{whole}{fraction}"),
            format!("{whole}.{}", fraction.trim_end_matches('0'))
                .trim_end_matches('.')
                .to_owned(),
        ));
    }
    Ok((whole, fraction))
}

/// Digits without what separates their thousands.
fn thousands(text: &str) -> Result<String, AmountError> {
    let Some(separator) = text.chars().find(|c| !c.is_ascii_digit()) else {
        return Ok(text.to_owned());
    };
    let groups: Vec<&str> = text.split(separator).collect();
    let right = |(i, group): (usize, &&str)| {
        let length = if i == 0 { 1..=3 } else { 3..=3 };
        length.contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit())
    };
    if groups.iter().enumerate().all(right) {
        Ok(groups.concat())
    } else {
        Err(AmountError::Groups)
    }
}

#[cfg(test)]
#[path = "amount_tests.rs"]
mod tests;
