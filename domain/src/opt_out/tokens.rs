//! Cuts words out of a text: `/stop@ShopBot`, `S.T.O.P`, `стоп-рассылка`, `1стоп`, `st0p`.

use super::fold;
use super::lexicon::{Class, Lexicon};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The folded spelling; the written one if that is what matters.
    pub form: String,
    /// The classes of the word; none if we do not know it.
    pub classes: Vec<Class>,
    /// Begins with a capital letter: may be a name.
    pub capital: bool,
    /// Stands between quotation marks.
    pub quoted: bool,
    /// Part of a fixed expression, and nothing more.
    pub masked: bool,
}

impl Token {
    /// A misspelt word becomes the word that it was meant to be.
    pub fn new(text: &str, quoted: bool, lexicon: &Lexicon) -> Self {
        let (form, classes) = match lexicon.exact(text) {
            Some(classes) => (text.to_lowercase(), classes.to_vec()),
            None => known(fold::word(text), lexicon),
        };
        let capital = text.chars().next().is_some_and(char::is_uppercase);
        Token {
            form,
            classes,
            capital,
            quoted,
            masked: false,
        }
    }

    pub fn is(&self, class: Class) -> bool {
        !self.masked && self.classes.contains(&class)
    }

    pub fn is_number(&self) -> bool {
        self.form.chars().all(|c| c.is_ascii_digit())
    }

    pub fn is_letter(&self) -> bool {
        let mut letters = self.form.chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
    }
}

/// The word, or the one that it is misspelt for, with its classes.
pub(super) fn known(form: String, lexicon: &Lexicon) -> (String, Vec<Class>) {
    let classes = lexicon.classes(&form);
    if !classes.is_empty() || form.chars().all(|c| c.is_ascii_digit()) {
        return (form, classes);
    }
    let bare = form.trim_matches(|c: char| c.is_ascii_digit()).to_owned();
    let guesses = [
        bare,
        without_digits(&form),
        lexicon.meant(&form).unwrap_or_default().to_owned(),
    ];
    let found = guesses.into_iter().find_map(|guess| {
        let classes = lexicon.classes(&guess);
        (!classes.is_empty()).then_some((guess, classes))
    });
    found.unwrap_or((form, Vec::new()))
}

/// Digits that stand for letters: `st0p`.
fn without_digits(form: &str) -> String {
    let letters = form.chars().map(|c| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    });
    fold::word(&letters.collect::<String>())
}

/// Words joined by hyphens are several words if we know each, else one unknown word: `стоп-рассылка`, `стоп-кадр`.
pub(super) fn of_compound(text: &str, quoted: bool, lexicon: &Lexicon) -> Vec<Token> {
    let parts: Vec<_> = text
        .split('-')
        .filter(|part| !part.is_empty())
        .flat_map(|part| of_word(part, quoted, lexicon))
        .collect();
    let understood = |part: &Token| part.is_letter() || part.is_number() || !part.classes.is_empty();
    let [first, _, ..] = &parts[..] else {
        return parts;
    };
    let form = parts
        .iter()
        .map(|part| part.form.as_str())
        .collect::<Vec<_>>()
        .join("-");
    let classes = lexicon.classes(&form);
    if classes.is_empty() && parts.iter().all(understood) {
        return parts;
    }
    vec![Token {
        form,
        classes,
        ..first.clone()
    }]
}

/// Words after which a blank is often left out, and how long the word behind them is at least.
const GLUED: [(&str, usize); 3] = [("не", 4), ("стоп", 3), ("stop", 3)];

/// One word, or two if the blank between them is missing: `непишите`, `СТОПСМС`.
fn of_word(text: &str, quoted: bool, lexicon: &Lexicon) -> Vec<Token> {
    let is_known = |word: &str| !lexicon.classes(&fold::word(word)).is_empty();
    let two = GLUED.iter().find_map(|(first, least)| {
        let behind = text.char_indices().nth(first.chars().count())?.0;
        let (before, rest) = text.split_at(behind);
        let glued = before.to_lowercase() == *first && rest.chars().count() >= *least;
        (glued && !is_known(text) && is_known(rest)).then_some([before, rest])
    });
    let words = two.as_ref().map_or(std::slice::from_ref(&text), |two| two.as_slice());
    words.iter().map(|word| Token::new(word, quoted, lexicon)).collect()
}
