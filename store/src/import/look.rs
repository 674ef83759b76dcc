//! A look at a file before it is imported: what it is taken for, and its first rows. Nothing is guessed that an import would not
//! take in the same way, and of what may be several things all are told.

use super::ImportError;
use super::array::ArrayLines;
use super::by_hand::{ByHand, Mapping};
use super::csv::{Header, LOOKED_THROUGH, known_columns};
use super::programs::{Program, recognised};
use super::row::shown;
use super::schema::{ColumnMeaning, Kind, Schema};
use super::source::{Format, Text, text_of};
use super::workbook::{self, SheetText};
use bellhop_domain::visible;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// How much is looked at.
const LOOKED_AT: u64 = 1 << 17;
/// Rows that are shown.
const ROWS: usize = 20;
/// Columns that are shown.
const COLUMNS: usize = 200;

/// What a file is taken for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetLook {
    pub format: Format,
    /// Of a text.
    pub encoding: Option<String>,
    /// Of a CSV file.
    pub delimiter: Option<char>,
    /// All sheets of a workbook.
    pub sheets: Vec<String>,
    /// The one that is shown; `None` if several may be meant.
    pub sheet: Option<String>,
    /// What it seems to hold, or what was said.
    pub holds: Option<Kind>,
    pub headings: Vec<HeadingLook>,
    /// On which line or row they stand; 0 for the keys of objects.
    pub header_line: u64,
    /// What stands above them.
    pub above: Vec<String>,
    /// The first rows, as they are written.
    pub rows: Vec<Vec<String>>,
    /// Required columns that no heading is read as.
    pub missing: Vec<String>,
    pub program: Option<Program>,
    /// For that program's export, if its headings tell.
    pub suggested: BTreeMap<String, Option<String>>,
}

/// A heading, and the columns that it is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadingLook {
    pub heading: String,
    pub columns: Vec<String>,
}

/// Lines of cells, and which of them names the columns: by its place among these, and by its line in the file.
struct Table {
    lines: Vec<Vec<String>>,
    header: usize,
    line: u64,
}

impl Table {
    /// Of a text with its bytes as they stand in the file.
    fn of(lines: Vec<Vec<String>>, bytes: &[u8], kinds: &[Kind], by_hand: &ByHand) -> Self {
        let numbers = numbers_of_lines(bytes);
        let said = by_hand
            .header
            .and_then(|at| numbers.iter().position(|line| *line == at));
        let header = said.unwrap_or_else(|| header_of(&lines, kinds, &by_hand.mapping));
        let line = numbers.get(header).copied().unwrap_or_default();
        Self { lines, header, line }
    }
}

/// On which lines something stands. A line ends with LF, CR, or both.
fn numbers_of_lines(bytes: &[u8]) -> Vec<u64> {
    let (mut line, mut begun, mut after_cr, mut numbers) = (1, false, false, Vec::new());
    for byte in bytes {
        match byte {
            b'\n' if after_cr => {}
            b'\n' | b'\r' => (line, begun) = (line + 1, false),
            _ if !begun => {
                begun = true;
                numbers.push(line);
            }
            _ => {}
        }
        after_cr = *byte == b'\r';
    }
    numbers
}

/// Looks at a file; `holds` and `mapping` are what somebody has said.
pub(super) fn look(
    path: &Path,
    country: &str,
    by_hand: &ByHand,
    holds: Option<Kind>,
) -> Result<SheetLook, ImportError> {
    let unreadable = |error| ImportError::Unreadable {
        file: path.display().to_string(),
        error,
    };
    let kinds = holds.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
    let names_columns = |line: &[u8]| {
        let cells = records(&String::from_utf8_lossy(line), b',');
        cells
            .first()
            .is_some_and(|cells| is_header(cells, &kinds, &by_hand.mapping))
    };
    let (text, _) = text_of(path, country, by_hand, |file| {
        workbook::look(file, by_hand.sheet.as_deref(), names_columns)
    })?;
    let mut look = SheetLook::default();
    let table = match text {
        Text::Sheet((sheets, chosen)) => {
            (look.format, look.sheets) = (Format::Workbook, sheets);
            let Some((sheet, text)) = chosen else { return Ok(look) };
            look.sheet = Some(sheet);
            of_sheet(text, &kinds, by_hand).map_err(unreadable)?
        }
        Text::Array(input, mut letters, _) => {
            look.format = Format::JsonArray;
            let text = beginning(ArrayLines::new(input)).map_err(unreadable)?;
            look.encoding = Some(letters.name_by(&text));
            of_objects(&text)
        }
        Text::Lines(input, mut letters, _) => {
            look.format = Format::Ndjson;
            let text = beginning(input).map_err(unreadable)?;
            look.encoding = Some(letters.name_by(&text));
            of_objects(&text)
        }
        Text::Csv(mut input, mut letters, _) => {
            let bytes = beginning(input.by_ref()).map_err(unreadable)?;
            let is_whole = input.fill_buf().map_err(unreadable)?.is_empty();
            look.encoding = Some(letters.name_by(&bytes));
            let text = letters.preview(&bytes);
            let delimiter = by_hand
                .delimiter
                .unwrap_or_else(|| of_most(&text, &kinds, &by_hand.mapping));
            look.delimiter = Some(delimiter);
            let mut lines = records(&text, u8::try_from(delimiter).unwrap_or(b','));
            if !is_whole {
                lines.pop();
            }
            Table::of(lines, &bytes, &kinds, by_hand)
        }
    };
    tell(&mut look, table, holds, &by_hand.mapping);
    Ok(look)
}

fn beginning(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(LOOKED_AT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn of_sheet(text: SheetText, kinds: &[Kind], by_hand: &ByHand) -> io::Result<Table> {
    let bytes = beginning(text)?;
    let lines = records(&String::from_utf8_lossy(&bytes), b',');
    Ok(Table::of(lines, &bytes, kinds, by_hand))
}

/// The keys of the first objects as headings, and their values as rows.
fn of_objects(text: &[u8]) -> Table {
    let lines = text.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let objects = lines
        .take(ROWS)
        .map_while(|line| serde_json::from_slice::<Map<String, Value>>(line).ok());
    let objects: Vec<_> = objects.collect();
    let mut names: Vec<String> = Vec::new();
    for key in objects.iter().flat_map(Map::keys) {
        if !names.contains(key) && names.len() < COLUMNS {
            names.push(key.clone());
        }
    }
    let cell = |object: &Map<String, Value>, name: &String| match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let rows = objects
        .iter()
        .map(|object| names.iter().map(|name| cell(object, name)).collect());
    let lines = std::iter::once(names.clone()).chain(rows).collect();
    Table {
        lines,
        header: 0,
        line: 0,
    }
}

fn records(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let records = reader.records().map_while(Result::ok).take(LOOKED_THROUGH + ROWS + 1);
    let cells = |record: ::csv::StringRecord| record.iter().take(COLUMNS).map(str::to_owned).collect();
    records.map(cells).collect()
}

fn is_header(cells: &[String], kinds: &[Kind], mapping: &Mapping) -> bool {
    let cells = || cells.iter().map(String::as_str);
    kinds
        .iter()
        .any(|kind| Header::read(cells(), kind.schema(), mapping).is_ok())
}

/// Which line names the columns: the first that an import would take, else the first of the widest.
fn header_of(lines: &[Vec<String>], kinds: &[Kind], mapping: &Mapping) -> usize {
    let first = lines.iter().take(LOOKED_THROUGH);
    let width = |line: &Vec<String>| line.iter().filter(|cell| !visible::key(cell).is_empty()).count();
    let taken = first.clone().position(|line| is_header(line, kinds, mapping));
    taken.unwrap_or_else(|| {
        let widest = first.clone().map(width).max().unwrap_or_default();
        first.clone().position(|line| width(line) == widest).unwrap_or_default()
    })
}

/// The delimiter that names most columns of any kind of file, else that which stands most often in the first line.
fn of_most(text: &str, kinds: &[Kind], mapping: &Mapping) -> char {
    const ALL: [char; 4] = ['|', '\t', ';', ','];
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(LOOKED_THROUGH);
    let known = |delimiter: char| {
        let named = |line: &str, kind: &Kind| known_columns(line, delimiter as u8, kind.schema(), mapping);
        let of_line = |line: &str| kinds.iter().map(|kind| named(line, kind)).max().unwrap_or_default();
        lines().map(of_line).max().unwrap_or_default()
    };
    // The last of equals wins: the comma.
    let best = ALL.into_iter().max_by_key(|delimiter| known(*delimiter));
    let best = best.filter(|delimiter| known(*delimiter) > 1);
    let often = |delimiter: &char| lines().next().map_or(0, |line| line.matches(*delimiter).count());
    best.or_else(|| ALL.into_iter().max_by_key(often)).unwrap_or(',')
}

fn tell(look: &mut SheetLook, table: Table, holds: Option<Kind>, mapping: &Mapping) {
    let mut lines = table.lines.into_iter();
    let above: Vec<_> = lines.by_ref().take(table.header).collect();
    let mut names: Vec<String> = lines.next().unwrap_or_default();
    names
        .iter_mut()
        .for_each(|name| *name = visible::key(name).into_owned());
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    let known = recognised(&names);
    look.holds = holds
        .or_else(|| Kind::of(&names))
        .or_else(|| known.as_ref().map(|(_, kind, _)| *kind));
    if let Some((program, _, suggested)) = known {
        (look.program, look.suggested) = (Some(program), suggested);
    }
    look.above = above.iter().map(|line| shown(&line.join(" "))).collect();
    look.header_line = table.line;
    look.rows = lines
        .take(ROWS)
        .map(|row| row.iter().map(|cell| shown(cell)).collect())
        .collect();
    let (columns, missing) = match look.holds {
        Some(kind) => columns(&names, kind.schema(), mapping, look.header_line == 0),
        None => (vec![Vec::new(); names.len()], Vec::new()),
    };
    let headings = names.into_iter().zip(columns);
    look.headings = headings
        .map(|(heading, columns)| HeadingLook { heading, columns })
        .collect();
    look.missing = missing;
}

/// What each heading is read as, and what is missing. The keys of objects have no usual headings.
fn columns(names: &[String], schema: &Schema, mapping: &Mapping, are_keys: bool) -> (Vec<Vec<String>>, Vec<String>) {
    let told = |meaning: &ColumnMeaning| match meaning {
        ColumnMeaning::Known(at) => Some(schema.columns[*at].to_owned()),
        ColumnMeaning::Attribute(key) => Some(format!("attr.{key}")),
        ColumnMeaning::Unknown => None,
    };
    let mut all: Vec<Vec<ColumnMeaning>> = match are_keys {
        true => names.iter().map(|name| mapping.of_key(schema, name)).collect(),
        false => {
            let (meanings, also) = mapping.meanings(schema, names);
            let mut all: Vec<_> = meanings.into_iter().map(|meaning| vec![meaning]).collect();
            for (column, at) in also {
                all[at].push(ColumnMeaning::Known(column));
            }
            all
        }
    };
    let missing = schema.missing(&all.concat());
    let columns = all
        .iter_mut()
        .map(|meanings| meanings.iter().filter_map(told).collect());
    (columns.collect(), missing.into_iter().map(str::to_owned).collect())
}
