//! Letters around a phone: labels, extensions, names. No letter is ever read as a digit.

use super::PhoneError;
use super::likeness::looks_like;
use std::ops::Range;

/// Words that say what kind of number follows or stands before.
const LABELS: &[&str] = &[
    "tel",
    "telephone",
    "phone",
    "mobile",
    "mob",
    "cell",
    "sms",
    "callto",
    "whatsapp",
    "viber",
    "telegram",
    "тел",
    "телефон",
    "моб",
    "мобильный",
    "сот",
    "сотовый",
    "смс",
    "ватсап",
    "вотсап",
    "вайбер",
    "телеграм",
];
/// Words that are followed by an extension, as `;ext=` and `#` are.
const EXTENSIONS: &[&str] = &[
    "доб",
    "добав",
    "добавочный",
    "доп",
    "вн",
    "внутр",
    "внутренний",
    "ext",
    "extn",
    "extension",
    "x",
    "х",
    "int",
    "anexo",
    "poste",
    "ramal",
    "interno",
];
/// Words between two numbers.
const ANDS: &[&str] = &["и", "или", "and", "or", "y", "e", "et", "und", "або"];
/// Addresses of chats, whose number is international without a `+`.
const LINKS: &[&str] = &[
    "wa.me/",
    "api.whatsapp.com/send?phone=",
    "api.whatsapp.com/send/?phone=",
    "whatsapp://send?phone=",
    "whatsapp://send/?phone=",
    "viber://chat?number=",
    "viber://chat/?number=",
];
/// A number with something behind it has at least this many digits.
const WHOLE: usize = 7;

/// Strips the scheme or address of a link; also tells whether the rest is international although it has no `+`.
pub(super) fn unlinked(text: &str) -> (&str, bool) {
    let bare = ["https://", "http://"]
        .iter()
        .find_map(|scheme| cut(text, scheme))
        .unwrap_or(text);
    let bare = cut(bare, "www.").unwrap_or(bare);
    match LINKS.iter().find_map(|link| cut(bare, link)) {
        Some(number) => (cut(number, "%2B").or_else(|| cut(number, "+")).unwrap_or(number), true),
        None => (text, false),
    }
}

fn cut<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

/// Whether there is a name beside the number. Refuses letters that may belong to the number itself.
pub(super) fn named(chars: &[char]) -> Result<bool, PhoneError> {
    let mut named = false;
    for run in runs(chars) {
        let word: String = chars[run.clone()].iter().collect::<String>().to_lowercase();
        let (before, after) = (count(&chars[..run.start]), count(&chars[run.end..]));
        if is_extension(&word, before, after) {
            return Err(PhoneError::Extension);
        }
        let between = before > 0 && after > 0;
        let two = before >= WHOLE && after >= WHOLE && (ANDS.contains(&word.as_str()) || !is_glued(chars, &run));
        if between && two {
            return Err(PhoneError::Several);
        }
        if between || is_glued(chars, &run) || !is_word(&word, &chars[run.clone()]) {
            return Err(PhoneError::Letter(chars[run.start]));
        }
        named |= !LABELS.contains(&word.as_str());
    }
    Ok(named)
}

fn runs(chars: &[char]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (i, _) in chars.iter().enumerate().filter(|(_, c)| is_letter(**c)) {
        match runs.last_mut() {
            Some(last) if last.end == i => last.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs
}

/// Marks over letters and numerals that are no decimal digits belong to words.
fn is_letter(c: char) -> bool {
    !c.is_ascii_digit() && c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}')
}

fn count(chars: &[char]) -> usize {
    chars.iter().filter(|c| c.is_ascii_digit()).count()
}

fn is_extension(word: &str, before: usize, after: usize) -> bool {
    let short = word.chars().count() == 1;
    EXTENSIONS.contains(&word) && (1..WHOLE).contains(&after) && (!short || before >= WHOLE)
}

/// A letter beside a digit, or joined to it by a dash, may stand in the place of one.
fn is_glued(chars: &[char], run: &Range<usize>) -> bool {
    let joins = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_digit() || "+-/".contains(*c));
    joins(chars[..run.start].last()) || joins(chars.get(run.end))
}

fn is_word(word: &str, letters: &[char]) -> bool {
    LABELS.contains(&word)
        || (letters.len() > 1
            && letters.iter().all(|c| !c.is_numeric())
            && !letters.iter().all(|c| looks_like(*c).is_some()))
}
