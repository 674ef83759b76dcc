//! Phones as providers write them, in the one form in which endpoints are spelt: E.164 with its `+`.

use bellhop_domain::phone::{Phone, Region};

/// An international number of which the digits are told, with its country code. What is no number of any plan that we
/// know keeps its digits: its owner still wrote them.
pub(crate) fn international(digits: &str) -> String {
    let number = format!("+{digits}");
    // Behind a plus the region is not asked.
    match Phone::parse(&number, Region::RU) {
        Ok(phone) => phone.e164().to_owned(),
        Err(_) => number,
    }
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
