//! Sums and instants as guests read them.

use super::texts::Texts;
use bellhop_domain::{Money, Timestamp, Zone};

/// `1 250 ₽`: without kopecks where there are none.
pub(super) fn sum(money: Money, currency: &str) -> String {
    let sign = match currency {
        "RUB" => "₽",
        "KZT" => "₸",
        "EUR" => "€",
        "USD" => "$",
        other => other,
    };
    format!("{}\u{a0}{sign}", number(money))
}

/// The same without a currency: bonuses.
pub(super) fn number(money: Money) -> String {
    let text = money.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", whole),
    };
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    match fraction.trim_end_matches('0').is_empty() {
        true => format!("{sign}{grouped}"),
        false => format!("{sign}{grouped},{fraction}"),
    }
}

/// The day by the guest's own clock, like `5 марта 2026`.
pub(super) fn day(at: Timestamp, zone: &str, texts: &Texts) -> String {
    let local = Zone::named(zone).ok().and_then(|zone| zone.local(at).ok());
    let Some(local) = local else {
        return at.to_rfc3339().chars().take(10).collect();
    };
    let month = usize::from(local.month().unsigned_abs()).saturating_sub(1);
    let month = texts.months.get(month).copied().unwrap_or_default();
    format!("{}\u{a0}{month} {}", local.day(), local.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::words::Language;

    #[test]
    fn sums_are_grouped() {
        for (units, expected) in [
            (12_500_000, "1\u{202f}250\u{a0}₽"),
            (12_505_000, "1\u{202f}250,50\u{a0}₽"),
            (-9_990_000, "−999\u{a0}₽"),
            (0, "0\u{a0}₽"),
            (12_345_670_000, "1\u{202f}234\u{202f}567\u{a0}₽"),
        ] {
            assert_eq!(sum(Money(units), "RUB"), expected);
        }
    }

    #[test]
    fn a_day_is_the_guests_own() {
        let late = Timestamp(1_772_319_600_000); // 2026-02-28T23:00:00Z
        let texts = Texts::of(Language::Ru);
        assert_eq!(day(late, "UTC", texts), "28\u{a0}февраля 2026");
        assert_eq!(day(late, "Europe/Moscow", texts), "1\u{a0}марта 2026");
        assert_eq!(day(late, "nowhere", texts), "2026-02-28");
    }
}
