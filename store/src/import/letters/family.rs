//! Whether decoded words look like words, which wrongly decoded ones do not.

use bellhop_domain::written_word;

/// Whether a text that was decoded is one: hardly a word mixes scripts, or has a capital inside.
pub(super) fn looks_read(text: &str) -> bool {
    let (right, all) = counted(text);
    all > 0 && right * 10 >= all * 7 && !text.contains(|c: char| matches!(c, '\u{80}'..='\u{9F}' | '\u{FFFD}'))
}

/// The words with letters beyond ASCII: those that look like words, and all of them.
pub(super) fn counted(text: &str) -> (usize, usize) {
    let words = written_word::words(text).filter(|word| !word.is_ascii());
    words.fold((0, 0), |(right, all), word| {
        (right + usize::from(written_word::is_written(word)), all + 1)
    })
}

pub(super) fn letters(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count()
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
