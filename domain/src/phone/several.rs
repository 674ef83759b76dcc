//! A field with several numbers.

use super::characters::plain;
use super::{Phone, PhoneError, Region, notation, spreadsheet};
use crate::fault::Why;

/// A field with more than this is not a field of phones.
const MOST: usize = 20;
const ANDS: &[&str] = &[" и ", " или ", " and ", " or ", " або "];

pub(super) fn read(text: &str, region: Region) -> Result<Vec<Phone>, Why> {
    let plain = plain(text);
    let parts = parts(&plain).map_err(|e| e.why())?;
    let count = parts.len();
    let mut phones: Vec<Phone> = Vec::with_capacity(count);
    for (i, part) in parts.into_iter().enumerate() {
        let phone = Phone::parse(&part, region).map_err(|e| match count {
            1 => e.why(),
            _ => Why::PhoneOfSeveral {
                number: i + 1,
                mistake: e.why().into(),
            },
        })?;
        if !phones.contains(&phone) {
            phones.push(phone);
        }
    }
    Ok(phones)
}

fn parts(text: &str) -> Result<Vec<String>, PhoneError> {
    // Not separators: `;ext=` and `;phone-context=` belong to the number before them.
    let lower = text.to_lowercase();
    if lower.contains(";ext") || lower.contains("; ext") {
        return Err(PhoneError::Extension);
    }
    let mut found = Vec::new();
    for piece in text.split([';', '\n', '|', '&', '\\']) {
        let piece = piece.trim_matches([' ', '\'', '=', ',', '.']);
        // This comes first, so that a decimal comma is not taken for a separator.
        spreadsheet::check(piece)?;
        found.extend(piece.split(',').flat_map(by_words));
    }
    found.retain(|part| !part.trim_matches([' ', '.', '\'']).is_empty());
    if found.len() > MOST {
        return Err(PhoneError::Unreadable);
    }
    Ok(found)
}

/// Splits at an *and*, and at slashes between numbers, but not at a slash after an area code.
fn by_words(piece: &str) -> Vec<String> {
    let joined = ANDS.iter().fold(piece.to_owned(), |text, and| text.replace(and, "/"));
    if !joined.contains('/') || notation::read(&joined) != Err(PhoneError::Several) {
        return vec![joined];
    }
    joined.split('/').map(str::to_owned).collect()
}
