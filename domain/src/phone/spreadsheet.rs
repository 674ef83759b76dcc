//! Recognises what a spreadsheet or a converter makes of a phone that it takes for a number.

use super::PhoneError;

/// A phone that became a number has at least this many digits before the point.
const WHOLE: usize = 10;

/// Refuses what is left of a phone that became a number, even `79161234567.0`, which looks the same if it was rounded
/// before.
pub(super) fn check(text: &str) -> Result<(), PhoneError> {
    match is_exponent(text) || is_error(text) || has_thousands(text) || is_decimal(text) {
        true => Err(PhoneError::Spreadsheet),
        false => Ok(()),
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `7.9161234567E+10`, also with a decimal comma and with the Cyrillic letter.
fn is_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E', 'е', 'Е']) else {
        return false;
    };
    let mantissa = mantissa.trim().trim_start_matches(['-', '+']);
    let exponent = exponent.trim().trim_start_matches(['-', '+']).trim();
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent) && exponent.len() <= 3
}

/// `#####` of a column that is too narrow, `#N/A`, `#ЗНАЧ!`.
fn is_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else {
        return false;
    };
    rest.chars().all(|c| c == '#')
        || rest
            .chars()
            .next()
            .is_some_and(|c| c.is_alphabetic() && c.is_uppercase())
}

/// `79,161,234,567`: these commas do not separate phones.
fn has_thousands(text: &str) -> bool {
    let mut groups = text.split(',');
    let first = groups.next().is_some_and(|group| digits(group) && group.len() <= 3);
    first && text.contains(',') && groups.all(|group| digits(group) && group.len() == 3)
}

/// `79161234567.0`, `79161234567,00`; a single zero after a point is not a group of a phone's digits.
fn is_decimal(text: &str) -> bool {
    let Some((whole, fraction)) = text.rsplit_once(['.', ',']) else {
        return false;
    };
    let bare = whole.strip_prefix('+').unwrap_or(whole);
    fraction == "0" || digits(bare) && bare.len() >= WHOLE && digits(fraction) && fraction.len() <= 4
}
