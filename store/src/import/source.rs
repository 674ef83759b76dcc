//! Opening a file: its size, its encoding, its format, its delimiter.

use super::ImportError;
use super::array::ArrayLines;
use super::by_hand::ByHand;
use super::csv::{CsvSource, delimiter};
use super::json_source::{self, JsonSource};
use super::letters::{Letters, Utf16, endianness};
use super::marks::WithoutMarks;
use super::next::Next;
use super::row::{CellError, Row};
use super::schema::Schema;
use super::workbook::{self, SheetText};
use bellhop_domain::fault::Why;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the file has been read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position(Arc<AtomicU64>);

impl Position {
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Counted {
    file: File,
    position: Position,
}

impl Counted {
    /// A file, and how much of it there is.
    pub fn open(path: &Path) -> io::Result<(Self, Position, u64)> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let position = Position::default();
        let counted = Counted {
            file,
            position: position.clone(),
        };
        Ok((counted, position, bytes))
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.position.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The file with its beginning, which was looked at.
pub(crate) type Whole = io::Chain<Cursor<Vec<u8>>, Counted>;

/// The file's bytes as UTF-8, or as what is like ASCII.
pub(crate) enum Bytes {
    Plain(Whole),
    Wide(Utf16<Whole>),
    Sheet(SheetText),
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Bytes::Plain(file) => file.read(buffer),
            Bytes::Wide(file) => file.read(buffer),
            Bytes::Sheet(sheet) => sheet.read(buffer),
        }
    }
}

pub(crate) type Input = BufReader<WithoutMarks<Bytes>>;

/// Rows of a file in either format.
pub(crate) enum Source {
    Csv(Box<CsvSource<Input>>),
    Json(Box<JsonSource<Input>>),
    /// Of one array, whose elements are the rows.
    Array(Box<JsonSource<BufReader<ArrayLines<Input>>>>),
}

pub(crate) struct Opened {
    pub source: Source,
    pub position: Position,
    pub bytes: u64,
    /// Of a CSV file.
    pub delimiter: Option<char>,
    pub format: Format,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Csv,
    Ndjson,
    JsonArray,
    Workbook,
}

impl Format {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::JsonArray => "json_array",
            Format::Workbook => "workbook",
        }
    }
}

const BUFFER: usize = 1 << 18;
/// How much is looked at to tell UTF-16.
const BEGINNING: u64 = 1 << 12;
/// How much is looked at to find the names of the columns.
const LOOKED_AT: usize = 1 << 16;

/// Opens a file; `country` is the organisation's (ISO 3166-1).
pub(crate) fn open(path: &Path, schema: &Schema, country: &str, by_hand: &ByHand) -> Result<Opened, ImportError> {
    let unreadable = |error| ImportError::Unreadable {
        file: path.display().to_string(),
        error,
    };
    let refused = |why: Why| ImportError::Refused {
        file: path.display().to_string(),
        why,
    };
    let (text, bytes) = text_of(path, country, by_hand, |file| workbook::open(file, schema, by_hand))?;
    match text {
        Text::Sheet(sheet) => {
            let input = BufReader::with_capacity(BUFFER, WithoutMarks::new(Bytes::Sheet(sheet)));
            let letters = (Letters::new(path, country, None), by_hand);
            let source = CsvSource::open(input, b',', letters, schema)
                .map_err(unreadable)?
                .map_err(refused)?;
            Ok(Opened {
                source: Source::Csv(Box::new(source)),
                position: Position::default(),
                bytes,
                delimiter: None,
                format: Format::Workbook,
            })
        }
        Text::Array(input, letters, position) => {
            let lines = BufReader::with_capacity(BUFFER, ArrayLines::new(input));
            let source = JsonSource::new(lines, letters.name(), &by_hand.mapping);
            Ok(Opened {
                source: Source::Array(Box::new(source)),
                position,
                bytes,
                delimiter: None,
                format: Format::JsonArray,
            })
        }
        Text::Lines(mut input, letters, position) => {
            let keys = json_source::keys(input.fill_buf().map_err(unreadable)?);
            let other = keys.and_then(|keys| schema.is_other_file(&keys));
            if let Some(other) = other.filter(|_| by_hand.mapping.is_empty()) {
                return Err(refused(other));
            }
            let source = JsonSource::new(input, letters.name(), &by_hand.mapping);
            Ok(Opened {
                source: Source::Json(Box::new(source)),
                position,
                bytes,
                delimiter: None,
                format: Format::Ndjson,
            })
        }
        Text::Csv(mut input, mut letters, position) => {
            let start = input.fill_buf().map_err(unreadable)?;
            let beginning = letters.preview(&start[..start.len().min(LOOKED_AT)]);
            let said = by_hand.delimiter.and_then(|it| u8::try_from(it).ok());
            let delimiter = said.unwrap_or_else(|| delimiter(&beginning, schema, &by_hand.mapping));
            let source = CsvSource::open(input, delimiter, (letters, by_hand), schema)
                .map_err(unreadable)?
                .map_err(refused)?;
            Ok(Opened {
                source: Source::Csv(Box::new(source)),
                position,
                bytes,
                delimiter: Some(char::from(delimiter)),
                format: Format::Csv,
            })
        }
    }
}

/// What a file is made of, before anybody asks for its columns. `S` is what becomes of a workbook.
pub(crate) enum Text<S> {
    Sheet(S),
    Array(Input, Letters, Position),
    Lines(Input, Letters, Position),
    Csv(Input, Letters, Position),
}

/// Opens a file as what it is, with its length.
pub(crate) fn text_of<S>(
    path: &Path,
    country: &str,
    by_hand: &ByHand,
    workbook: impl FnOnce(File) -> io::Result<Result<S, Why>>,
) -> Result<(Text<S>, u64), ImportError> {
    let unreadable = |error| ImportError::Unreadable {
        file: path.display().to_string(),
        error,
    };
    let refused = |why: Why| ImportError::Refused {
        file: path.display().to_string(),
        why,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    if is_archive(&mut file).map_err(unreadable)? {
        if by_hand.encoding.is_some() || by_hand.delimiter.is_some() {
            return Err(refused(Why::TextOptionsOfNoText));
        }
        let bytes = file.metadata().map_err(unreadable)?.len();
        let sheet = workbook(file).map_err(unreadable)?.map_err(refused)?;
        return Ok((Text::Sheet(sheet), bytes));
    }
    if by_hand.sheet.is_some() {
        return Err(refused(Why::SheetOfNoWorkbook));
    }
    let (counted, position, bytes) = Counted::open(path).map_err(unreadable)?;
    let (mut input, wide) = decoded_as(counted, by_hand.encoding).map_err(unreadable)?;
    let letters = Letters::new(path, country, wide).said(by_hand.encoding);
    let start = input.fill_buf().map_err(unreadable)?;
    if let Some(why) = no_table(start) {
        return Err(refused(why));
    }
    let is_array = start.trim_ascii_start().first() == Some(&b'[');
    let is_lines = !is_array && is_ndjson(path, start);
    if (is_array || is_lines) && by_hand.delimiter.is_some() {
        return Err(refused(Why::TextOptionsOfNoText));
    }
    let text = match (is_array, is_lines) {
        (true, _) => Text::Array(input, letters, position),
        (false, true) => Text::Lines(input, letters, position),
        (false, false) => Text::Csv(input, letters, position),
    };
    Ok((text, bytes))
}

/// Reads it as text; of UTF-16 with its name.
pub(crate) fn decoded(file: Counted) -> io::Result<(Input, Option<&'static Encoding>)> {
    decoded_as(file, None)
}

/// The same with the encoding that somebody has said.
fn decoded_as(mut file: Counted, said: Option<&'static Encoding>) -> io::Result<(Input, Option<&'static Encoding>)> {
    let mut start = Vec::new();
    file.by_ref().take(BEGINNING).read_to_end(&mut start)?;
    let wide = match said {
        Some(said) => Some(said).filter(|it| [UTF_16LE, UTF_16BE].contains(it)),
        None => endianness(&start),
    };
    let whole = Cursor::new(start).chain(file);
    let bytes = match wide {
        None => Bytes::Plain(whole),
        Some(encoding) => Bytes::Wide(Utf16::new(whole, encoding)),
    };
    Ok((BufReader::with_capacity(BUFFER, WithoutMarks::new(bytes)), wide))
}

/// Whether it begins as an archive does, and a workbook of Excel is one.
fn is_archive(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start == b"PK\x03\x04")
}

/// What a file is that is renamed and no table of text.
pub(crate) fn no_table(start: &[u8]) -> Option<Why> {
    let starts = |with: &[u8]| start.starts_with(with);
    if starts(b"\xD0\xCF\x11\xE0") {
        Some(Why::FileIsWorkbook)
    } else if starts(b"\x1F\x8B") {
        Some(Why::FileIsCompressed)
    } else if starts(b"\0\0\xFE\xFF") || starts(b"\xFF\xFE\0\0") {
        Some(Why::FileIsWideUnicode)
    } else {
        None
    }
}

fn is_ndjson(path: &Path, start: &[u8]) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    matches!(extension.to_ascii_lowercase().as_str(), "ndjson" | "jsonl" | "json")
        || start.trim_ascii_start().first() == Some(&b'{')
}

impl Source {
    pub fn next(&mut self, row: &mut Row, schema: &Schema) -> io::Result<Next> {
        let next = match self {
            Source::Csv(csv) => csv.next(row, schema),
            Source::Json(json) => json.next(row, schema),
            Source::Array(json) => json.next(row, schema),
        }?;
        if matches!(next, Next::Row) {
            row.clean();
        }
        Ok(next)
    }

    /// The encoding, once everything was read.
    pub fn encoding(&self) -> String {
        match self {
            Source::Csv(csv) => csv.encoding(),
            Source::Json(json) => json.encoding.clone(),
            Source::Array(json) => json.encoding.clone(),
        }
    }

    /// Columns that mean nothing to us, once everything was read.
    pub fn unknown_columns(&self) -> Vec<String> {
        match self {
            Source::Csv(csv) => csv.header.unknown(),
            Source::Json(json) => json.unknown_columns(),
            Source::Array(json) => json.unknown_columns(),
        }
    }

    /// Says the file's own heading beside the column that an error is about.
    pub fn name_columns(&self, errors: &mut [CellError], schema: &Schema) {
        let Source::Csv(csv) = self else { return };
        for error in errors {
            let column = schema.columns.iter().position(|column| *column == error.column);
            let heading = column.and_then(|column| csv.header.heading(column));
            if let Some(heading) = heading.filter(|heading| schema.position(heading).is_none()) {
                error.column = format!("{heading} ({})", error.column);
            }
        }
    }
}
