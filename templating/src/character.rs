//! How a single character is shown to an author: an invisible one by its code and name.

/// Characters beside spaces and control characters that a reader does not see, or takes for another.
const UNSEEN: &str = "\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2011}\u{2060}\u{fe0f}\u{feff}";

/// Plain characters that mean the same as one that an editor has inserted.
const PLAIN: [(&str, &str); 8] = [
    ("\u{a0}\u{202f}\u{2002}\u{2003}\u{2007}\u{2009}\u{200a}\u{3000}\t", " "),
    ("\u{200b}\u{200c}\u{200e}\u{200f}\u{2060}\u{feff}\u{ad}", ""),
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
    c != ' ' && c != '\n' && (c.is_whitespace() || c.is_control() || UNSEEN.contains(c))
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

/// What to write instead, if that is clear: nothing, a space, or another character.
pub(crate) fn plain(c: char) -> Option<String> {
    if let Some(twin) = latin_twin(c) {
        return Some(twin.to_string());
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
    fn what_cannot_be_seen_is_known() {
        for (c, expected) in [
            ('\u{a0}', true),
            ('\t', true),
            ('\u{200b}', true),
            ('\u{1}', true),
            (' ', false),
            ('ç', false),
            ('С', false),
        ] {
            assert_eq!(is_invisible(c), expected, "{c:?}");
        }
    }

    #[test]
    fn the_remedy_is_a_plain_character() {
        for (c, expected) in [
            ('\u{a0}', Some(" ")),
            ('’', Some("'")),
            ('…', Some("...")),
            ('—', Some("-")),
            ('ç', Some("c")),
            ('Ł', Some("L")),
            ('С', Some("C")),
            ('ж', None),
            ('🍕', None),
        ] {
            assert_eq!(plain(c).as_deref(), expected, "{c:?}");
        }
    }
}
