//! What can be wrong with a template, and with one recipient's values.

use bellhop_domain::fault::Why;
use thiserror::Error;

/// A template that cannot be understood: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {why}")]
pub struct TemplateError {
    /// Line of the source, from 1.
    pub line: usize,
    /// Character in that line, from 1.
    pub column: usize,
    /// What is wrong, and what the author should write instead.
    pub why: Why,
}

impl From<TemplateError> for Why {
    fn from(TemplateError { line, column, why }: TemplateError) -> Self {
        Why::TextMistake {
            line,
            column,
            mistake: why.into(),
        }
    }
}

/// A fault at a byte offset of the source; becomes a [`TemplateError`] once the whole source is at hand.
#[derive(Debug)]
pub(crate) struct Fault {
    pub at: usize,
    pub why: Why,
}

impl Fault {
    pub fn new(at: usize, why: Why) -> Self {
        Self { at, why }
    }

    pub fn in_source(self, source: &str) -> TemplateError {
        let (line, column) = position(source, self.at);
        TemplateError {
            line,
            column,
            why: self.why,
        }
    }
}

/// Line and column, both from 1 and in characters, of a byte offset.
pub(crate) fn position(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// Why one recipient's message cannot be rendered. Never holds a value of the recipient, so it may be logged and counted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// A variable that the text prints or compares has no value and no fallback.
    #[error(
        "`{name}` has no value for this recipient: give it a fallback, {{{{ {name} or \"…\" }}}}, or wrap it in {{% if {name} %}}"
    )]
    Missing {
        /// The variable or attribute.
        name: String,
    },
    /// The value is there but does not fit, e.g. a word where a number is needed.
    #[error("line {line}, column {column}: {message}")]
    Unsuitable {
        /// Line of the expression in the template, from 1.
        line: usize,
        /// Column of the expression, from 1.
        column: usize,
        /// What does not fit.
        message: String,
    },
}
