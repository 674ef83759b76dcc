//! Opening a file: its size, its format, its delimiter.

use super::ImportError;
use super::csv_source::CsvSource;
use super::json_source::JsonSource;
use super::marks::WithoutMarks;
use super::row::{CellError, Row, Schema};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What came next.
pub(crate) enum Next {
    /// A row, in the caller's `Row`.
    Row,
    /// A row that cannot be read; its line is in the caller's `Row`.
    Bad(CellError),
    End,
}

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

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.position.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Rows of a file in either format.
pub(crate) enum Source {
    Csv(Box<CsvSource<BufReader<WithoutMarks<Counted>>>>),
    Json(JsonSource<BufReader<WithoutMarks<Counted>>>),
}

pub(crate) struct Opened {
    pub source: Source,
    /// Columns of a CSV header that mean nothing to us.
    pub unknown_columns: Vec<String>,
    pub position: Position,
    pub bytes: u64,
}

const BUFFER: usize = 1 << 18;

pub(crate) fn open(path: &Path, schema: &Schema) -> Result<Opened, ImportError> {
    let unreadable = |error| ImportError::Unreadable {
        file: path.display().to_string(),
        error,
    };
    let refused = |reason: String| ImportError::Refused {
        file: path.display().to_string(),
        reason,
    };
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let position = Position::default();
    let counted = Counted {
        file,
        position: position.clone(),
    };
    let mut input = BufReader::with_capacity(BUFFER, WithoutMarks::new(counted));
    let start = input.fill_buf().map_err(unreadable)?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(refused("it is UTF-16; save it as UTF-8".to_owned()));
    }
    if start.trim_ascii_start().first() == Some(&b'[') {
        return Err(refused(
            "it is a JSON array; write one object a line (NDJSON)".to_owned(),
        ));
    }
    if is_ndjson(path, start) {
        return Ok(Opened {
            source: Source::Json(JsonSource::new(input)),
            unknown_columns: Vec::new(),
            position,
            bytes,
        });
    }
    let delimiter = delimiter(start, schema);
    let (source, unknown_columns) = CsvSource::open(input, delimiter, schema)
        .map_err(unreadable)?
        .map_err(refused)?;
    Ok(Opened {
        source: Source::Csv(Box::new(source)),
        unknown_columns,
        position,
        bytes,
    })
}

fn is_ndjson(path: &Path, start: &[u8]) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    matches!(extension.to_ascii_lowercase().as_str(), "ndjson" | "jsonl" | "json")
        || start.trim_ascii_start().first() == Some(&b'{')
}

/// The delimiter by which the first line names most of our columns; a comma if none does.
fn delimiter(start: &[u8], schema: &Schema) -> u8 {
    let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let known = |delimiter: u8| {
        line.split(char::from(delimiter))
            .filter(|name| schema.position(name.trim().trim_matches('"')).is_some())
            .count()
    };
    // The last of equals wins: the comma.
    b"|\t;,".iter().copied().max_by_key(|d| known(*d)).unwrap_or(b',')
}

impl Source {
    pub fn next(&mut self, row: &mut Row, schema: &Schema) -> io::Result<Next> {
        let next = match self {
            Source::Csv(csv) => csv.next(row, schema),
            Source::Json(json) => json.next(row, schema),
        }?;
        if matches!(next, Next::Row) {
            row.clean();
        }
        Ok(next)
    }

    /// Keys that an NDJSON file turned out to have.
    pub fn late_unknown_columns(&self) -> Vec<String> {
        match self {
            Source::Csv(_) => Vec::new(),
            Source::Json(json) => json.unknown_columns(),
        }
    }
}
