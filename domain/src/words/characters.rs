//! The names of characters that are invisible or look like others.

use super::Language;
use crate::fault::Instead;
use crate::visible::{is_invisible, is_line_end};

/// A character as a sentence names it.
pub(super) fn named(c: char, language: Language) -> String {
    match language {
        // A digit needs no name.
        _ if c.is_ascii_digit() => c.to_string(),
        Language::En => crate::visible::named(c),
        Language::Ru => in_russian(c),
    }
}

/// Characters of a text, as it has them: those that can be seen stand in backticks.
pub(super) fn listed(characters: &[char], language: Language) -> String {
    let shown = characters.iter().map(|c| shown(*c, language));
    shown.collect::<Vec<_>>().join(", ")
}

/// What to write for each character of a text.
pub(super) fn instead(all: &[Instead], language: Language) -> String {
    let one = |it: &Instead| {
        let character = shown(it.character, language);
        let latin = is_cyrillic(it.character);
        match (language, it.write.as_deref()) {
            (Language::En, None) => format!("something else for {character}"),
            (Language::En, Some("")) => format!("nothing for {character}: delete it"),
            (Language::En, Some(" ")) => format!("a plain space for {character}"),
            (Language::En, Some(write)) if latin => format!("the Latin {write} for {character}"),
            (Language::En, Some(write)) => format!("{write} for {character}"),
            (Language::Ru, None) => format!("{character} → что-нибудь другое"),
            (Language::Ru, Some("")) => format!("{character} → ничего"),
            (Language::Ru, Some(" ")) => format!("{character} → обычный пробел"),
            (Language::Ru, Some(write)) if latin => format!("{character} → латинская {write}"),
            (Language::Ru, Some(write)) => format!("{character} → {write}"),
        }
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn shown(c: char, language: Language) -> String {
    if is_invisible(c) || c.is_control() || c.is_whitespace() {
        return named(c, language);
    }
    match language {
        // It may look like a Latin one.
        Language::En if is_cyrillic(c) => format!("`{c}` (Cyrillic)"),
        Language::Ru if is_cyrillic(c) => format!("`{c}` (кириллица)"),
        _ => format!("`{c}`"),
    }
}

fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{4FF}').contains(&c)
}

fn in_russian(c: char) -> String {
    let code = u32::from(c);
    let name = match c {
        ' ' => "пробел",
        '\t' => "табуляция",
        '\u{A0}' => "неразрывный пробел",
        '\u{202F}' => "узкий неразрывный пробел",
        '\u{AD}' => "мягкий перенос",
        '\u{200B}' => "пробел нулевой ширины",
        '\u{200C}' | '\u{200D}' | '\u{2060}' => "невидимый соединитель",
        '\u{FEFF}' => "метка порядка байтов",
        '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            "невидимый знак направления письма"
        }
        c if is_line_end(c) => "конец строки",
        c if is_invisible(c) || c.is_control() => "невидимый символ",
        c if c.is_whitespace() => "пробел другой ширины",
        c if c.is_alphabetic() => return format!("буква {c} (U+{code:04X})"),
        c => return format!("символ {c} (U+{code:04X})"),
    };
    format!("{name} (U+{code:04X})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_write_is_told() {
        let all = [
            ('\u{A0}', Some(" ")),
            ('\u{AD}', Some("")),
            ('—', Some("-")),
            ('С', Some("C")),
            ('🍕', None),
        ];
        let all = all.map(|(character, write)| Instead {
            character,
            write: write.map(str::to_owned),
        });
        assert_eq!(
            instead(&all, Language::En),
            "a plain space for a no-break space (U+00A0), nothing for a soft hyphen (U+00AD): delete it, - for `—`, \
             the Latin C for `С` (Cyrillic), something else for `🍕`"
        );
        assert_eq!(
            instead(&all, Language::Ru),
            "неразрывный пробел (U+00A0) → обычный пробел, мягкий перенос (U+00AD) → ничего, `—` → -, \
             `С` (кириллица) → латинская C, `🍕` → что-нибудь другое"
        );
    }

    #[test]
    fn a_list_shows_what_can_be_seen() {
        let all = ['Ł', 'С', '\u{A0}', '🍕'];
        assert_eq!(
            listed(&all, Language::En),
            "`Ł`, `С` (Cyrillic), a no-break space (U+00A0), `🍕`"
        );
        assert_eq!(
            listed(&all, Language::Ru),
            "`Ł`, `С` (кириллица), неразрывный пробел (U+00A0), `🍕`"
        );
    }

    #[test]
    fn each_has_a_name_in_each_language() {
        for (c, en, ru) in [
            ('0', "0", "0"),
            ('О', "the letter О (U+041E)", "буква О (U+041E)"),
            ('*', "the character * (U+002A)", "символ * (U+002A)"),
            (
                '\u{202F}',
                "a narrow no-break space (U+202F)",
                "узкий неразрывный пробел (U+202F)",
            ),
            ('\0', "an invisible character (U+0000)", "невидимый символ (U+0000)"),
        ] {
            assert_eq!(
                (named(c, Language::En).as_str(), named(c, Language::Ru).as_str()),
                (en, ru)
            );
        }
    }
}
