//! Reads codes from a file, one a line: a plain list, or the column of a CSV whose heading says that it is the code.

use crate::import::source::{Counted, Input, Position, decoded, no_table};
use crate::import::{ImportError, row::CellError};
use bellhop_domain::fault::Why;
use bellhop_domain::{promo, visible};
use std::io::{self, BufRead, Read};
use std::path::Path;

/// A longer line is no code, and is not held in memory.
const LINE_BYTES: u64 = 4_096;
/// What separates the cells of a line.
const DELIMITERS: [char; 4] = [';', ',', '\t', '|'];
/// Headings of a column of codes.
const HEADINGS: [&str; 10] = [
    "code",
    "promo",
    "promo code",
    "promo_code",
    "promocode",
    "coupon",
    "промокод",
    "промо код",
    "код",
    "купон",
];

/// The codes of a file, one after the other.
pub(super) struct CodeFile {
    input: Input,
    pub position: Position,
    pub bytes: u64,
    /// Of the line read last, from 1.
    line: u64,
    column: usize,
    begun: bool,
}

/// A line that says something.
pub(super) struct CodeLine {
    pub line: u64,
    pub code: Result<String, CellError>,
}

impl CodeFile {
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let unreadable = |error| ImportError::Unreadable {
            file: path.display().to_string(),
            error,
        };
        let (counted, position, bytes) = Counted::open(path).map_err(unreadable)?;
        let (mut input, _) = decoded(counted).map_err(unreadable)?;
        let start = input.fill_buf().map_err(unreadable)?;
        let archive = start.starts_with(b"PK\x03\x04").then_some(Why::FileIsWorkbook);
        let refused = no_table(start).or(archive);
        let refused = refused.or_else(|| start.is_empty().then_some(Why::FileEmpty));
        match refused {
            Some(why) => Err(ImportError::Refused {
                file: path.display().to_string(),
                why,
            }),
            None => Ok(Self {
                input,
                position,
                bytes,
                line: 0,
                column: 0,
                begun: false,
            }),
        }
    }

    /// The next line with a code, or with something that should be one; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<CodeLine>> {
        loop {
            let Some(text) = self.read_line()? else { return Ok(None) };
            let line = self.line;
            let text = match text {
                Ok(text) => text,
                Err(why) => {
                    let code = Err(CellError::row(why));
                    return Ok(Some(CodeLine { line, code }));
                }
            };
            if text.trim().is_empty() || self.is_heading(&text) {
                continue;
            }
            let cell = cells(&text).nth(self.column).unwrap_or_default();
            let code = match promo::code(cell) {
                Ok(Some(code)) => Ok(code),
                Ok(None) => Err(CellError::new("code", cell, Why::PromoCodeEmpty)),
                Err(why) => Err(CellError::new("code", cell, why)),
            };
            return Ok(Some(CodeLine { line, code }));
        }
    }

    /// Whether the line, the first that says anything, names the columns.
    fn is_heading(&mut self, text: &str) -> bool {
        if std::mem::replace(&mut self.begun, true) {
            return false;
        }
        let named = |cell: &str| HEADINGS.contains(&visible::key(cell).to_lowercase().as_str());
        let column = cells(text).position(named);
        self.column = column.unwrap_or_default();
        column.is_some()
    }

    /// One line, of which no more is held than a code may be long.
    fn read_line(&mut self) -> io::Result<Option<Result<String, Why>>> {
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        if !bytes.ends_with(b"\n") && read as u64 == LINE_BYTES {
            self.skip_line()?;
            return Ok(Some(Err(Why::LineHuge)));
        }
        Ok(Some(String::from_utf8(bytes).map_err(|error| Why::LineNotUnicode {
            byte: error.utf8_error().valid_up_to() + 1,
        })))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let passed = end.map_or(buffer.len(), |at| at + 1);
            self.input.consume(passed);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// The cells of a line, without quotes around them.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_end_matches(['\n', '\r']);
    line.split(DELIMITERS).map(|cell| cell.trim().trim_matches('"').trim())
}
