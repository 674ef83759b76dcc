//! The words for each [`Why`], one file per language: what a person reads in an answer of the API, the output of a
//! command or a page. No rule depends on them.
//!
//! A file names each code once; `{{param}}` stands for a parameter, as i18next writes it, so that a page can use the same
//! file. Our own words among the parameters are English; `terms.ru.json` has them in Russian.

mod characters;

use crate::fault::{Fault, Param, Term, Why};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// A language that we have words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    En,
    Ru,
}

type Words = BTreeMap<String, String>;

static EN: LazyLock<Words> = LazyLock::new(|| read(include_str!("en.json")));
static RU: LazyLock<Words> = LazyLock::new(|| read(include_str!("ru.json")));

static RU_TERMS: LazyLock<Words> = LazyLock::new(|| read(include_str!("terms.ru.json")));

/// A file that cannot be parsed yields no words; the tests parse both files.
fn read(file: &str) -> Words {
    serde_json::from_str(file).unwrap_or_default()
}

impl Language {
    pub const ALL: [Language; 2] = [Language::En, Language::Ru];

    /// Its tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ru => "ru",
        }
    }

    fn words(self) -> &'static Words {
        match self {
            Language::En => &EN,
            Language::Ru => &RU,
        }
    }

    /// A word of ours as a sentence has it; one that we have no translation of stays English.
    fn term(self, term: Term) -> &'static str {
        match self {
            Language::En => term.0,
            Language::Ru => RU_TERMS.get(term.0).map_or(term.0, String::as_str),
        }
    }

    /// Texts in this language's quotes, of which one is meant.
    fn either(self, texts: &[String]) -> String {
        let (open, close, or) = match self {
            Language::En => ('"', '"', " or "),
            Language::Ru => ('«', '»', " или "),
        };
        let quoted: Vec<_> = texts.iter().map(|text| format!("{open}{text}{close}")).collect();
        quoted.join(or)
    }

    /// What an `Accept-Language` asks for (RFC 9110 §12.5.4); of several the one with the greatest weight, and of
    /// equals the first. English if it names none of ours.
    pub fn asked_for(accepted: &str) -> Language {
        let wanted = accepted.split(',').filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.trim().parse().ok()?;
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let known = Language::ALL
                .into_iter()
                .find(|it| it.tag().eq_ignore_ascii_case(primary))?;
            (weight > 0.0).then_some((known, weight))
        });
        let better = |best: (Language, f32), it: (Language, f32)| if it.1 > best.1 { it } else { best };
        wanted.fold((Language::default(), 0.0), better).0
    }
}

/// What is wrong, and what to do about it. The sentence can follow the name of a place or stand alone.
pub fn told(why: &Why, language: Language) -> String {
    let code = why.code();
    let Some(words) = language.words().get(&code) else {
        return code;
    };
    let params = why.params();
    let mut text = String::with_capacity(words.len());
    let mut rest = words.as_str();
    while let Some((before, name, after)) = parameter(rest) {
        text.push_str(before);
        match params.get(name) {
            Some(Param::Number(number)) => text.push_str(&number.to_string()),
            Some(Param::Text(said)) => text.push_str(said),
            Some(Param::Character(c)) => text.push_str(&characters::named(*c, language)),
            Some(Param::Term(term)) => text.push_str(language.term(*term)),
            Some(Param::Either(texts)) => text.push_str(&language.either(texts)),
            Some(Param::Instead(all)) => text.push_str(&characters::instead(all, language)),
            Some(Param::Inner(inner)) => {
                text.push_str(&inner.0.as_ref().map_or(String::new(), |it| told(it, language)))
            }
            Some(Param::Characters(all)) => text.push_str(&characters::listed(all, language)),
            None => {}
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What stands before the first `{{name}}` of a text, the name, and what follows.
fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = text.split_once("{{")?;
    let (name, after) = after.split_once("}}")?;
    Some((before, name, after))
}

impl fmt::Display for Fault {
    /// In English, as the command line says it: the place, a colon and the words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl fmt::Display for Why {
    /// In English, for the command line and the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&told(self, Language::En))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::RunState;
    use std::collections::BTreeSet;

    /// What the store may miss, what an audience may name, what stands for an entity of HTML, and values of JSON.
    const THINGS: [&str; 20] = [
        "mailing",
        "run",
        "message",
        "request",
        "customer",
        "customer of order",
        "batch",
        "organisation",
        "tag",
        "promo list",
        "restaurant",
        "dish",
        "category",
        "a space",
        "null",
        "a boolean",
        "a number",
        "a string",
        "a list",
        "an object",
    ];

    /// Every `{{name}}` of a text.
    fn named(mut text: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        while let Some((_, name, after)) = parameter(text) {
            names.insert(name);
            text = after;
        }
        names
    }

    #[test]
    fn every_code_has_words_in_every_language_and_no_others_have() {
        let samples = Why::samples();
        for language in Language::ALL {
            let words = language.words();
            for why in &samples {
                let code = why.code();
                let text = words
                    .get(&code)
                    .unwrap_or_else(|| panic!("{code} has no words in {language:?}"));
                let params: BTreeSet<_> = why.params().into_keys().collect();
                assert!(!text.trim().is_empty(), "{code} in {language:?}");
                assert_eq!(
                    named(text),
                    params,
                    "{code} in {language:?}: the parameters that it names, and that it has"
                );
                let cyrillic = text.chars().any(|c| ('а'..='я').contains(&c));
                assert_eq!(cyrillic, language == Language::Ru, "{code} in {language:?}: {text}");
            }
            assert_eq!(words.len(), samples.len(), "words without a code in {language:?}");
        }
    }

    #[test]
    fn words_hold_the_parameters() {
        let why = Why::PhoneLetterLikeDigit {
            letter: 'О',
            digit: '0',
        };
        assert_eq!(
            told(&why, Language::En),
            "contains the letter О (U+041E), which no phone number has, though it looks like 0; write its digits"
        );
        assert_eq!(
            told(&why, Language::Ru),
            "есть буква О (U+041E), чего в номере телефона не бывает, хотя и похоже на 0; напишите цифры"
        );
        // A text that somebody wrote is not searched for parameters.
        let said = "{{said}} {{key}}".to_owned();
        assert_eq!(told(&Why::NotNow { said: said.clone() }, Language::En), said);
        let fault = Why::TextTooLong { most: 200 }.at("name");
        assert_eq!(fault.to_string(), "name: is longer than 200 characters; shorten it");
    }

    #[test]
    fn a_code_inside_a_code_is_told_in_the_same_language() {
        let mistake = Why::IsUnknown { word: "big".into() };
        let why = Why::TextMistake {
            line: 1,
            column: 9,
            mistake: mistake.into(),
        };
        assert_eq!(
            told(&why, Language::En),
            "line 1, column 9: `is big` means nothing here; write `is defined`, or compare with =="
        );
        assert_eq!(
            told(&why, Language::Ru),
            "строка 1, позиция 9: `is big` здесь ничего не значит; напишите `is defined` или сравните знаком =="
        );
        assert_eq!(
            serde_json::to_value(why.params()).unwrap(),
            serde_json::json!({"line": 1, "column": 9, "mistake": {"code": "is_unknown", "params": {"word": "big"}}})
        );
    }

    #[test]
    fn our_own_words_are_translated() {
        let states = RunState::ALL.map(RunState::name);
        for term in states.into_iter().chain(THINGS) {
            let russian = Language::Ru.term(Term(term));
            assert!(russian.chars().all(|c| !c.is_ascii_alphabetic()), "{term}: {russian}");
        }
        let (run, state, target) = (7, Term("finished"), Term("paused"));
        let why = Why::RunStateUnfit { run, state, target };
        assert_eq!(told(&why, Language::En), "run 7 is finished; it cannot become paused");
        assert_eq!(
            told(&why, Language::Ru),
            "запуск 7 завершён; перевести его в состояние «приостановлен» нельзя"
        );
        assert_eq!(why.params()["state"], Param::Term(Term("finished")));
        assert_eq!(Language::Ru.term(Term("never seen")), "never seen");
    }

    #[test]
    fn a_language_is_asked_for() {
        for (accepted, expected) in [
            ("", Language::En),
            ("*", Language::En),
            ("de", Language::En),
            ("ru", Language::Ru),
            ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Language::Ru),
            ("en-US,en;q=0.9,ru;q=0.8", Language::En),
            ("de, RU;q=0.5, en;q=0.4", Language::Ru),
            ("ru;q=0, en;q=0.1", Language::En),
            ("ru;q=0", Language::En),
            ("ru;q=much", Language::En),
        ] {
            assert_eq!(Language::asked_for(accepted), expected, "{accepted}");
        }
    }
}
