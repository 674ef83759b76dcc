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

/// The sender of an SMS; a name or a short code stays as it is. If the notation does not fit the digits, the digits
/// win: the other reading is used if only that one gives an existing number.
pub(crate) fn of_sms(text: &str, notation: Notation, region: Region) -> String {
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
        return text.to_owned();
    }
    let abroad = || Phone::parse(&format!("+{bare}"), region).ok();
    let at_home = || Phone::parse(&bare, region).ok();
    let phone = if plus || notation == Notation::International {
        abroad().or_else(at_home)
    } else {
        at_home().or_else(abroad)
    };
    phone.map_or_else(|| format!("+{bare}"), |phone| phone.e164().to_owned())
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
}
