//! Rows of a CSV file, one at a time, in memory that a long cell cannot grow.
//!
//! The state machine is `csv-core`, on which the `csv` crate is built: only on this level can the rest of a cell be
//! dropped while it is read.

mod header;
mod lines;
mod record;
mod totals;

pub(super) use header::{Header, LOOKED_THROUGH, delimiter, known_columns};

/// Whether a line of CSV, separated by commas, names the columns.
pub(super) fn names_columns(line: &[u8], schema: &Schema, mapping: &Mapping) -> bool {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
    let record = reader.records().next().and_then(Result::ok);
    record.is_some_and(|record| Header::read(record.iter(), schema, mapping).is_ok())
}

use super::by_hand::{ByHand, Mapping};
use super::letters::Letters;
use super::next::Next;
use super::row::{CELL_BYTES, CellError, Row, shown};
use super::schema::{ColumnMeaning, Schema};
use bellhop_domain::fault::Why;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use header::{Flaw, told_delimiter};
use lines::Lines;
use record::Record;
use std::io::{self, BufRead};

pub(crate) struct CsvSource<R> {
    input: R,
    parser: Reader,
    lines: Lines,
    record: Record,
    letters: Letters,
    mapping: Mapping,
    /// On this line the columns are named, because somebody has said so.
    header_at: Option<u64>,
    pub header: Header,
    pub skipped: Skipped,
}

/// What a file holds beside its rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// What stands above the names of the columns.
    pub above: Vec<String>,
    /// Rows with nothing in them.
    pub empty: u64,
    /// Rows that sum up the others.
    pub totals: u64,
}

impl<R: BufRead> CsvSource<R> {
    /// Reads on to the names of the columns. The inner error is the reason to refuse the whole file.
    pub fn open(
        input: R,
        delimiter: u8,
        (letters, by_hand): (Letters, &ByHand),
        schema: &Schema,
    ) -> io::Result<Result<Self, Why>> {
        let mut source = Self {
            input,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            lines: Lines::new(),
            record: Record::default(),
            letters,
            mapping: by_hand.mapping.clone(),
            header_at: by_hand.header,
            header: Header::default(),
            skipped: Skipped::default(),
        };
        Ok(source.find_header(schema)?.map(|()| source))
    }

    fn find_header(&mut self, schema: &Schema) -> io::Result<Result<(), Why>> {
        let mut first_flaw = None;
        for _ in 0..LOOKED_THROUGH {
            if !self.read_record()? {
                break;
            }
            if let Some((cell, _, why)) = self.decode() {
                return Ok(Err(Why::ColumnNameUnfit {
                    column: cell + 1,
                    mistake: why.into(),
                }));
            }
            let cells = || (0..self.record.width()).map(|i| self.record.text(i));
            let line = cells().collect::<Vec<_>>().join(" ");
            let is_first = first_flaw.is_none();
            let tells = || told_delimiter(&line).or_else(|| told_delimiter(&format!("{line};")));
            if line.is_empty() || is_first && tells().is_some() {
                continue;
            }
            if self.header_at.is_some_and(|at| self.record.line < at) {
                self.skipped.above.push(shown(&line));
                continue;
            }
            match Header::read(cells(), schema, &self.mapping) {
                Ok(header) => {
                    self.header = header;
                    return Ok(Ok(()));
                }
                Err(Flaw::Refused(why)) => return Ok(Err(why)),
                Err(Flaw::Lacks(why)) if self.header_at.is_some() => return Ok(Err(why)),
                Err(Flaw::Lacks(why)) => {
                    let known = cells().filter(|name| schema.position(name).is_some()).count();
                    self.skipped.above.push(shown(&line));
                    if first_flaw.as_ref().is_none_or(|(most, _)| known > *most) {
                        first_flaw = Some((known, why));
                    }
                }
            }
        }
        Ok(Err(first_flaw.map_or(Why::FileEmpty, |(_, why)| why)))
    }

    /// Reads the next record; `false` at the end.
    fn read_record(&mut self) -> io::Result<bool> {
        self.skip_empty_lines()?;
        self.record.clear(self.lines.now);
        loop {
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            let record = &mut self.record;
            let (result, read, written, ended) = self.parser.read_record(
                input,
                &mut record.bytes[record.length..],
                &mut record.ends[record.cells..],
            );
            let passed = &input[..read];
            self.lines.over(passed);
            record.quotes += passed.iter().filter(|b| **b == b'"').count();
            self.input.consume(read);
            record.length += written;
            record.cells += ended;
            match result {
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::OutputFull => record.make_room(),
                ReadRecordResult::OutputEndsFull => record.make_room_for_cells(),
                ReadRecordResult::InputEmpty if at_end => return Ok(false),
                ReadRecordResult::InputEmpty => {}
            }
        }
    }

    /// So that a record's line is the one it begins on.
    fn skip_empty_lines(&mut self) -> io::Result<()> {
        loop {
            let input = self.input.fill_buf()?;
            let Some(first) = input.first().filter(|b| matches!(b, b'\n' | b'\r')) else {
                return Ok(());
            };
            self.lines.over(&[*first]);
            self.input.consume(1);
        }
    }

    /// Reads the next row into `row`.
    pub fn next(&mut self, row: &mut Row, schema: &Schema) -> io::Result<Next> {
        loop {
            if !self.read_record()? {
                return Ok(Next::End);
            }
            row.line = self.record.line;
            if let Some((cell, value, why)) = self.decode() {
                let column = self.header.names.get(cell).cloned().unwrap_or_default();
                return Ok(Next::Bad(CellError::new(column, &value, why)));
            }
            let width = match self.record.cells {
                cells if cells == self.header.names.len() => cells,
                _ => self.record.width(),
            };
            if width == 0 || self.is_blank() {
                self.skipped.empty += 1;
                continue;
            }
            if let Some(bad) = self.bad_row(width, schema)? {
                return Ok(Next::Bad(bad));
            }
            self.fill(row, schema);
            if totals::is_one(self.first_text(), row, schema) {
                self.skipped.totals += 1;
                continue;
            }
            return Ok(Next::Row);
        }
    }

    /// Whether nothing stands in the row; mostly its first cell tells.
    fn is_blank(&self) -> bool {
        (0..self.record.cells).all(|i| self.record.is_blank(i))
    }

    /// What is wrong with the row as a whole.
    fn bad_row(&mut self, width: usize, schema: &Schema) -> io::Result<Option<CellError>> {
        let is_one_of_several_lines = self.lines.now > self.record.line + 1;
        if self.record.quotes % 2 == 1 && is_one_of_several_lines && self.input.fill_buf()?.is_empty() {
            return Ok(Some(CellError::row(Why::QuoteSwallows)));
        }
        if let Some(why) = self.names_the_columns(schema) {
            return Ok(Some(CellError::row(why)));
        }
        let names = self.header.names.len();
        if width > names {
            let text = self.record.text(width - 1);
            let why = Why::RowTooWide {
                cell: width,
                columns: names,
            };
            return Ok(Some(CellError::new("", text, why)));
        }
        Ok(None)
    }

    /// A file that was joined from several names its columns again, perhaps in another order.
    fn names_the_columns(&mut self, schema: &Schema) -> Option<Why> {
        let first = self.record.text(0).trim();
        let names = self
            .header
            .names
            .iter()
            .map(String::as_str)
            .chain(schema.columns.iter().copied());
        if !names.into_iter().any(|name| name.eq_ignore_ascii_case(first)) {
            return None;
        }
        let cells = (0..self.record.cells).map(|i| self.record.text(i));
        let again = Header::read(cells, schema, &self.mapping).ok()?;
        if again == self.header {
            return Some(Why::HeaderRepeated);
        }
        self.header = again;
        Some(Why::HeaderAnew)
    }

    fn fill(&self, row: &mut Row, schema: &Schema) {
        row.text.clear();
        row.text
            .push_str(std::str::from_utf8(self.record.all()).unwrap_or_default());
        row.cells.clear();
        row.cells.resize(schema.columns.len(), 0..0);
        row.attributes.clear();
        let mut start = 0;
        for (meaning, end) in self.header.meanings.iter().zip(&self.record.ends[..self.record.cells]) {
            match meaning {
                ColumnMeaning::Known(at) => row.cells[*at] = start..*end,
                ColumnMeaning::Attribute(key) => row.attributes.push((key.clone(), start..*end)),
                ColumnMeaning::Unknown => {}
            }
            start = *end;
        }
        for (column, at) in &self.header.also {
            if *at < self.record.cells {
                let start = at.checked_sub(1).map_or(0, |before| self.record.ends[before]);
                row.cells[*column] = start..self.record.ends[*at];
            }
        }
    }

    /// Decodes the record, or says which cell is not text.
    fn decode(&mut self) -> Option<(usize, String, Why)> {
        if self.record.oversize.is_some() {
            return self.record.bad_cell();
        }
        let bytes = self.record.all();
        let is_utf8 = std::str::from_utf8(bytes).is_ok_and(|text| self.ends_between_letters(text));
        if !is_utf8 || self.letters.in_other() || !self.letters.has_met() && !bytes.is_ascii() {
            if let Some(encoding) = self.letters.of(self.record.all()) {
                self.record.decode(encoding);
            } else if !is_utf8 {
                return self.record.bad_cell();
            }
        }
        let bytes = self.record.all();
        if bytes.len() > CELL_BYTES || bytes.contains(&0) {
            return self.record.bad_cell();
        }
        if self.letters.is_decoded()
            && let Some(cell) = self.lost_letter()
        {
            return Some((cell, self.record.text(cell).to_owned(), Why::CellLetterLost));
        }
        None
    }

    fn first_text(&self) -> &str {
        let first = (0..self.record.cells).find(|i| !self.record.is_blank(*i));
        first.map_or("", |i| self.record.text(i))
    }

    fn ends_between_letters(&self, text: &str) -> bool {
        self.record.ends[..self.record.cells]
            .iter()
            .all(|end| text.is_char_boundary(*end))
    }

    fn lost_letter(&self) -> Option<usize> {
        (0..self.record.cells).find(|i| self.record.text(*i).contains('\u{FFFD}'))
    }

    /// In which encoding the rows read so far are.
    pub fn encoding(&self) -> String {
        self.letters.name()
    }
}
