//! The words by which a guest stops marketing, or asks for it again, in an answer (PRODUCT.md §10, PROVIDERS.md §6.3).

/// What a guest asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wish {
    Stop,
    Start,
}

/// Carriers' and providers' words (Twilio, AWS), and those that Russian guests write. `НЕТ` and `NO` are none: they
/// answer questions.
const STOP: [&str; 20] = [
    "STOP",
    "STOPALL",
    "STOP ALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "OPT OUT",
    "OPT-OUT",
    "ARRET",
    "REMOVE",
    "STOP PROMOTIONS",
    "СТОП",
    "ОТПИСКА",
    "ОТПИСАТЬСЯ",
    "ОТПИШИТЕ",
    "ОТКАЗ",
    "НЕ БЕСПОКОИТЬ",
];

const START: [&str; 7] = [
    "START",
    "UNSTOP",
    "SUBSCRIBE",
    "СТАРТ",
    "ПОДПИСКА",
    "ПОДПИСАТЬСЯ",
    "ПОДПИШИТЕ",
];

/// The wish that a whole message is, with the word by which it was said. A word within a sentence is no wish: the guest
/// talks to the operator.
pub fn wish(text: &str) -> Option<(Wish, &'static str)> {
    let said = normal(text);
    let of = |words: &[&'static str], wish| words.iter().find(|w| **w == said).map(|w| (wish, *w));
    of(&STOP, Wish::Stop).or_else(|| of(&START, Wish::Start))
}

/// Upper case, single spaces, without what stands around the words: blanks, quotation marks, full stops, emoji.
fn normal(text: &str) -> String {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    let words: Vec<_> = bare.split_whitespace().map(str::to_uppercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_in_any_dress() {
        for (text, expected) in [
            ("STOP", Some((Wish::Stop, "STOP"))),
            (" stop.\n", Some((Wish::Stop, "STOP"))),
            ("«Стоп»!!!", Some((Wish::Stop, "СТОП"))),
            ("отписка", Some((Wish::Stop, "ОТПИСКА"))),
            ("Отписаться 🙏", Some((Wish::Stop, "ОТПИСАТЬСЯ"))),
            ("Opt  out", Some((Wish::Stop, "OPT OUT"))),
            ("Stop promotions", Some((Wish::Stop, "STOP PROMOTIONS"))),
            ("не беспокоить", Some((Wish::Stop, "НЕ БЕСПОКОИТЬ"))),
            ("Start", Some((Wish::Start, "START"))),
            ("СТАРТ…", Some((Wish::Start, "СТАРТ"))),
            ("unstop", Some((Wish::Start, "UNSTOP"))),
            ("", None),
            ("...", None),
            ("нет", None),
            ("no", None),
            ("стоп, а где мой заказ?", None),
            ("stopped", None),
            ("Не стоп", None),
        ] {
            assert_eq!(wish(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_word_is_its_own_normal_form_and_said_once() {
        for (words, expected) in [(&STOP[..], Wish::Stop), (&START, Wish::Start)] {
            for word in words {
                assert_eq!(wish(&word.to_lowercase()), Some((expected, *word)));
            }
        }
    }
}
