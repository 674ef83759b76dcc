//! The tables in the files beside this one, read once.

use super::fold;
use super::lexicon::{Class, Lexicon};
use super::pattern::Pattern;
use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) const WORDS: &str = include_str!("words.tsv");
pub(super) const CLASSES: &str = include_str!("classes.tsv");
pub(super) const SENTENCES: &str = include_str!("sentences.tsv");

/// What it means when a word is the whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Stop,
    /// A word that carriers define, which means other things in a sentence: `CANCEL`.
    StopAlone,
    Doubt,
}

#[derive(Debug)]
pub(super) struct Phrase {
    pub weight: Weight,
    pub by: &'static str,
    /// The words in their folded spelling.
    pub forms: Vec<String>,
}

/// What a matching sentence says, and what cancels that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A fixed expression in which the words mean something else.
    Idiom,
    /// Our own words, or a telephone's, sent back.
    Ours,
    /// What makes a question of a wish: `why don't you`; it is taken away before anything is left out.
    Asked,
    /// Somebody tells what is not done: `you never text me`; a fixed expression that is read before anything is left out.
    Told,
    /// It names marketing itself, so nothing beside it cancels it.
    Sure,
    /// Plain, but a doubt if the part is about an order.
    Bare,
    /// As [`Kind::Bare`], but a doubt too if the guest wants to be called instead: it may be meant of this matter only.
    Rather,
    /// Plain, with a verb that is used of goods too: it says nothing if the part is about an order, and is a doubt if an
    /// unknown word follows, which may be goods.
    BareGoods,
    /// Plain if it is the whole part; a doubt if there are more words.
    Mild,
    /// As [`Kind::Mild`], with a verb that is used of goods too.
    MildGoods,
    /// A doubt, unless the part is about an order.
    Hold,
    /// A complaint: a doubt, unless the message is about an order.
    Weak,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub kind: Kind,
    pub by: &'static str,
    pub pattern: Pattern,
}

/// The classes that the rules refer to by name.
#[derive(Debug)]
pub(super) struct Classes {
    pub filler: Class,
    pub joins: Class,
    pub not: Class,
    pub order: Class,
    pub food: Class,
    pub me: Class,
    pub busy: Class,
    pub ads: Class,
    pub how: Class,
    pub never: Class,
    pub again: Class,
    pub bringing: Class,
    pub messages: Class,
    pub offers: Class,
    pub could: Class,
    pub stop: Class,
    pub unsubscribe: Class,
    pub asks: Class,
    pub third: Class,
}

#[derive(Debug)]
pub(super) struct Grammar {
    pub lexicon: Lexicon,
    pub classes: Classes,
    pub rules: Vec<Rule>,
    /// The phrases by their first word, the longest first.
    phrases: HashMap<String, Vec<Phrase>>,
}

pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(Grammar::new);

impl Grammar {
    fn new() -> Self {
        let mut lexicon = Lexicon::default();
        for [name, typos, words] in rows(CLASSES) {
            let class = lexicon.class(name);
            for word in words.split_whitespace() {
                match typos {
                    "exact" => lexicon.put_exact(class, word),
                    _ => lexicon.put(class, word),
                }
                if typos == "typos" {
                    lexicon.forgive(word);
                }
            }
        }
        let phrases = phrases(&mut lexicon);
        let rules = rows(SENTENCES)
            .filter_map(|[kind, by, pattern]| {
                Some(Rule {
                    kind: kind_of(kind)?,
                    by,
                    pattern: Pattern::new(pattern, &mut lexicon),
                })
            })
            .collect();
        Grammar {
            classes: Classes::new(&mut lexicon),
            lexicon,
            rules,
            phrases,
        }
    }

    pub fn rules(&self, kind: Kind) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.kind == kind)
    }

    /// The longest phrase that these words begin with.
    pub fn phrase(&self, forms: &[&str]) -> Option<&Phrase> {
        let candidates = self.phrases.get(*forms.first()?)?;
        candidates.iter().find(|phrase| {
            forms
                .get(..phrase.forms.len())
                .is_some_and(|said| said.iter().zip(&phrase.forms).all(|(a, b)| a == b))
        })
    }

    pub fn phrases(&self) -> impl Iterator<Item = &Phrase> {
        self.phrases.values().flatten()
    }
}

impl Classes {
    fn new(lexicon: &mut Lexicon) -> Self {
        let mut class = |name| lexicon.class(name);
        Classes {
            filler: class("filler"),
            joins: class("joins"),
            not: class("not"),
            order: class("order"),
            food: class("food"),
            me: class("me"),
            busy: class("busy"),
            ads: class("ads"),
            how: class("how"),
            never: class("never"),
            again: class("again"),
            bringing: class("bringing"),
            messages: class("messages"),
            offers: class("offers"),
            could: class("could"),
            stop: class("stop"),
            unsubscribe: class("unsubscribe"),
            asks: class("asks"),
            third: class("third"),
        }
    }
}

fn phrases(lexicon: &mut Lexicon) -> HashMap<String, Vec<Phrase>> {
    let (known, filler) = (lexicon.class("phrase"), lexicon.class("filler"));
    let mut phrases: HashMap<String, Vec<Phrase>> = HashMap::new();
    for [weight, _language, words] in rows(WORDS) {
        let Some(weight) = weight_of(weight) else { continue };
        for by in words.split(';').map(str::trim) {
            by.split_whitespace().for_each(|word| lexicon.put(known, word));
            if weight == Weight::Stop && !by.contains(' ') {
                lexicon.forgive(by);
            }
            let forms = by.split(|c: char| c.is_whitespace() || c == '-').map(fold::word);
            let forms: Vec<String> = forms.filter(|form| !lexicon.classes(form).contains(&filler)).collect();
            if let Some(first) = forms.first() {
                phrases
                    .entry(first.clone())
                    .or_default()
                    .push(Phrase { weight, by, forms });
            }
        }
    }
    for same_start in phrases.values_mut() {
        same_start.sort_by_key(|phrase| std::cmp::Reverse(phrase.forms.len()));
    }
    phrases
}

/// The rows of three columns; `#` begins a comment.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut columns = line.splitn(3, '\t').map(str::trim);
        Some([columns.next()?, columns.next()?, columns.next()?])
    })
}

pub(super) fn weight_of(name: &str) -> Option<Weight> {
    Some(match name {
        "stop" => Weight::Stop,
        "alone" => Weight::StopAlone,
        "doubt" => Weight::Doubt,
        _ => return None,
    })
}

pub(super) fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "idiom" => Kind::Idiom,
        "ours" => Kind::Ours,
        "sure" => Kind::Sure,
        "asked" => Kind::Asked,
        "told" => Kind::Told,
        "bare" => Kind::Bare,
        "rather" => Kind::Rather,
        "goods" => Kind::BareGoods,
        "mild" => Kind::Mild,
        "mild-goods" => Kind::MildGoods,
        "hold" => Kind::Hold,
        "weak" => Kind::Weak,
        _ => return None,
    })
}
