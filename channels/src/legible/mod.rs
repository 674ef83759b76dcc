//! Reads octets that are declared to be in one alphabet and may be in another. Operators and gateways declare wrongly,
//! and what cannot be read may be a STOP.
//!
//! A text that is right under its declared alphabet is never read again. What is broken is read in the first other
//! alphabet that gives plain letters; what is merely strange is read again only if that gives a no.

mod look;

use crate::gsm7::{read_national, read_wide, unpack};
use crate::national::National;
use bellhop_domain::opt_out::{Reading, Wish, read};
use encoding_rs::{Encoding, ISO_8859_5, KOI8_R, WINDOWS_1251};
use look::{Look, commonness, is_cyrillic, is_cyrillic_text, is_natural, is_shown, is_typed, look};

/// Octets, and what is said of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Octets<'a> {
    pub octets: &'a [u8],
    /// The text by the declared alphabet; `None` if the octets cannot be of that alphabet, or none is declared.
    pub declared: Option<&'a str>,
    pub form: Form,
}

/// How the declared alphabet writes letters, which decides what mistakes are likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In septets, after so many fill bits if they are packed.
    Septets { fill: u32 },
    /// One letter an octet.
    Octets,
    /// Two octets a letter.
    Wide,
    /// Several octets a letter, or nothing is declared.
    Other,
}

/// So many more of a thousand letters must be common for one Cyrillic alphabet to be believed over another.
const MORE: usize = 250;

impl Form {
    fn fill(self) -> u32 {
        match self {
            Form::Septets { fill } => fill,
            Form::Octets | Form::Wide | Form::Other => 0,
        }
    }

    fn is_unicode(self) -> bool {
        matches!(self, Form::Wide | Form::Other)
    }
}

impl Octets<'_> {
    /// The text in another alphabet; `None` if the declared one stays.
    pub fn reread(self) -> Option<String> {
        if let Some(text) = self.declared.filter(|_| self.form.is_unicode()).and_then(twice_read) {
            return Some(text);
        }
        if let Some(wide) = plainly_wide(self.octets) {
            return Some(wide);
        }
        let octets = without_zeros(self.octets);
        let look = match self.declared {
            Some(text) if !self.contradicts(octets, text) => look(text, self.form == Form::Octets),
            _ => Look::Broken,
        };
        let is_heard = look == Look::Strange && self.declared.is_some_and(says_no);
        if look == Look::Right || is_heard {
            return None;
        }
        let mut found = candidates(octets, self.form.fill());
        let no = found.iter().position(|text| says_no(text));
        match (no, look) {
            (Some(no), _) => Some(found.swap_remove(no)),
            (None, Look::Broken) => found.into_iter().next().filter(|best| !self.is_as_good(best)),
            (None, _) => None,
        }
    }

    /// Whether the declared text, if it can be one at all, has about as many common letters.
    fn is_as_good(self, best: &str) -> bool {
        let plain = |text: &str| text.chars().all(is_typed) && is_natural(text);
        let declared = self.declared.filter(|text| self.form == Form::Octets && plain(text));
        declared.is_some_and(|text| text.chars().any(is_cyrillic) && commonness(best) < commonness(text) + MORE)
    }

    /// Whether the octets themselves say that they are not what is declared.
    fn contradicts(self, octets: &[u8], declared: &str) -> bool {
        match self.form {
            Form::Octets => is_utf8_in_disguise(octets, declared),
            // Half a letter at the end, or what would be Korean of a few syllables only.
            Form::Wide => {
                let whole = octets.len() < self.octets.len() || octets.len().is_multiple_of(2);
                !whole || utf8(octets).is_some_and(|text| is_cyrillic_text(&text))
            }
            Form::Septets { .. } | Form::Other => false,
        }
    }
}

/// A text whose octets somebody on the way took for another alphabet, and then wrote in Unicode.
fn twice_read(text: &str) -> Option<String> {
    let octets: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c as u32).ok()).collect();
    if let Some(octets) = octets {
        let told = Octets {
            octets: &octets,
            declared: Some(text),
            form: Form::Octets,
        };
        return if octets.is_ascii() { None } else { told.reread() };
    }
    let (octets, _, lossy) = WINDOWS_1251.encode(text);
    let again = if lossy { None } else { utf8(&octets) };
    again.filter(|again| again.len() < text.len() && again.chars().all(is_typed))
}

/// Whether a text is a no, sure or doubtful.
fn says_no(text: &str) -> bool {
    let read = read(text);
    matches!(read, Reading::Sure { wish: Wish::Stop, .. } | Reading::Doubtful { .. })
}

/// The plain readings, the likeliest first.
fn candidates(octets: &[u8], fill: u32) -> Vec<String> {
    let packed = packed(octets, fill);
    utf8(octets).into_iter().chain(pages(octets)).chain(packed).collect()
}

/// UTF-8 without control characters.
fn utf8(octets: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(without_zeros(octets)).ok()?;
    let text = text.trim_start_matches('\u{FEFF}');
    (!text.is_empty() && text.chars().all(is_shown)).then(|| text.to_owned())
}

/// Septets, eight of them in seven octets. Only with an eighth bit somewhere, which all but the shortest texts have.
fn packed(octets: &[u8], fill: u32) -> Option<String> {
    let text = read_national(&unpack(octets, fill), National::default());
    let plain = |c: char| c.is_ascii_alphanumeric() || " .,!?'-\r\n".contains(c);
    (!octets.is_ascii() && text.chars().all(plain) && is_natural(&text)).then_some(text)
}

/// The alphabets that write a Cyrillic letter in one octet, the one with the commonest letters first.
fn pages(octets: &[u8]) -> Vec<String> {
    let page = |page: &'static Encoding| {
        let (text, _) = page.decode_without_bom_handling(octets);
        let plain = text.chars().all(is_typed) && text.chars().any(is_cyrillic) && is_natural(&text);
        plain.then(|| text.into_owned())
    };
    let mut found: Vec<String> = [WINDOWS_1251, KOI8_R, ISO_8859_5]
        .into_iter()
        .filter_map(page)
        .collect();
    found.sort_by_key(|text| std::cmp::Reverse(commonness(text)));
    found
}

/// Latin and Cyrillic letters in two octets each, in either order: half of the octets say so.
fn plainly_wide(octets: &[u8]) -> Option<String> {
    if octets.len() < 4 {
        return None;
    }
    [octets.to_vec(), swapped(octets)].into_iter().find_map(|octets| {
        let whole = octets.strip_prefix(&[0xFE, 0xFF]).unwrap_or(&octets);
        let high = |pair: &[u8]| matches!(pair[0], 0x00 | 0x04 | 0x20 | 0x21 | 0xD8..=0xDF | 0xFE);
        let letter = |pair: &[u8]| matches!(pair[0], 0x00 | 0x04);
        let (mut pairs, mut letters) = (whole.chunks_exact(2), whole.chunks_exact(2));
        if !pairs.all(high) || !letters.any(letter) {
            return None;
        }
        let text = read_wide(whole);
        let told = |c: char| {
            is_typed(c) || ('\u{C0}'..='\u{17F}').contains(&c) || c as u32 > 0xFFFF || "\u{FE0F}\u{200D}".contains(c)
        };
        (text.chars().any(char::is_alphanumeric) && text.chars().all(told)).then_some(text)
    })
}

/// The other order of octets.
fn swapped(octets: &[u8]) -> Vec<u8> {
    octets.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect()
}

/// Whether octets that pass for a text in Latin letters are UTF-8: what would be an accented letter and a sign beside
/// it is one letter.
fn is_utf8_in_disguise(octets: &[u8], declared: &str) -> bool {
    if octets.is_ascii() || declared.chars().any(is_cyrillic) {
        return false;
    }
    let letter = |c: char| is_typed(c) || ('\u{C0}'..='\u{17F}').contains(&c);
    utf8(octets).is_some_and(|text| text.chars().all(letter))
}

fn without_zeros(octets: &[u8]) -> &[u8] {
    let end = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    &octets[..end]
}
