//! The words and signs between `{{` and `}}`. Reading them before the expression engine does gives every mistake its
//! column and keeps the language closed: what is not listed here is not part of it.

use crate::bracket::is_name;
use crate::character;
use crate::error::Fault;
use crate::placeholder;

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
    /// The key of a variable or attribute.
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
            return Err(Fault::new(
                base + at,
                "this tag is too long",
                "split it into several tags",
            ));
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
        return word(&rest[..length], at, before.last().map_or("", |token| token.text)).map(|kind| (kind, length));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Kind::Sign, sign.len()));
    }
    Err(meaningless(rest, first, at, before))
}

/// What an author most likely meant by a sign that the language does not have.
fn meaningless(rest: &str, first: char, at: usize, before: &[Token<'_>]) -> Fault {
    if let Some((entity, meant)) = placeholder::entity(rest) {
        let advice = format!("an editor has put HTML into the text: write {meant}");
        return Fault::new(at, format!("`{entity}` means nothing here"), advice);
    }
    let after_filter = before.last().is_some_and(|token| token.kind == Kind::Filter);
    let advice = match first {
        '“' | '”' | '„' | '«' | '»' | '‘' | '’' => "write straight quotes: \"гость\"".to_owned(),
        '=' => "write == to compare".to_owned(),
        ':' if after_filter => "write what belongs to a filter in brackets: default(\"гость\")".to_owned(),
        '{' | '}' => "two braces stand on each side of a name: {{ name }}".to_owned(),
        '.' | '[' => "a variable has no parts; write its name alone".to_owned(),
        c if character::is_invisible(c) => "delete it: it cannot be seen, and came with a copied text".to_owned(),
        _ => "see the list of what a template may hold".to_owned(),
    };
    Fault::new(at, format!("{} means nothing here", character::shown(first)), advice)
}

fn word(word: &str, at: usize, before: &str) -> Result<Kind, Fault> {
    if before == "|" {
        return if FILTERS.contains(&word) {
            Ok(Kind::Filter)
        } else {
            Err(Fault::new(
                at,
                format!("there is no filter `{word}`"),
                format!("use one of: {}", FILTERS.join(", ")),
            ))
        };
    }
    if KEYWORDS.contains(&word) || (word == "defined" && matches!(before, "is" | "not")) {
        return Ok(Kind::Keyword);
    }
    if before == "is" {
        return Err(Fault::new(
            at,
            format!("`is {word}` means nothing here"),
            "write `is defined`, or compare with ==",
        ));
    }
    if word == "comment" {
        let message = "`comment` is for the staff only and never goes into a text";
        return Err(Fault::new(
            at,
            message,
            "remove it, or keep what guests may read in a custom attribute",
        ));
    }
    if is_name(word) {
        return Ok(Kind::Variable);
    }
    Err(Fault::new(
        at,
        format!("`{word}` is not a name"),
        "names are made of a-z, 0-9 and _ and start with a letter; put plain words in quotes",
    ))
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
                _ => {
                    let advice = "write \\\\ for a backslash, \\\" for a quote, \\n for a new line";
                    return Err(Fault::new(at + place, "this backslash means nothing", advice));
                }
            },
            c => unescaped.push(c),
        }
    }
    Err(Fault::new(
        at,
        "this quote is never closed",
        "close it with the same quote",
    ))
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
