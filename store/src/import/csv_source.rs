//! Rows of a CSV file, one at a time, in memory that a long cell cannot grow.
//!
//! The state machine is `csv-core`, on which the `csv` crate is built: only on this level can the rest of a cell be
//! dropped while it is read.

use super::row::{CELL_BYTES, CellError, Row, Schema};
use super::source::Next;
use bellhop_domain::visible::without_invisible;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use std::io::{self, BufRead};

/// More cells than any file of ours has columns.
const MOST_CELLS: usize = 10_000;

pub(crate) struct CsvSource<R> {
    input: R,
    parser: Reader,
    line: u64,
    record: Record,
    /// Where each physical column goes.
    places: Vec<Place>,
    names: Vec<String>,
}

#[derive(Debug, Clone)]
enum Place {
    Known(usize),
    Attribute(String),
    Unknown,
}

/// The cells of one record, unescaped, one after the other.
#[derive(Default)]
struct Record {
    bytes: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    cells: usize,
    line: u64,
    /// The cell that is too long; the record's bytes then mean nothing.
    oversize: Option<usize>,
}

impl Record {
    fn clear(&mut self, line: u64) {
        (self.length, self.cells, self.line, self.oversize) = (0, 0, line, None);
    }

    fn start_of_cell(&self) -> usize {
        if self.cells == 0 { 0 } else { self.ends[self.cells - 1] }
    }

    /// Makes room, or gives the cell up.
    fn make_room(&mut self) {
        if self.oversize.is_none() && self.length.saturating_sub(self.start_of_cell()) > CELL_BYTES {
            self.oversize = Some(self.cells);
        }
        if self.oversize.is_some() {
            self.length = 0;
        } else {
            self.bytes.resize((self.bytes.len() * 2).max(4096), 0);
        }
    }

    fn make_room_for_cells(&mut self) {
        if self.cells >= MOST_CELLS {
            self.oversize.get_or_insert(self.cells);
            self.cells = 0;
        } else {
            self.ends.resize((self.ends.len() * 2).max(64), 0);
        }
    }

    fn cell(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.bytes[start..self.ends[i]]
    }

    /// The first cell that is too long, holds broken UTF-8 or a zero byte, and what is wrong with it.
    fn bad_cell(&self) -> Option<(usize, String, String)> {
        if let Some(cell) = self.oversize {
            return Some((cell, String::new(), too_long()));
        }
        (0..self.cells).find_map(|i| {
            let cell = self.cell(i);
            let problem = if cell.len() > CELL_BYTES {
                too_long()
            } else if let Err(e) = std::str::from_utf8(cell) {
                format!(
                    "is not UTF-8 from its byte {} on; save the file as UTF-8",
                    e.valid_up_to() + 1
                )
            } else if cell.contains(&0) {
                "contains a zero byte; remove it".to_owned()
            } else {
                return None;
            };
            Some((i, String::from_utf8_lossy(cell).into_owned(), problem))
        })
    }
}

fn too_long() -> String {
    "is longer than 1 MiB; shorten it, or close its quote".to_owned()
}

impl<R: BufRead> CsvSource<R> {
    /// Reads the header. The inner error is the reason to refuse the whole file.
    pub fn open(input: R, delimiter: u8, schema: &Schema) -> io::Result<Result<(Self, Vec<String>), String>> {
        let mut source = Self {
            input,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            line: 1,
            record: Record::default(),
            places: Vec::new(),
            names: Vec::new(),
        };
        if !source.read_record()? {
            return Ok(Err("the file is empty; its first line must name the columns".to_owned()));
        }
        Ok(source.take_header(schema).map(|unknown| (source, unknown)))
    }

    fn take_header(&mut self, schema: &Schema) -> Result<Vec<String>, String> {
        if let Some((cell, _, problem)) = self.record.bad_cell() {
            return Err(format!("the name of column {} {problem}", cell + 1));
        }
        let mut unknown = Vec::new();
        for i in 0..self.record.cells {
            let name = String::from_utf8_lossy(self.record.cell(i));
            let name = without_invisible(&name).trim().to_owned();
            if !name.is_empty() && self.names.contains(&name) {
                return Err(format!("the header names the column {name} twice; remove one"));
            }
            self.places
                .push(match (schema.position(&name), schema.attribute(&name)) {
                    (Some(at), _) => Place::Known(at),
                    (None, Some(key)) if !key.is_empty() => Place::Attribute(key.to_owned()),
                    _ => {
                        unknown.push(name.clone());
                        Place::Unknown
                    }
                });
            self.names.push(name);
        }
        self.check_required(schema)?;
        Ok(unknown)
    }

    fn check_required(&self, schema: &Schema) -> Result<(), String> {
        let has = |column: usize| {
            let known = |place: &&Place| matches!(place, Place::Known(at) if *at == column);
            self.places.iter().filter(known).count()
        };
        if let Some(twice) = (0..schema.columns.len()).find(|column| has(*column) > 1) {
            return Err(format!(
                "the header names the column {} twice; remove one",
                schema.columns[twice]
            ));
        }
        let missing: Vec<_> = (0..schema.required)
            .filter(|c| has(*c) == 0)
            .map(|c| schema.columns[c])
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let there: Vec<_> = self.names.iter().take(20).map(String::as_str).collect();
        Err(format!(
            "the header lacks {}; its columns are {}. The first line must name the columns, among them {}",
            missing.join(", "),
            there.join(", "),
            schema.columns[..schema.required].join(", ")
        ))
    }

    /// Reads the next record; `false` at the end.
    fn read_record(&mut self) -> io::Result<bool> {
        self.skip_empty_lines()?;
        self.record.clear(self.line);
        loop {
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            let record = &mut self.record;
            let (result, read, written, ended) = self.parser.read_record(
                input,
                &mut record.bytes[record.length..],
                &mut record.ends[record.cells..],
            );
            self.line += input[..read].iter().filter(|b| **b == b'\n').count() as u64;
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
            self.line += u64::from(*first == b'\n');
            self.input.consume(1);
        }
    }

    /// Reads the next row into `row`.
    pub fn next(&mut self, row: &mut Row, schema: &Schema) -> io::Result<Next> {
        if !self.read_record()? {
            return Ok(Next::End);
        }
        row.line = self.record.line;
        if self.record.oversize.is_none() && self.record.cells != self.names.len() {
            return Ok(Next::Bad(CellError::row(format!(
                "has {} cells, but the header has {}; put cells that contain the delimiter in double quotes",
                self.record.cells,
                self.names.len()
            ))));
        }
        if let Some(bad) = self.take_text(row) {
            return Ok(Next::Bad(bad));
        }
        if self.repeats_the_header() {
            let problem =
                "repeats the names of the columns, as in a file that was joined from several; remove the line";
            return Ok(Next::Bad(CellError::row(problem)));
        }
        row.cells.clear();
        row.cells.resize(schema.columns.len(), 0..0);
        row.attributes.clear();
        let mut start = 0;
        for (place, end) in self.places.iter().zip(&self.record.ends) {
            match place {
                Place::Known(at) => row.cells[*at] = start..*end,
                Place::Attribute(key) => row.attributes.push((key.clone(), start..*end)),
                Place::Unknown => {}
            }
            start = *end;
        }
        Ok(Next::Row)
    }

    fn repeats_the_header(&self) -> bool {
        let mut cells = self.names.iter().enumerate();
        cells.all(|(i, name)| std::str::from_utf8(self.record.cell(i)).is_ok_and(|cell| cell.trim() == name))
    }

    fn take_text(&mut self, row: &mut Row) -> Option<CellError> {
        let bytes = &self.record.bytes[..self.record.length];
        if self.record.oversize.is_none()
            && bytes.len() <= CELL_BYTES
            && !bytes.contains(&0)
            && let Ok(text) = std::str::from_utf8(bytes)
            && self.record.ends[..self.record.cells]
                .iter()
                .all(|end| text.is_char_boundary(*end))
        {
            row.text.clear();
            row.text.push_str(text);
            return None;
        }
        let Some((cell, value, problem)) = self.record.bad_cell() else {
            row.text = String::from_utf8_lossy(bytes).into_owned();
            return None;
        };
        let column = self.names.get(cell).cloned().unwrap_or_default();
        Some(CellError::new(column, &value, problem))
    }
}
