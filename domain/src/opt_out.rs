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

/// What an answer says about marketing (PRODUCT.md §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// It plainly means it; `by` is the word or the rule that says so, for the proof.
    Sure { wish: Wish, by: &'static str },
    /// It may mean a stop: marketing is held, a human sees it, the guest is asked back once.
    Doubtful { by: &'static str },
    /// Nothing about marketing.
    Ordinary,
}

impl Reading {
    /// The one that outranks the other: a stop, then a doubt, then a wish to get marketing.
    pub fn stronger(self, other: Reading) -> Reading {
        let rank = |reading: &Reading| match reading {
            Reading::Sure { wish: Wish::Stop, .. } => 3,
            Reading::Doubtful { .. } => 2,
            Reading::Sure { wish: Wish::Start, .. } => 1,
            Reading::Ordinary => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

/// Reads a guest's answer.
pub fn read(text: &str) -> Reading {
    let said = normal(text);
    let of = |words: &[&'static str], wish| {
        let word = words.iter().find(|w| **w == said)?;
        Some(Reading::Sure { wish, by: word })
    };
    of(&STOP, Wish::Stop)
        .or_else(|| of(&START, Wish::Start))
        .unwrap_or(Reading::Ordinary)
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
            let expected = expected.map_or(Reading::Ordinary, |(wish, by)| Reading::Sure { wish, by });
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_word_is_its_own_normal_form_and_said_once() {
        for (words, expected) in [(&STOP[..], Wish::Stop), (&START, Wish::Start)] {
            for word in words {
                let wish = expected;
                assert_eq!(read(&word.to_lowercase()), Reading::Sure { wish, by: word });
            }
        }
    }
}
