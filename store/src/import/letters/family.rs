//! Whether decoded words look like words, which wrongly decoded ones do not.

/// Whether a text that was decoded is one: hardly a word mixes scripts, or has a capital inside.
pub(super) fn looks_read(text: &str) -> bool {
    let (right, all) = counted(text);
    all > 0 && right * 10 >= all * 7 && !text.contains(|c: char| matches!(c, '\u{80}'..='\u{9F}' | '\u{FFFD}'))
}

/// The words with letters beyond ASCII: those that look like words, and all of them.
pub(super) fn counted(text: &str) -> (usize, usize) {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_ascii());
    words.fold((0, 0), |(right, all), word| {
        (right + usize::from(is_word(word)), all + 1)
    })
}

pub(super) fn letters(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count()
}

#[derive(PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    /// Letters of Cyrillic that no language of our guests has, but wrong decoding does.
    Odd,
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

fn is_word(word: &str) -> bool {
    let mut letters = word.chars().map(script);
    let first = letters.next();
    let one_script = first != Some(Script::Odd) && letters.all(|script| Some(script) == first);
    let behind = || word.chars().skip(1);
    one_script && (behind().all(|c| !c.is_uppercase()) || !word.chars().any(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_what_only_decodes() {
        for read in ["Анна Иванова; ПИЦЦА; №1", "Zoë, José", "Доставлен", "Ёж", "ΑΘΗΝΑ"]
        {
            assert!(looks_read(read), "{read}");
        }
        for wrong in ["Anяna", "юММЮ", "xГ", "ГЉГ®Г«Гї", "Anna", "Ђннa", "à\u{92}б"] {
            assert!(!looks_read(wrong), "{wrong}");
        }
    }
}
