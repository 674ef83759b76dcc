//! Whether a word looks written by a person: of one script, and in small letters, in capitals, or with a capital in
//! front. What was decoded by the wrong table does not.

/// The words of a text: its runs of letters.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// Whether a word is of one script that guests write in, and in natural case.
pub fn is_written(word: &str) -> bool {
    let mut scripts = word.chars().map(script);
    let first = scripts.next();
    let one_script = first != Some(Script::Odd) && scripts.all(|script| Some(script) == first);
    one_script && has_natural_case(word)
}

/// All small, all capitals, or a capital in front.
pub fn has_natural_case(word: &str) -> bool {
    word.chars().skip(1).all(|c| !c.is_uppercase()) || !word.chars().any(char::is_lowercase)
}

#[derive(PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    /// Letters of Cyrillic that no language of our guests has, but wrong decoding does.
    Odd,
    /// By its block of 128.
    Other(u32),
}

fn script(c: char) -> Script {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' => Script::Latin,
        'Ђ' | 'Ѓ' | 'Ѕ' | 'Ќ' | 'Ћ' | 'Џ' | 'ђ' | 'ѓ' | 'ѕ' | 'ќ' | 'ћ' | 'џ' | 'Љ' | 'Њ' | 'љ' | 'њ' | 'Ј' | 'ј' => {
            Script::Odd
        }
        '\u{400}'..='\u{52F}' => Script::Cyrillic,
        c => Script::Other(u32::from(c) >> 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_what_nobody_writes() {
        for word in ["Анна", "ПИЦЦА", "пицца", "Ёж", "Zoë", "José", "OK", "ΑΘΗΝΑ", "і"] {
            assert!(is_written(word), "{word}");
        }
        for word in ["Anяна", "юММЮ", "xГ", "Ђннa", "ѓ"] {
            assert!(!is_written(word), "{word}");
        }
        assert!(has_natural_case("Ab") && has_natural_case("AB") && !has_natural_case("aB"));
        assert_eq!(words("№1: Анна, Zoë!").collect::<Vec<_>>(), ["Анна", "Zoë"]);
    }
}
