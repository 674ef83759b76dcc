//! Where words and sentences end.

use super::lexicon::Lexicon;
use super::message::Part;
use super::tokens::{Token, of_compound};

/// Cuts a text into parts, one word after the other.
pub(super) struct Cutter<'a> {
    lexicon: &'a Lexicon,
    parts: Vec<Part>,
    part: Part,
    word: String,
    quoted: bool,
    /// Straight quotation marks come in pairs; a single one means inches.
    straight: bool,
}

impl<'a> Cutter<'a> {
    pub fn cut(text: &str, lexicon: &'a Lexicon) -> Vec<Part> {
        let straight = text.matches('"').count().is_multiple_of(2);
        let (parts, part, word) = (Vec::new(), Part::default(), String::new());
        let mut cutter = Cutter {
            lexicon,
            parts,
            part,
            word,
            quoted: false,
            straight,
        };
        for line in text.lines() {
            line.split_whitespace()
                .filter_map(own)
                .for_each(|word| cutter.take(word));
            cutter.end_sentence();
            cutter.part.line += 1;
        }
        cutter.parts
    }

    fn take(&mut self, word: &str) {
        let mut before = ' ';
        let mut rest = word.chars().peekable();
        while let Some(c) = rest.next() {
            let after = rest.peek().copied().unwrap_or(' ');
            let inside = before.is_alphanumeric() && after.is_alphanumeric();
            match c {
                _ if c.is_alphanumeric() => self.word.push(c),
                '$' if after.is_alphabetic() => self.word.push('s'),
                '\'' | '’' | '‘' | 'ʼ' | '´' | '`' if inside => {}
                '-' | '‐' | '‑' | '‒' | '–' | '−' if inside => self.word.push('-'),
                _ => {
                    self.end_word();
                    self.mark(c, before.is_ascii_digit() && after.is_ascii_digit());
                }
            }
            before = c;
        }
        self.end_word();
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.part
                .tokens
                .extend(of_compound(&self.word, self.quoted, self.lexicon));
            self.word.clear();
        }
    }

    fn mark(&mut self, c: char, in_number: bool) {
        match c {
            '«' | '„' => self.quoted = true,
            '»' | '”' => self.quoted = false,
            '“' => self.quoted = !self.quoted,
            '"' if self.straight => self.quoted = !self.quoted,
            '?' | '؟' | '‽' | '՞' => {
                self.part.question = true;
                self.end_sentence();
            }
            // `S.T.O.P`, `7.30`
            _ if in_number || self.part.tokens.last().is_some_and(Token::is_letter) => {}
            '.' | '!' | ';' | '。' | '।' | '։' => self.end_sentence(),
            ',' | ':' | '،' | '、' | '(' | ')' | '—' | '–' | '-' => self.end_part(),
            _ => {}
        }
    }

    fn end_part(&mut self) {
        if !self.part.tokens.is_empty() || self.part.question {
            let Part { sentence, line, .. } = self.part;
            let next = Part {
                sentence,
                line,
                ..Part::default()
            };
            self.parts.push(std::mem::replace(&mut self.part, next));
        }
    }

    fn end_sentence(&mut self) {
        self.end_part();
        self.part.sentence += 1;
    }
}

/// The word itself of a bot command; `None` for a web or mail address.
fn own(word: &str) -> Option<&str> {
    if word.starts_with('/') {
        return word.split('@').next();
    }
    let mail = word.trim_matches(|c: char| !c.is_alphanumeric()).contains('@');
    (!mail && !word.contains("://") && !word.starts_with("www.")).then_some(word)
}
