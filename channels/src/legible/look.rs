//! What a text looks like: whether somebody can have typed it.

use bellhop_domain::written_word::{has_natural_case, is_written, words};

/// Whether a text can be what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing speaks against it.
    Right,
    /// It can be, but octets of another alphabet often look like this: signs among letters, Chinese, Korean, Cyrillic
    /// letters of one octet.
    Strange,
    /// Nobody types this.
    Broken,
}

/// What a text looks like; `by_octets` if its alphabet writes one letter an octet.
pub(super) fn look(text: &str, by_octets: bool) -> Look {
    let scripts: Vec<Script> = text.chars().filter_map(script).collect();
    let others: Vec<Script> = scripts.iter().copied().filter(|it| !it.is_latin()).collect();
    let mixed = others.iter().any(|it| Some(it) != others.first());
    let odd_cyrillic = by_octets
        && text
            .chars()
            .any(|c| c.is_alphabetic() && script(c) == Some(Script::Cyrillic) && !is_cyrillic(c));
    let rare = by_octets && text.chars().filter(|c| is_cyrillic(*c)).count() >= TELLING && commonness(text) < RARE;
    let odd_case = by_octets && others.contains(&Script::Cyrillic) && !words(text).all(has_natural_case);
    if !text.chars().all(is_shown) || mixed || odd_cyrillic || rare || odd_case || !is_latin_plausible(text) {
        return Look::Broken;
    }
    let signs = text.chars().any(|c| !is_simple(c));
    let one_of_several = by_octets && !others.is_empty();
    if signs || one_of_several || others.contains(&Script::Chinese) || others.contains(&Script::Korean) {
        Look::Strange
    } else {
        Look::Right
    }
}

/// From so many letters on, how common they are says something.
const TELLING: usize = 6;
/// No Russian sentence has so few of the common letters, in a thousand.
const RARE: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Ascii,
    /// Letters of Latin alphabets beyond ASCII.
    Latin,
    Cyrillic,
    Chinese,
    Korean,
    /// By its block of 256.
    Other(u32),
}

impl Script {
    fn is_latin(self) -> bool {
        matches!(self, Script::Ascii | Script::Latin)
    }
}

fn script(c: char) -> Option<Script> {
    if !c.is_alphabetic() {
        return None;
    }
    Some(match c as u32 {
        0..=0x7F => Script::Ascii,
        // The feminine and masculine signs, and micro, stand for no script.
        0xAA | 0xB5 | 0xBA => return None,
        0x80..=0x24F | 0x1E00..=0x1EFF => Script::Latin,
        0x400..=0x52F => Script::Cyrillic,
        0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Other(3),
        // Japanese among it.
        0x3005 | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF => Script::Chinese,
        0xAC00..=0xD7A3 => Script::Korean,
        other => Script::Other(other >> 8),
    })
}

/// In every language of Latin letters the plain ones are the most, and hardly a word has none.
fn is_latin_plausible(text: &str) -> bool {
    let count = |wanted: Script| text.chars().filter(|c| script(*c) == Some(wanted)).count();
    let beyond = count(Script::Latin);
    let has_plain = |word: &str| {
        let all_beyond = word.chars().all(|c| script(c) == Some(Script::Latin));
        !all_beyond || word.chars().nth(1).is_none()
    };
    beyond == 0 || (count(Script::Ascii) * 2 >= beyond && words(text).all(has_plain))
}

/// Whether each word is of one script and written as people write; at least two letters.
pub(super) fn is_natural(text: &str) -> bool {
    let one_script = |word: &str| word.is_ascii() || word.chars().all(is_cyrillic);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && words(text).all(|word| one_script(word) && is_written(word))
}

/// Whether it is natural, and all its letters, at least three, are Cyrillic.
pub(super) fn is_cyrillic_text(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= 3 && letters.all(is_cyrillic) && is_natural(text)
}

/// The Russian, Ukrainian and Belarusian letters.
pub(super) fn is_cyrillic(c: char) -> bool {
    matches!(
        c,
        'А'..='я' | 'Ё' | 'ё' | 'І' | 'і' | 'Ї' | 'ї' | 'Є' | 'є' | 'Ґ' | 'ґ' | 'Ў' | 'ў'
    )
}

/// What people type on a Latin or Cyrillic keyboard.
pub(super) fn is_typed(c: char) -> bool {
    matches!(c, ' '..='~' | '\n' | '\r' | '\t') || is_cyrillic(c) || "«»—–…№“”„‘’•°€₽™\u{A0}".contains(c)
}

/// Letters, digits, and the signs that stand in any sentence.
fn is_simple(c: char) -> bool {
    c.is_alphanumeric() || " .,!?'\"()-:\r\n«»—–…№’".contains(c)
}

/// Neither a control character, nor one that no text has.
pub(super) fn is_shown(c: char) -> bool {
    let blank = matches!(c, '\n' | '\r' | '\t');
    (blank || !c.is_control()) && c != char::REPLACEMENT_CHARACTER && !('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// The share of the letters that are common in Russian, in a thousand. By it one Cyrillic alphabet is told from
/// another.
pub(super) fn commonness(text: &str) -> usize {
    let letters: Vec<char> = text.chars().filter(|c| is_cyrillic(*c)).collect();
    let is_common = |c: &&char| "оеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ".contains(**c);
    letters.iter().filter(is_common).count() * 1_000 / letters.len().max(1)
}
