//! The sheets of a workbook: which one is meant, and its rows as lines of CSV.

use super::Book;
use super::cell;
use crate::import::by_hand::ByHand;
use crate::import::csv::names_columns;
use crate::import::schema::Schema;
use bellhop_domain::fault::Why;
use calamine::{DataRef, Reader as _, XlsxCellReader, XlsxError};
use std::fs::File;
use std::io::{self, BufReader};

/// So many rows of each sheet are searched for the names of the columns.
const LOOKED_THROUGH: usize = 30;
/// No spreadsheet has more rows (specification of Excel's limits).
const MOST_ROWS: u32 = 1 << 20;
/// More columns than any table of ours; beyond, cells are left out.
const MOST_COLUMNS: u32 = 1_000;

/// The sheet to read: the named one, or the only one whose beginning names the columns. If several do, whoever imports is asked.
pub(super) fn choose(book: &mut Book, schema: &Schema, by_hand: &ByHand) -> Result<String, Why> {
    let sheets = book.sheet_names();
    let all = || sheets.join(", ");
    if let Some(named) = &by_hand.sheet {
        let found = sheets.iter().find(|sheet| sheet.trim() == named.trim());
        return found.cloned().ok_or_else(|| Why::SheetUnknown { sheets: all() });
    }
    let mut fit = Vec::new();
    for sheet in &sheets {
        if begins_with_columns(book, sheet, schema, by_hand).unwrap_or(false) {
            fit.push(sheet.clone());
        }
    }
    match (fit.len(), sheets.as_slice()) {
        (1, _) => Ok(fit.swap_remove(0)),
        // What is wrong with the only sheet is told as of any file.
        (0, [only]) => Ok(only.clone()),
        (0, []) => Err(Why::FileEmpty),
        (0, _) => Err(Why::SheetsWithoutColumns { sheets: all() }),
        (_, _) => Err(Why::SheetsSeveral { sheets: fit.join(", ") }),
    }
}

/// The sheet to show: the named one, the only one, or the only one of which a line of its beginning is such.
pub(super) fn shown(
    book: &mut Book,
    named: Option<&str>,
    is_such: impl Fn(&[u8]) -> bool,
) -> Result<Option<String>, Why> {
    let sheets = book.sheet_names();
    if let Some(named) = named {
        let found = sheets.iter().find(|sheet| sheet.trim() == named.trim()).cloned();
        let all = sheets.join(", ");
        return found.map(Some).ok_or(Why::SheetUnknown { sheets: all });
    }
    if let [only] = sheets.as_slice() {
        return Ok(Some(only.clone()));
    }
    let such = sheets
        .iter()
        .filter(|sheet| begins(book, sheet, &is_such).unwrap_or(false));
    let mut such: Vec<String> = such.cloned().collect();
    // Of several, whoever imports is asked.
    Ok(if such.len() == 1 { such.pop() } else { None })
}

fn begins_with_columns(book: &mut Book, sheet: &str, schema: &Schema, by_hand: &ByHand) -> io::Result<bool> {
    begins(book, sheet, &|line: &[u8]| {
        names_columns(line, schema, &by_hand.mapping)
    })
}

/// Whether one of its first lines is such.
fn begins(book: &mut Book, sheet: &str, is_such: &impl Fn(&[u8]) -> bool) -> io::Result<bool> {
    let mut rows = Rows::of(book, sheet).map_err(|error| io::Error::other(error.to_string()))?;
    let mut line = Vec::new();
    for _ in 0..LOOKED_THROUGH {
        line.clear();
        if !rows.next(&mut line)? {
            break;
        }
        if is_such(&line) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows of a sheet, from the first on, those without a cell too.
pub(super) struct Rows<'a> {
    cells: XlsxCellReader<'a, BufReader<File>>,
    /// The cell after the row that was written last.
    ahead: Option<(u32, u32, String)>,
    row: u32,
    over: bool,
}

impl<'a> Rows<'a> {
    pub fn of(book: &'a mut Book, sheet: &str) -> Result<Self, XlsxError> {
        Ok(Self {
            cells: book.worksheet_cells_reader(sheet)?,
            ahead: None,
            row: 0,
            over: false,
        })
    }

    /// Appends the next row as a line; `false` at the end.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        if self.over {
            return Ok(false);
        }
        let mut last = None;
        loop {
            let Some((row, column, value)) = self.cell()? else {
                self.over = true;
                if last.is_some() {
                    text.push(b'\n');
                }
                return Ok(last.is_some());
            };
            if row > self.row {
                self.ahead = Some((row, column, value));
                self.row += 1;
                text.push(b'\n');
                return Ok(true);
            }
            let separators = column.saturating_sub(last.unwrap_or(0));
            text.extend(std::iter::repeat_n(b',', separators as usize));
            cell::quote(&value, text);
            last = Some(column);
        }
    }

    /// The next cell with something in it.
    fn cell(&mut self) -> io::Result<Option<(u32, u32, String)>> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        loop {
            let next = self.cells.next_cell();
            let next = next.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            let Some(cell) = next else { return Ok(None) };
            let (row, column) = cell.get_position();
            if row >= MOST_ROWS || row < self.row {
                let problem = "its rows do not stand in their order";
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            let value = cell.get_value();
            if column >= MOST_COLUMNS || matches!(value, DataRef::Empty) {
                continue;
            }
            return Ok(Some((row, column, cell::text_of(value))));
        }
    }
}
