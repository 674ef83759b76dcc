//! A message that is one word and nothing more, however often it is repeated.

use super::Reading;
use super::grammar::{Grammar, Phrase, Weight};
use super::message::Message;
use super::tokens::Token;
use super::typo;

/// Longer numbers are those of orders or short codes.
const LIST_NUMBER: usize = 2;

/// `None` if the message has more than words we know.
pub(super) fn read(message: &Message, grammar: &Grammar) -> Option<Reading> {
    let (numbers, words): (Vec<&Token>, Vec<&Token>) = message.tokens().partition(|token| token.is_number());
    let forms: Vec<&str> = words.iter().map(|token| token.form.as_str()).collect();
    let Some(phrases) = segments(&forms, grammar).or_else(|| joined(&forms, grammar)) else {
        return slip(&words, grammar).filter(|_| !message.question);
    };
    let long = numbers.iter().any(|number| number.form.len() > LIST_NUMBER);
    let best = |weight| {
        phrases
            .iter()
            .find(|phrase| phrase.weight == weight)
            .map(|phrase| phrase.by)
    };
    if let Some(by) = best(Weight::Stop) {
        return Some(if message.question {
            Reading::Doubtful { by }
        } else {
            Reading::stop(by)
        });
    }
    if let Some(by) = best(Weight::StopAlone) {
        let doubt = message.question || long || !numbers.is_empty();
        return Some(if doubt {
            Reading::Doubtful { by }
        } else {
            Reading::stop(by)
        });
    }
    let by = best(Weight::Doubt)?;
    Some(if message.question || long {
        Reading::Ordinary
    } else {
        Reading::Doubtful { by }
    })
}

/// The phrases that the words are made of.
fn segments<'a>(forms: &[&str], grammar: &'a Grammar) -> Option<Vec<&'a Phrase>> {
    let mut phrases = Vec::new();
    let mut rest = forms;
    while !rest.is_empty() {
        let phrase = grammar.phrase(rest)?;
        rest = &rest[phrase.forms.len()..];
        phrases.push(phrase);
    }
    (!phrases.is_empty()).then_some(phrases)
}

/// Reads one word with blanks in it: `от писаться`.
fn joined<'a>(forms: &[&str], grammar: &'a Grammar) -> Option<Vec<&'a Phrase>> {
    if forms.len() < 2 || forms.len() > 12 {
        return None;
    }
    let word = super::fold::word(&forms.concat());
    let phrase = grammar.phrase(&[&word])?;
    (phrase.weight == Weight::Stop && word.chars().count() >= 4).then(|| vec![phrase])
}

/// A short word with two letters swapped is believed; one with a letter from a neighbouring key is a doubt.
fn slip(words: &[&Token], grammar: &Grammar) -> Option<Reading> {
    let [Token { form, classes, .. }] = words else {
        return None;
    };
    let said: Vec<char> = form.chars().collect();
    if !classes.is_empty() || !(4..=6).contains(&said.len()) {
        return None;
    }
    for by in ["STOP", "СТОП"] {
        let word: Vec<char> = super::fold::word(by).chars().collect();
        if typo::swapped(&said, &word) {
            return Some(Reading::stop(by));
        }
        if typo::beside(&said, &word) {
            return Some(Reading::Doubtful { by });
        }
    }
    let mut short = grammar
        .phrases()
        .filter(|phrase| phrase.weight == Weight::Stop && phrase.forms.len() == 1);
    let swapped = short.find(|phrase| {
        let word: Vec<char> = phrase.forms[0].chars().collect();
        word.len() >= 5 && typo::swapped(&said, &word)
    });
    swapped.map(|phrase| Reading::stop(phrase.by))
}
