//! A row of a file, whatever the file's format, and what can be wrong with it.

use bellhop_domain::fault::{Param, Why};
use bellhop_domain::visible;
use bellhop_domain::words::{Language, told};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::ops::Range;

/// A longer cell is an error of its row and is never held in memory.
pub(crate) const CELL_BYTES: usize = 1 << 20;
/// How much of a value is shown.
const SHOWN_CHARS: usize = 60;

/// One row: text of known columns and attributes. Reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// The physical line on which the row begins, from 1.
    pub line: u64,
    pub text: String,
    /// By the schema's columns; empty where there is none.
    pub cells: Vec<Range<usize>>,
    pub attributes: Vec<(String, Range<usize>)>,
    /// A program wrote it by the rules of a format: a point in a number is a decimal one.
    pub is_exact: bool,
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

impl Row {
    /// Removes invisible characters from every cell, because an id with one in front would be another guest's.
    pub fn clean(&mut self) {
        // Such characters begin with one of these bytes in UTF-8; nothing of ASCII or of Russian does.
        let maybe = |b: u8| matches!(b, 0xC2 | 0xCD | 0xD8 | 0xE1..=0xE3 | 0xEF | 0xF3 | 0x1..=0x8 | 0xE..=0x1F | 0x7F);
        if !self.text.bytes().any(maybe) {
            return;
        }
        let old = std::mem::take(&mut self.text);
        let attributes = self.attributes.iter_mut().map(|(_, range)| range);
        for range in self.cells.iter_mut().chain(attributes) {
            let start = self.text.len();
            let cell = visible::without_invisible(old.get(range.clone()).unwrap_or_default());
            self.text
                .extend(cell.chars().filter(|c| c.is_whitespace() || !c.is_control()));
            *range = start..self.text.len();
        }
    }
}

/// What is wrong with a cell, or with a whole row where `column` is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellError {
    pub column: String,
    pub value: String,
    /// Boxed, because rows are read into a result that is mostly good.
    pub why: Box<Why>,
}

impl CellError {
    pub fn new(column: impl Into<String>, value: &str, why: Why) -> Self {
        Self {
            column: column.into(),
            value: shown(value),
            why: Box::new(why),
        }
    }

    pub fn row(why: Why) -> Self {
        Self::new("", "", why)
    }
}

/// An error as it is reported: where, what stands there, what is wrong with it and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The physical line of the file on which the row begins, from 1.
    pub line: u64,
    /// Empty where the row as a whole is wrong.
    pub column: String,
    /// The first characters of what stands there.
    pub value: String,
    pub why: Why,
}

impl RowError {
    /// What is wrong and what to do, in words that continue the name of the column.
    pub fn problem(&self, language: Language) -> String {
        told(&self.why, language)
    }
}

/// An error as the command line's JSON has it.
#[derive(Serialize)]
struct Written<'a> {
    line: u64,
    column: &'a str,
    value: &'a str,
    code: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<&'static str, Param>,
    problem: String,
}

impl Serialize for RowError {
    /// With its English words as `problem`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            line: self.line,
            column: &self.column,
            value: &self.value,
            code: self.why.code(),
            params: self.why.params(),
            problem: self.problem(Language::En),
        };
        written.serialize(serializer)
    }
}

/// On one line, and with what nobody sees in it by its code.
pub(crate) fn shown(value: &str) -> String {
    let short: String = value.chars().take(SHOWN_CHARS).collect();
    let cut = if short.len() < value.len() { "…" } else { "" };
    visible::shown(&short) + cut
}
