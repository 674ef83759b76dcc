//! Rows of an NDJSON file: one JSON object a line.

use super::by_hand::Mapping;
use super::next::Next;
use super::row::{CELL_BYTES, CellError, Row};
use super::schema::{ColumnMeaning, Schema};
use bellhop_domain::fault::Why;
use bellhop_domain::visible;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io::{self, BufRead};

/// A longer line is an error of its row; the rest of it is dropped while it is read.
const LINE_BYTES: usize = 8 * CELL_BYTES;

pub(crate) struct JsonSource<R> {
    input: R,
    line: u64,
    bytes: Vec<u8>,
    unknown: BTreeSet<String>,
    mapping: Mapping,
    pub encoding: String,
}

/// The keys of the first object, if it is one.
pub(super) fn keys(start: &[u8]) -> Option<Vec<String>> {
    let line = start
        .split(|b| *b == b'\n')
        .find(|line| !line.trim_ascii().is_empty())?;
    let object: Map<String, Value> = serde_json::from_slice(line).ok()?;
    Some(object.keys().map(|key| visible::key(key).into_owned()).collect())
}

impl<R: BufRead> JsonSource<R> {
    pub fn new(input: R, encoding: String, mapping: &Mapping) -> Self {
        Self {
            encoding,
            mapping: mapping.clone(),
            input,
            line: 0,
            bytes: Vec::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// Keys met that are no columns.
    pub fn unknown_columns(&self) -> Vec<String> {
        self.unknown.iter().cloned().collect()
    }

    /// Reads a line without its end; `None` at the end of the file, `Some(false)` if it was too long.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        self.bytes.clear();
        let (mut any, mut fits) = (false, true);
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(any.then_some(fits));
            }
            any = true;
            let end = input.iter().position(|b| *b == b'\n');
            let part = &input[..end.unwrap_or(input.len())];
            fits &= self.bytes.len() + part.len() <= LINE_BYTES;
            if fits {
                self.bytes.extend_from_slice(part);
            }
            let read = end.map_or(input.len(), |end| end + 1);
            self.input.consume(read);
            if end.is_some() {
                return Ok(Some(fits));
            }
        }
    }

    /// Reads the next row into `row`.
    pub fn next(&mut self, row: &mut Row, schema: &Schema) -> io::Result<Next> {
        loop {
            let Some(fits) = self.read_line()? else {
                return Ok(Next::End);
            };
            self.line += 1;
            row.line = self.line;
            if !fits {
                return Ok(Next::Bad(CellError::row(Why::LineHuge)));
            }
            if !self.bytes.trim_ascii().is_empty() {
                return Ok(self.fill(row, schema).map_or_else(Next::Bad, |()| Next::Row));
            }
        }
    }

    fn fill(&mut self, row: &mut Row, schema: &Schema) -> Result<(), CellError> {
        let text = std::str::from_utf8(&self.bytes).map_err(|e| {
            let whole = String::from_utf8_lossy(&self.bytes);
            let byte = e.valid_up_to() + 1;
            CellError::new("", &whole, Why::LineNotUnicode { byte })
        })?;
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|e| {
            CellError::new(
                "",
                text,
                Why::LineNotJson {
                    column: e.column().max(1),
                },
            )
        })?;
        row.text.clear();
        row.cells.clear();
        row.cells.resize(schema.columns.len(), 0..0);
        row.attributes.clear();
        row.is_exact = true;
        for (key, value) in &object {
            let key = visible::key(key).into_owned();
            let start = row.text.len();
            push_text(&mut row.text, value);
            let range = start..row.text.len();
            if range.len() > CELL_BYTES {
                return Err(CellError::new(&key, &row.text[range], Why::CellHuge));
            }
            if row.text[range.clone()].contains('\0') {
                return Err(CellError::new(&key, &row.text[range], Why::TextHoldsZero));
            }
            for meaning in self.mapping.of_key(schema, &key) {
                match meaning {
                    ColumnMeaning::Known(at) => row.cells[at] = range.clone(),
                    ColumnMeaning::Attribute(attribute) => row.attributes.push((attribute, range.clone())),
                    ColumnMeaning::Unknown => {
                        self.unknown.insert(key.clone());
                    }
                }
            }
        }
        Ok(())
    }
}

/// A value as the cell of a table would hold it: a list of texts joined by `;`, other structures as JSON.
fn push_text(text: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(s) => text.push_str(s),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let parts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            text.push_str(&parts.join(";"));
        }
        other => text.push_str(&other.to_string()),
    }
}
