//! Delivery reports that fit no message: what their ids would mean if the operator wrote them in another way than the
//! settings say.

/// How an operator writes the ids of messages, as far as a pair of ids shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Hexadecimal in answers, decimal in reports.
    HexThenDecimal,
    /// Decimal in answers, hexadecimal in reports.
    DecimalThenHex,
}

/// The ids that the answers would have had if the operator writes ids in answers and in reports differently.
pub fn other_readings(reported: &str) -> Vec<(Written, String)> {
    let bare = reported.trim().trim_start_matches("0x").trim_start_matches("0X");
    let mut readings = Vec::new();
    if let Some(number) = number(bare, 10) {
        readings.push((Written::HexThenDecimal, format!("{number:x}")));
        readings.push((Written::HexThenDecimal, format!("{number:X}")));
    }
    if let Some(number) = number(bare, 16) {
        readings.push((Written::DecimalThenHex, number.to_string()));
    }
    readings.retain(|(_, reading)| reading != reported);
    readings
}

/// Unlike `from_str_radix`, this takes no sign.
fn number(text: &str, radix: u32) -> Option<u128> {
    let all = !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    all.then(|| u128::from_str_radix(text, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_the_other_notation() {
        let of = |reported: &str| other_readings(reported);
        assert!(of("439041027").contains(&(Written::HexThenDecimal, "1a2b3c03".to_owned())));
        assert!(of("439041027").contains(&(Written::HexThenDecimal, "1A2B3C03".to_owned())));
        assert_eq!(of("1a2b3c03"), [(Written::DecimalThenHex, "439041027".to_owned())]);
        assert_eq!(of("0x1A2B3C03"), [(Written::DecimalThenHex, "439041027".to_owned())]);
        assert_eq!(of("5"), [], "the same in both");
        for none in ["", "c0ffee-x", "+5", "-1"] {
            assert_eq!(of(none), [], "{none}");
        }
    }
}
