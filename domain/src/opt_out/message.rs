//! A text as parts between commas and full stops, without greetings, thanks and oaths.

use super::fold;
use super::grammar::{Classes, Grammar, Kind};
use super::lexicon::{Class, Lexicon};
use super::tokens::{Token, known};

/// The words between two marks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub tokens: Vec<Token>,
    /// Whether it ends with a question mark.
    pub question: bool,
    /// The number of its sentence.
    pub sentence: usize,
    /// The number of its line.
    pub line: usize,
}

impl Part {
    pub fn has(&self, class: Class) -> bool {
        self.tokens.iter().any(|token| token.is(class))
    }
}

/// Parts with their words, in order; none is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub parts: Vec<Part>,
    pub question: bool,
}

impl Message {
    /// Words that are not part of a fixed expression.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.parts
            .iter()
            .flat_map(|part| &part.tokens)
            .filter(|token| !token.masked)
    }

    pub fn has(&self, class: Class) -> bool {
        self.tokens().any(|token| token.is(class))
    }
}

/// Joins what a comma separates only for grammar's sake, and leaves out words that say nothing: greetings, thanks, oaths.
pub(super) fn joined(raw: Vec<Part>, grammar: &Grammar) -> Message {
    let Grammar { lexicon, classes, .. } = grammar;
    let question = raw.iter().any(|part| part.question);
    let mut parts: Vec<Part> = Vec::new();
    let mut after_filler = false;
    let asked = asked_beside(&raw, classes);
    for (mut part, asked) in raw.into_iter().zip(asked) {
        part.tokens = stop_lists(spelled_out(part.tokens, lexicon), lexicon);
        if asked || part.has(classes.asks) {
            wish(&mut part, grammar);
        }
        questions(&mut part, grammar);
        // Words that continue the part after a comma: `не хочу, чтобы вы писали`.
        let joins = after_filler || part.tokens.first().is_some_and(|first| first.is(classes.joins));
        part.tokens.retain(|token| !token.is(classes.filler));
        after_filler = part.tokens.is_empty();
        match parts.last_mut() {
            Some(last) if last.sentence == part.sentence && (joins || after_filler) => {
                last.tokens.append(&mut part.tokens);
                last.question |= part.question;
            }
            _ if after_filler => {}
            _ => parts.push(part),
        }
    }
    Message { parts, question }
}

/// Which parts have a word of asking beside them, alone between its marks: `не беспокоит, пожалуйста`.
fn asked_beside(raw: &[Part], classes: &Classes) -> Vec<bool> {
    let only_asks = |part: &&Part| {
        let mut tokens = part.tokens.iter();
        part.has(classes.asks) && tokens.all(|token| token.is(classes.filler))
    };
    let asked = |at: usize| {
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
        let mut asking = beside.filter_map(|at| raw.get(at)).filter(only_asks);
        asking.any(|part| part.sentence == raw[at].sentence)
    };
    (0..raw.len()).map(asked).collect()
}

/// Who asks means the wish, with or without its soft sign: `прошу не беспокоит`.
fn wish(part: &mut Part, grammar: &Grammar) {
    let third = grammar.classes.third;
    for token in part.tokens.iter_mut().filter(|token| token.is(third)) {
        (token.form, token.classes) = known(fold::word(&token.form), &grammar.lexicon);
    }
}

/// Makes a wish of a question that is one, `why don't you stop texting`, and keeps who tells that nothing comes, `you never
/// text me`, apart from who does not want it. The words that say so are left out later.
fn questions(part: &mut Part, grammar: &Grammar) {
    for rule in grammar.rules(Kind::Asked) {
        if let Some(found) = rule.pattern.find(&part.tokens) {
            part.tokens.drain(found);
            part.question = false;
        }
    }
    if part.has(grammar.classes.again) {
        return;
    }
    for rule in grammar.rules(Kind::Told) {
        if let Some(found) = rule.pattern.find(&part.tokens) {
            part.tokens[found].iter_mut().for_each(|token| token.masked = true);
        }
    }
}

/// Reads `стоп лист` as one word, as with a hyphen: a list of what the kitchen has run out of, or of who wants no messages.
fn stop_lists(tokens: Vec<Token>, lexicon: &Lexicon) -> Vec<Token> {
    let (stop, list) = (fold::word("стоп"), fold::word("лист"));
    let mut words: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match words.last_mut() {
            Some(last) if last.form == stop && token.form.starts_with(&list) => {
                last.form = format!("{stop}-{}", token.form);
                last.classes = lexicon.classes(&last.form);
            }
            _ => words.push(token),
        }
    }
    words
}

/// Reads `с т о п` as one word, if we know that word.
fn spelled_out(tokens: Vec<Token>, lexicon: &Lexicon) -> Vec<Token> {
    let mut words = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let [first, others @ ..] = rest {
        let letters = rest.iter().take_while(|token| token.is_letter()).count();
        let word: String = rest[..letters].iter().map(|token| token.form.as_str()).collect();
        let whole = Token::new(&word, first.quoted, lexicon);
        if letters >= 3 && !whole.classes.is_empty() {
            words.push(whole);
            rest = &rest[letters..];
        } else {
            // A run of letters that is not a word is skipped as a whole, which keeps the time linear; its tails are
            // not words either.
            words.extend_from_slice(&rest[..letters.max(1)]);
            rest = if letters > 1 { &rest[letters..] } else { others };
        }
    }
    words
}
