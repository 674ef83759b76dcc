//! How a single character is shown to an author: an invisible one by its code and name.

/// The names of characters that are invisible or easily taken for others.
const NAMES: [(char, &str); 22] = [
    ('\t', "tab"),
    ('\r', "carriage return"),
    ('\u{a0}', "no-break space"),
    ('\u{ad}', "soft hyphen"),
    ('\u{2002}', "en space"),
    ('\u{2003}', "em space"),
    ('\u{2007}', "figure space"),
    ('\u{2009}', "thin space"),
    ('\u{200a}', "hair space"),
    ('\u{200b}', "zero-width space"),
    ('\u{200c}', "zero-width non-joiner"),
    ('\u{200d}', "zero-width joiner"),
    ('\u{200e}', "left-to-right mark"),
    ('\u{200f}', "right-to-left mark"),
    ('\u{2011}', "non-breaking hyphen"),
    ('\u{2028}', "line separator"),
    ('\u{2029}', "paragraph separator"),
    ('\u{202f}', "narrow no-break space"),
    ('\u{2060}', "word joiner"),
    ('\u{3000}', "ideographic space"),
    ('\u{fe0f}', "variation selector"),
    ('\u{feff}', "byte order mark"),
];

/// Plain characters that mean the same as one that an editor has inserted.
const PLAIN: [(&str, &str); 8] = [
    (
        "\u{a0}\u{202f}\u{2002}\u{2003}\u{2007}\u{2009}\u{200a}\u{3000}\t",
        "a plain space",
    ),
    (
        "\u{200b}\u{200c}\u{200e}\u{200f}\u{2060}\u{feff}\u{ad}",
        "nothing: delete it",
    ),
    ("‘’‚‛′`´", "'"),
    ("“”„‟«»″", "\""),
    ("–—−‑‒―", "-"),
    ("…", "..."),
    ("•·", "*"),
    ("№", "No."),
];

/// Cyrillic letters that look like a Latin one.
const LOOK_ALIKES: (&str, &str) = ("АВЕКМНОРСТУХасеорухіІјЈѕЅ", "ABEKMHOPCTYXaceopyxiIjJsS");

/// Whether a reader sees nothing, or only a gap, where the character stands.
pub(crate) fn is_invisible(c: char) -> bool {
    c != ' ' && c != '\n' && (c.is_whitespace() || c.is_control() || NAMES.iter().any(|(known, _)| *known == c))
}

/// `` `ç` `` or `U+00A0 (no-break space)`.
pub fn shown(c: char) -> String {
    let code = u32::from(c);
    match NAMES.iter().find(|(known, _)| *known == c) {
        Some((_, name)) => format!("U+{code:04X} ({name})"),
        None if is_invisible(c) => format!("U+{code:04X}"),
        None if latin_twin(c).is_some() => format!("`{c}` (Cyrillic)"),
        None => format!("`{c}`"),
    }
}

/// The Latin letter that a Cyrillic one is taken for.
pub(crate) fn latin_twin(c: char) -> Option<char> {
    let (cyrillic, latin) = LOOK_ALIKES;
    cyrillic
        .chars()
        .zip(latin.chars())
        .find(|(one, _)| *one == c)
        .map(|(_, twin)| twin)
}

/// What to write instead, if that is clear.
pub(crate) fn plain(c: char) -> Option<String> {
    if let Some(twin) = latin_twin(c) {
        return Some(format!("the Latin {twin}"));
    }
    if let Some((_, plain)) = PLAIN.iter().find(|(these, _)| these.contains(c)) {
        return Some((*plain).to_owned());
    }
    bare_letter(c).map(String::from)
}

/// A Latin letter without its mark, for those that the GSM alphabet lacks most often.
fn bare_letter(c: char) -> Option<char> {
    const MARKED: &str = "çáâãàëêíîïóôõúûýÿčďěňřšťůžąćęłńśźżőűÁÂÃÀËÊÈÍÎÏÓÔÕÚÛÝČĎĚŇŘŠŤŮŽĄĆĘŁŃŚŹŻŐŰ";
    const BARE: &str = "caaaaeeiiiooouuyycdenrstuzacelnszzouAAAAEEEIIIOOOUUYCDENRSTUZACELNSZZOU";
    MARKED
        .chars()
        .zip(BARE.chars())
        .find(|(one, _)| *one == c)
        .map(|(_, bare)| bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_has_a_name() {
        for (c, expected) in [
            ('\u{a0}', "U+00A0 (no-break space)"),
            ('\t', "U+0009 (tab)"),
            ('\u{200b}', "U+200B (zero-width space)"),
            ('\u{1}', "U+0001"),
            ('ç', "`ç`"),
            ('С', "`С` (Cyrillic)"),
        ] {
            assert_eq!(shown(c), expected);
        }
    }

    #[test]
    fn the_remedy_is_a_plain_character() {
        for (c, expected) in [
            ('\u{a0}', Some("a plain space")),
            ('’', Some("'")),
            ('…', Some("...")),
            ('—', Some("-")),
            ('ç', Some("c")),
            ('Ł', Some("L")),
            ('С', Some("the Latin C")),
            ('ж', None),
            ('🍕', None),
        ] {
            assert_eq!(plain(c).as_deref(), expected, "{c:?}");
        }
    }
}
