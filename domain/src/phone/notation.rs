//! Takes the digits of one number out of a text, in their order, and refuses anything that might change them.

use super::characters::plain;
use super::{PhoneError, spreadsheet, words};

/// No number is written longer than this, even with a name beside it.
const CHARS: usize = 120;
/// The most digits of an area code before a `/`; a country code of one to three digits may come before them.
const AREA: usize = 5;

/// The digits of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Whether they begin with a country code.
    pub plus: bool,
    pub digits: String,
    /// Where in the digits a new group begins.
    pub groups: Vec<usize>,
    /// Where among the digits a `(0)` stands.
    pub bracketed_zero: Option<usize>,
    /// Whether a word stands beside them, which might be meant for digits of a longer number.
    pub named: bool,
}

/// Reads one number.
pub(super) fn read(text: &str) -> Result<Written, PhoneError> {
    let plain = plain(text);
    let trimmed = plain.trim_matches([' ', '\n', '\'', '=', ';', ',', '.']);
    if trimmed.chars().nth(CHARS).is_some() {
        return Err(PhoneError::Unreadable);
    }
    spreadsheet::check(trimmed)?;
    let (body, linked) = words::unlinked(trimmed);
    let chars: Vec<char> = body.chars().collect();
    let named = words::named(&chars)?;
    let (Some(first), Some(last)) = (place(chars.iter()), chars.iter().rposition(char::is_ascii_digit)) else {
        return Err(PhoneError::Unreadable);
    };
    around(&chars[..first], &chars[last + 1..])?;
    inside(&chars[first..=last])?;
    let mut written = Written {
        plus: linked || chars[..first].contains(&'+'),
        digits: String::new(),
        groups: Vec::new(),
        bracketed_zero: None,
        named,
    };
    written.take(&chars[first..=last], &chars[..first]);
    Ok(written)
}

fn place<'a>(mut chars: impl Iterator<Item = &'a char>) -> Option<usize> {
    chars.position(char::is_ascii_digit)
}

/// Checks what stands before the first digit and after the last.
fn around(before: &[char], behind: &[char]) -> Result<(), PhoneError> {
    let pluses = before.iter().filter(|c| **c == '+').count();
    if pluses > 1 || behind.contains(&'+') {
        return Err(PhoneError::Plus);
    }
    let both = before.iter().chain(behind);
    let strange = both
        .copied()
        .find(|c| !c.is_alphabetic() && !is_mark(*c) && !" +-()[].,:;/'\n".contains(*c));
    strange.map_or(Ok(()), |c| Err(PhoneError::Character(c)))
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// Checks what stands among the digits.
fn inside(chars: &[char]) -> Result<(), PhoneError> {
    let mut before = 0;
    for (i, c) in chars.iter().enumerate() {
        match c {
            '0'..='9' => before += 1,
            ' ' | '-' | '(' | ')' | '[' | ']' | '.' | '~' => {}
            '#' if before >= 7 => return Err(PhoneError::Extension),
            ';' | ',' | '|' | '&' | '\\' | '\n' => return Err(PhoneError::Several),
            '/' if !is_behind_area(&chars[..i], &chars[i + 1..]) => return Err(PhoneError::Several),
            '/' => {}
            '+' if before >= 7 => return Err(PhoneError::Several),
            '+' => return Err(PhoneError::Plus),
            c => return Err(PhoneError::Character(*c)),
        }
    }
    Ok(())
}

/// `030/1234567` is one number, `123-45-67/68` and `… 67 / 8 916 …` are two.
fn is_behind_area(before: &[char], behind: &[char]) -> bool {
    let digits = |part: &[char]| part.iter().filter(|c| c.is_ascii_digit()).count();
    digits(before) <= AREA && digits(behind) > AREA && !behind.contains(&'/')
}

impl Written {
    fn take(&mut self, chars: &[char], before: &[char]) {
        let significant = |c: &&char| **c != ' ';
        for (i, c) in chars.iter().enumerate().filter(|(_, c)| c.is_ascii_digit()) {
            let at = self.digits.len();
            let earlier = chars[..i].last();
            if !earlier.is_some_and(char::is_ascii_digit) {
                self.groups.push(at);
            }
            let opened = chars[..i]
                .iter()
                .rev()
                .find(significant)
                .or(before.iter().rev().find(significant));
            let closed = chars[i + 1..].iter().find(significant);
            if *c == '0' && opened == Some(&'(') && closed == Some(&')') {
                self.bracketed_zero = Some(at);
            }
            self.digits.push(*c);
        }
    }

    /// Whether the digits from `from` on form a group of exactly this length.
    pub fn is_group(&self, from: usize, length: usize) -> bool {
        self.groups.contains(&from) && self.groups.contains(&(from + length))
    }
}
