//! The same keys on the other keyboard layout, and Russian in Latin letters.

const LATIN_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";

/// Russian sounds written in Latin letters, the longest first.
const SOUNDS: [(&str, &str); 42] = [
    ("shch", "щ"),
    ("sch", "щ"),
    ("sh", "ш"),
    ("ch", "ч"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ya", "я"),
    ("ja", "я"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("yo", "е"),
    ("ye", "е"),
    ("oy", "ой"),
    ("ey", "ей"),
    ("ay", "ай"),
    ("iy", "ий"),
    ("yy", "ый"),
    ("a", "а"),
    ("b", "б"),
    ("v", "в"),
    ("w", "в"),
    ("g", "г"),
    ("d", "д"),
    ("e", "е"),
    ("z", "з"),
    ("i", "и"),
    ("j", "й"),
    ("y", "ы"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("f", "ф"),
    ("h", "х"),
    ("c", "ц"),
    ("4", "ч"),
];

/// Other readings of a text in a single alphabet; none if it mixes alphabets.
pub(super) fn others(text: &str) -> Vec<String> {
    let latin = text.chars().any(|c| c.is_ascii_alphabetic());
    let russian = text
        .chars()
        .any(|c| RUSSIAN_KEYS.contains(c) || ('А'..='я').contains(&c));
    match (latin, russian) {
        (true, false) => vec![retyped(text, LATIN_KEYS, RUSSIAN_KEYS), sounded(text)],
        (false, true) => vec![retyped(text, RUSSIAN_KEYS, LATIN_KEYS)],
        _ => Vec::new(),
    }
}

/// What the same keys type in the other layout. A comma or a full stop at the end of a word stays one: `cnjg,
/// cgfcb,j`.
fn retyped(text: &str, from: &str, to: &str) -> String {
    let lower: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let in_word = |at: usize| lower.get(at + 1).is_some_and(|next| !next.is_whitespace());
    lower
        .iter()
        .enumerate()
        .map(|(at, c)| match from.chars().position(|key| key == *c) {
            Some(key) if c.is_alphabetic() || in_word(at) => to.chars().nth(key).unwrap_or(*c),
            _ => *c,
        })
        .collect()
}

fn sounded(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut rest = lower.as_str();
    let mut russian = String::with_capacity(lower.len() * 2);
    while let Some(first) = rest.chars().next() {
        let (read, said) = SOUNDS
            .iter()
            .find(|(latin, _)| rest.starts_with(latin))
            .map_or((first.len_utf8(), None), |(latin, said)| (latin.len(), Some(*said)));
        match said {
            Some(said) => russian.push_str(said),
            None => russian.push(first),
        }
        rest = &rest[read..];
        // The soft sign is mostly left out in Latin letters: `ne bespokoit`.
        if russian.ends_with("ит") && !rest.starts_with(char::is_alphanumeric) {
            russian.push('ь');
        }
    }
    russian
}

#[cfg(test)]
mod tests {
    use super::{LATIN_KEYS, RUSSIAN_KEYS, others};

    #[test]
    fn both_rows_of_keys_are_as_long() {
        assert_eq!(LATIN_KEYS.chars().count(), RUSSIAN_KEYS.chars().count());
    }

    #[test]
    fn layouts_and_sounds() {
        for (typed, meant) in [
            ("cnjg", "стоп"),
            ("ыещз", "stop"),
            ("CNJG!", "стоп!"),
            ("jngbibnt", "отпишите"),
            (",tcgjrjbnm", "беспокоить"),
            ("cnjg, cgfcb,j.", "стоп, спасибо."),
            ("otpishite", "отпишите"),
            ("ne pishite mne", "не пишите мне"),
        ] {
            assert!(
                others(typed).iter().any(|other| other == meant),
                "{typed}: {:?}",
                others(typed)
            );
        }
        assert!(others("stop стоп").is_empty());
        assert!(others("123 🙏").is_empty());
    }
}
