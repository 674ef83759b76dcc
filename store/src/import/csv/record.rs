//! The cells of one record, unescaped, one after the other.

use super::super::row::CELL_BYTES;
use bellhop_domain::fault::Why;
use bellhop_domain::visible;
use encoding_rs::Encoding;

/// More cells than any file of ours has columns.
const MOST_CELLS: usize = 10_000;

#[derive(Default)]
pub(super) struct Record {
    pub bytes: Vec<u8>,
    pub length: usize,
    pub ends: Vec<usize>,
    pub cells: usize,
    pub line: u64,
    /// Quotes among its bytes as they stand in the file.
    pub quotes: usize,
    /// The cell that is too long; the record's bytes then mean nothing.
    pub oversize: Option<usize>,
}

impl Record {
    pub fn clear(&mut self, line: u64) {
        (self.length, self.cells, self.line, self.quotes, self.oversize) = (0, 0, line, 0, None);
    }

    fn start_of_cell(&self) -> usize {
        if self.cells == 0 { 0 } else { self.ends[self.cells - 1] }
    }

    /// Makes room, or gives the cell up.
    pub fn make_room(&mut self) {
        if self.oversize.is_none() && self.length.saturating_sub(self.start_of_cell()) > CELL_BYTES {
            self.oversize = Some(self.cells);
        }
        if self.oversize.is_some() {
            self.length = 0;
        } else {
            self.bytes.resize((self.bytes.len() * 2).max(4096), 0);
        }
    }

    pub fn make_room_for_cells(&mut self) {
        if self.cells >= MOST_CELLS {
            self.oversize.get_or_insert(self.cells);
            self.cells = 0;
        } else {
            self.ends.resize((self.ends.len() * 2).max(64), 0);
        }
    }

    pub fn all(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub fn cell(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.bytes[start..self.ends[i]]
    }

    /// The cell as text, for those who have checked that it is one.
    pub fn text(&self, i: usize) -> &str {
        std::str::from_utf8(self.cell(i)).unwrap_or_default()
    }

    /// Whether nothing would be seen of a cell.
    pub fn is_blank(&self, i: usize) -> bool {
        let plain = |b: &u8| b.is_ascii_whitespace();
        let cell = self.cell(i);
        cell.iter().all(plain) || visible::key(self.text(i)).is_empty()
    }

    /// How many cells there are up to the last in which something stands.
    pub fn width(&self) -> usize {
        (0..self.cells)
            .rev()
            .find(|i| !self.is_blank(*i))
            .map_or(0, |last| last + 1)
    }

    /// Turns all cells into UTF-8.
    pub fn decode(&mut self, encoding: &'static Encoding) {
        let mut bytes = Vec::with_capacity(self.length * 2);
        let mut start = 0;
        for end in &mut self.ends[..self.cells] {
            let (text, _) = encoding.decode_without_bom_handling(&self.bytes[start..*end]);
            start = *end;
            bytes.extend_from_slice(text.as_bytes());
            *end = bytes.len();
        }
        self.length = bytes.len();
        self.bytes = bytes;
    }

    /// The first cell that is too long, holds broken UTF-8 or a zero byte, and what is wrong with it.
    pub fn bad_cell(&self) -> Option<(usize, String, Why)> {
        if let Some(cell) = self.oversize {
            return Some((cell, String::new(), Why::CellHuge));
        }
        (0..self.cells).find_map(|i| {
            let cell = self.cell(i);
            let why = if cell.len() > CELL_BYTES {
                Why::CellHuge
            } else if let Err(e) = std::str::from_utf8(cell) {
                let byte = e.valid_up_to() + 1;
                Why::CellNotUnicode { byte }
            } else if cell.contains(&0) {
                Why::CellHoldsZero
            } else {
                return None;
            };
            Some((i, String::from_utf8_lossy(cell).into_owned(), why))
        })
    }
}
