//! Which classes a word belongs to: whole words, beginnings of words, and long words in which one slip is forgiven.

use super::{fold, typo};
use std::collections::HashMap;

/// A set of words that a pattern may name; a word in a pattern is a class of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Class(u16);

/// In words shorter than this, one slip makes another word; there only two swapped letters are forgiven.
const FORGIVEN: usize = 7;
const SWAPPED: usize = 5;
/// No word in our tables is this long.
const LONGEST: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Lexicon {
    classes: HashMap<String, Class>,
    whole: HashMap<String, Vec<Class>>,
    beginnings: HashMap<String, Vec<Class>>,
    /// Words that are another one when they are folded, by their spelling in lower case.
    exact: HashMap<String, Vec<Class>>,
    /// The words by their sound, with the word itself.
    forgiven: Vec<(Vec<char>, String)>,
}

impl Lexicon {
    pub fn class(&mut self, name: &str) -> Class {
        let next = Class(u16::try_from(self.classes.len()).unwrap_or(u16::MAX));
        *self.classes.entry(name.to_owned()).or_insert(next)
    }

    /// Adds `word` or `beginning*` to a class.
    pub fn put(&mut self, class: Class, word: &str) {
        let place = match word.strip_suffix('*') {
            Some(beginning) => self.beginnings.entry(fold::word(beginning)),
            None => self.whole.entry(fold::word(word)),
        };
        let classes = place.or_default();
        if !classes.contains(&class) {
            classes.push(class);
        }
    }

    /// Adds a word that counts only as it is written here.
    pub fn put_exact(&mut self, class: Class, word: &str) {
        self.exact.entry(word.to_owned()).or_default().push(class);
    }

    /// The classes of a word whose exact spelling matters.
    pub fn exact(&self, written: &str) -> Option<&[Class]> {
        self.exact.get(&written.to_lowercase()).map(Vec::as_slice)
    }

    /// One slip is forgiven in this word, if it is long enough.
    pub fn forgive(&mut self, word: &str) {
        let folded = fold::word(word);
        let sound = typo::sound(&folded);
        if sound.len() >= SWAPPED {
            self.forgiven.push((sound, folded));
        }
    }

    /// The classes of a word; none if we do not know it.
    pub fn classes(&self, folded: &str) -> Vec<Class> {
        let mut classes: Vec<_> = self.whole.get(folded).into_iter().flatten().copied().collect();
        for (end, c) in folded.char_indices() {
            classes.extend(self.beginnings.get(&folded[..end + c.len_utf8()]).into_iter().flatten());
        }
        classes
    }

    /// The known word that an unknown one is probably a misspelling of.
    pub fn meant(&self, folded: &str) -> Option<&str> {
        let sound = typo::sound(folded);
        if !(SWAPPED..=LONGEST).contains(&sound.len()) {
            return None;
        }
        let slip = |known: &[char]| match known.len() {
            // People seldom miss the first letter; if it differs, it is another word: `впишите`, `опишите`.
            FORGIVEN.. if sound[0] == known[0] => typo::one_slip(&sound, known),
            _ => typo::swapped(&sound, known),
        };
        let meant = self.forgiven.iter().find(|(known, _)| slip(known));
        meant.map(|(_, word)| word.as_str())
    }
}
