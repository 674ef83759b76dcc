//! Phones as providers write them, in the one form in which endpoints are spelt: E.164 with its `+`.

use bellhop_domain::phone::{Phone, Region};

/// An international number given by its digits, with its country code. A number that fits no plan we know keeps its
/// digits, because a guest still wrote from it.
pub(crate) fn international(digits: &str) -> String {
    let number = format!("+{digits}");
    // After a plus the region does not matter.
    match Phone::parse(&number, Region::RU) {
        Ok(phone) => phone.e164().to_owned(),
        Err(_) => number,
    }
}

/// How a number is said to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// With its country code.
    International,
    /// National, or not stated: senders omit the country code, the plus, or both.
    Unsaid,
}

/// Numbers with fewer digits are short codes.
const SHORTEST: usize = 7;

/// The sender of an SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SmsSender {
    pub from: String,
    /// The number that it is if the notation is declared wrongly.
    pub perhaps: Option<String>,
}

impl SmsSender {
    fn alone(from: String) -> Self {
        Self { from, perhaps: None }
    }
}

/// The sender of an SMS; a name or a short code stays as it is. If the notation does not fit the digits, the digits
/// win: the other reading is used if only that one gives an existing number. Where both do, nobody knows who wrote:
/// `9611597143` is a Russian's mobile and Lebanon's +961 1 597143. A plus decides it.
pub(crate) fn of_sms(text: &str, notation: Notation, region: Region) -> SmsSender {
    let text = text.trim();
    // A number of another channel of the same gateway: `whatsapp:+7…`.
    let text = match text.split_once(':') {
        Some((scheme, rest)) if scheme.bytes().all(|c| c.is_ascii_lowercase()) => rest,
        _ => text,
    };
    let (plus, digits) = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let bare: String = digits.chars().filter(|c| !" -().".contains(*c)).collect();
    if bare.len() < SHORTEST || !bare.bytes().all(|octet| octet.is_ascii_digit()) {
        return SmsSender::alone(text.to_owned());
    }
    let read = |text: &str| Phone::parse(text, region).ok().map(|phone| phone.e164().to_owned());
    let (abroad, at_home) = (read(&format!("+{bare}")), read(&bare));
    let readings = if plus || notation == Notation::International {
        [abroad, at_home]
    } else {
        [at_home, abroad]
    };
    let mut readings = readings.into_iter().flatten();
    let Some(from) = readings.next() else {
        return SmsSender::alone(format!("+{bare}"));
    };
    let perhaps = readings.next().filter(|other| !plus && *other != from);
    SmsSender { from, perhaps }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_e164_and_none_is_lost() {
        for (digits, number) in [
            ("79991234567", "+79991234567"),
            ("442079460018", "+442079460018"),
            ("7", "+7"),
            ("99999999999999999999", "+99999999999999999999"),
        ] {
            assert_eq!(international(digits), number);
        }
    }

    #[test]
    fn where_two_numbers_exist_both_are_told() {
        use Notation::{International, Unsaid};
        for (text, notation, region, from, perhaps) in [
            ("9611597143", International, "RU", "+9611597143", Some("+79611597143")),
            ("9611597143", Unsaid, "RU", "+79611597143", Some("+9611597143")),
            ("3281234567", Unsaid, "IT", "+393281234567", Some("+3281234567")),
            // A plus, or the country code, leaves no doubt.
            ("+9611597143", International, "RU", "+9611597143", None),
            ("009611597143", Unsaid, "RU", "+9611597143", None),
            ("79611597143", International, "RU", "+79611597143", None),
            ("79611597143", Unsaid, "RU", "+79611597143", None),
            ("89611597143", Unsaid, "RU", "+79611597143", None),
            ("9991234567", International, "RU", "+79991234567", None),
            ("BANK", International, "RU", "BANK", None),
        ] {
            let region: Region = region.parse().unwrap();
            let told = of_sms(text, notation, region);
            assert_eq!(
                (told.from.as_str(), told.perhaps.as_deref()),
                (from, perhaps),
                "{text} {notation:?}"
            );
        }
    }
}
