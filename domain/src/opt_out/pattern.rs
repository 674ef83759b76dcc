//! The pattern of a sentence: words, classes of words and gaps.
//!
//! `не @send ?мне .. реклам*|спам $`: a word or its beginning, alternatives, a class, an optional word, a gap of at
//! most two words (`...`: six), the beginning (`^`) and the end (`$`) of the part. What follows `>` must be there too, but
//! is not part of what was found.

use super::lexicon::{Class, Lexicon};
use super::tokens::Token;
use std::ops::Range;

const SHORT_GAP: usize = 2;
const LONG_GAP: usize = 6;

#[derive(Debug)]
enum Element {
    Start,
    End,
    Gap(usize),
    Found,
    Word { any_of: Vec<Class>, optional: bool },
}

#[derive(Debug)]
pub(super) struct Pattern(Vec<Element>);

impl Pattern {
    /// Adds the pattern's words to the lexicon.
    pub fn new(text: &str, lexicon: &mut Lexicon) -> Self {
        Pattern(
            text.split_whitespace()
                .map(|element| Element::new(element, lexicon))
                .collect(),
        )
    }

    /// The first place where the pattern matches.
    pub fn find(&self, tokens: &[Token]) -> Option<Range<usize>> {
        (0..tokens.len()).find_map(|start| Some(start..end(&self.0, tokens, start)?))
    }
}

impl Element {
    fn new(text: &str, lexicon: &mut Lexicon) -> Self {
        match text {
            "^" => Element::Start,
            "$" => Element::End,
            ">" => Element::Found,
            ".." => Element::Gap(SHORT_GAP),
            "..." => Element::Gap(LONG_GAP),
            _ => {
                let words = text.trim_start_matches('?');
                let any_of = words.split('|').map(|word| class_of(word, lexicon)).collect();
                Element::Word {
                    any_of,
                    optional: words != text,
                }
            }
        }
    }
}

/// A word in a pattern is a class of its own.
fn class_of(word: &str, lexicon: &mut Lexicon) -> Class {
    if let Some(name) = word.strip_prefix('@') {
        return lexicon.class(name);
    }
    let class = lexicon.class(&format!("={word}"));
    lexicon.put(class, word);
    class
}

fn end(elements: &[Element], tokens: &[Token], at: usize) -> Option<usize> {
    let Some((first, rest)) = elements.split_first() else {
        return Some(at);
    };
    match first {
        Element::Start if at == 0 => end(rest, tokens, at),
        Element::End if at == tokens.len() => end(rest, tokens, at),
        Element::Start | Element::End => None,
        Element::Found => end(rest, tokens, at).map(|_| at),
        Element::Gap(most) => {
            let free = tokens[at..]
                .iter()
                .take(*most)
                .take_while(|token| !token.masked)
                .count();
            (at..=at + free).find_map(|at| end(rest, tokens, at))
        }
        Element::Word { any_of, optional } => {
            let fits = tokens
                .get(at)
                .is_some_and(|token| any_of.iter().any(|class| token.is(*class)));
            let taken = if fits { end(rest, tokens, at + 1) } else { None };
            taken.or_else(|| if *optional { end(rest, tokens, at) } else { None })
        }
    }
}
