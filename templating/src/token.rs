//! The words and signs between `{{` and `}}`. Reading them before the expression engine does gives every mistake its
//! column and keeps the language closed: what is not listed here is not part of it.

use crate::bracket::{is_name, path_length};
use crate::character;
use crate::error::Fault;
use crate::placeholder;
use bellhop_domain::fault::{Term, Why};

/// One word or sign, with its byte offset in the template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'s> {
    pub kind: Kind,
    /// As written, quotes included.
    pub text: &'s str,
    pub at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// The key of a variable or attribute, or the path of a value of an event.
    Variable,
    /// The name after `|`.
    Filter,
    /// `and`, `or`, `not`, `in`, `is`, `if`, `else`, `true`, `false`, and `defined` after `is`.
    Keyword,
    /// A text in quotes, unescaped.
    Text(String),
    Number,
    Sign,
}

pub(crate) const FILTERS: [&str; 13] = [
    "default",
    "plural",
    "money",
    "date",
    "number",
    "upper",
    "lower",
    "capitalize",
    "title",
    "trim",
    "round",
    "int",
    "length",
];
const KEYWORDS: [&str; 9] = ["and", "or", "not", "in", "is", "if", "else", "true", "false"];
const SIGNS: [&str; 13] = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "~", "|", "(", ")", ","];
/// The most words and signs in one tag, which bounds the depth and the steps of an expression.
const MAX_TOKENS: usize = 200;

/// The tokens of `source`, which starts at byte `base` of the template.
///
/// # Errors
/// The first character or name that is not part of the language.
pub(crate) fn tokens(source: &str, base: usize) -> Result<Vec<Token<'_>>, Fault> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        if tokens.len() == MAX_TOKENS {
            return Err(Fault::new(base + at, Why::TagTooLong));
        }
        let (kind, length) = one(&source[at..], base + at, &tokens)?;
        tokens.push(Token {
            kind,
            text: &source[at..at + length],
            at: base + at,
        });
        at += length;
    }
    Ok(tokens)
}

fn one(rest: &str, at: usize, before: &[Token<'_>]) -> Result<(Kind, usize), Fault> {
    let first = rest.chars().next().unwrap_or(' ');
    if first == '"' || first == '\'' {
        return text(rest, first, at);
    }
    if first.is_ascii_digit() {
        let length = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        return Ok((Kind::Number, length));
    }
    if first.is_alphanumeric() || first == '_' {
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let kind = word(&rest[..length], at, before.last().map_or("", |token| token.text))?;
        let length = if kind == Kind::Variable {
            path_length(rest)
        } else {
            length
        };
        return Ok((kind, length));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Kind::Sign, sign.len()));
    }
    Err(meaningless(rest, first, at, before))
}

/// What an author most likely meant by a sign that the language does not have.
fn meaningless(rest: &str, first: char, at: usize, before: &[Token<'_>]) -> Fault {
    if let Some((entity, meant)) = placeholder::entity(rest) {
        let (entity, meant) = (entity.to_owned(), Term(meant));
        return Fault::new(at, Why::EntityInTag { entity, meant });
    }
    let after_filter = before.last().is_some_and(|token| token.kind == Kind::Filter);
    let sign = first.to_string();
    let why = match first {
        '“' | '”' | '„' | '«' | '»' | '‘' | '’' => Why::SignOfQuotes { sign },
        '=' => Why::SignOfAssignment,
        ':' if after_filter => Why::SignOfFilter,
        '{' | '}' => Why::SignOfBraces { sign },
        '.' | '[' => Why::SignOfParts { sign },
        sign if character::is_invisible(sign) => Why::SignUnseen { sign },
        _ => Why::SignUnknown { sign },
    };
    Fault::new(at, why)
}

fn word(word: &str, at: usize, before: &str) -> Result<Kind, Fault> {
    if before == "|" {
        return if FILTERS.contains(&word) {
            Ok(Kind::Filter)
        } else {
            let (name, known) = (word.to_owned(), FILTERS.join(", "));
            Err(Fault::new(at, Why::TextFilterUnknown { name, known }))
        };
    }
    if KEYWORDS.contains(&word) || (word == "defined" && matches!(before, "is" | "not")) {
        return Ok(Kind::Keyword);
    }
    if before == "is" {
        let word = word.to_owned();
        return Err(Fault::new(at, Why::IsUnknown { word }));
    }
    if word == "comment" {
        return Err(Fault::new(at, Why::CommentOfStaff));
    }
    if is_name(word) {
        return Ok(Kind::Variable);
    }
    let word = word.to_owned();
    Err(Fault::new(at, Why::NoName { word }))
}

fn text(rest: &str, quote: char, at: usize) -> Result<(Kind, usize), Fault> {
    let mut unescaped = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((Kind::Text(unescaped), place + c.len_utf8())),
            '\\' => match chars.next() {
                Some((_, 'n')) => unescaped.push('\n'),
                Some((_, c @ ('\\' | '"' | '\''))) => unescaped.push(c),
                _ => return Err(Fault::new(at + place, Why::BackslashUnknown)),
            },
            c => unescaped.push(c),
        }
    }
    Err(Fault::new(at, Why::QuoteUnclosed))
}

/// The byte offset in `source` at which the tag's `close` stands, quotes skipped.
pub(crate) fn closing(source: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in source.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if source[at..].starts_with(close) => return Some(at),
            None if c == '"' || c == '\'' => quote = Some(c),
            None => {}
        }
    }
    None
}
