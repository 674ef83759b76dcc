//! A row of a file, whatever the file's format, and what can be wrong with it.

use serde::Serialize;
use std::ops::Range;

/// A longer cell is an error of its row and is never held in memory.
pub(crate) const CELL_BYTES: usize = 1 << 20;
/// How much of a value is shown.
const SHOWN_CHARS: usize = 60;

/// The columns a kind of file may have.
#[derive(Debug)]
pub(crate) struct Schema {
    pub columns: &'static [&'static str],
    /// The first so many must be there.
    pub required: usize,
    /// Whether `attr.*` columns are custom attributes.
    pub attributes: bool,
}

impl Schema {
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// The attribute that a column holds.
    pub fn attribute<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.attributes.then(|| name.strip_prefix("attr.")).flatten()
    }
}

/// One row: text of known columns and attributes. Reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// The physical line on which the row begins, from 1.
    pub line: u64,
    pub text: String,
    /// By the schema's columns; empty where there is none.
    pub cells: Vec<Range<usize>>,
    pub attributes: Vec<(String, Range<usize>)>,
}

impl Row {
    /// A cell without surrounding blanks; `None` if nothing is left.
    pub fn get(&self, column: usize) -> Option<&str> {
        let cell = self.text.get(self.cells.get(column)?.clone())?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// Custom attributes that have a value.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().filter_map(|(key, range)| {
            let value = self.text.get(range.clone())?.trim();
            (!value.is_empty()).then_some((key.as_str(), value))
        })
    }
}

/// What is wrong with a cell, or with a whole row where `column` is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellError {
    pub column: String,
    pub value: String,
    pub problem: String,
}

impl CellError {
    pub fn new(column: impl Into<String>, value: &str, problem: impl Into<String>) -> Self {
        Self {
            column: column.into(),
            value: shown(value),
            problem: problem.into(),
        }
    }

    pub fn row(problem: impl Into<String>) -> Self {
        Self::new("", "", problem)
    }
}

/// An error as it is reported: where, what stands there, what is wrong with it and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// The physical line of the file on which the row begins, from 1.
    pub line: u64,
    /// Empty where the row as a whole is wrong.
    pub column: String,
    /// The first characters of what stands there.
    pub value: String,
    pub problem: String,
}

fn shown(value: &str) -> String {
    let mut short: String = value.chars().take(SHOWN_CHARS).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    short
}
