//! A file of rows: CSV, or a workbook. It is made beside its place and put there when it is whole, readable by its owner alone.

use super::cells::{Cell, no_formula};
use super::folder;
use crate::cli::ExportFormat;
use anyhow::{Context as _, Result};
use rust_xlsxwriter::{Workbook, Worksheet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// Excel's limit is 1,048,576 rows of a sheet; the next guests stand on another.
const ROWS_OF_A_SHEET: u32 = 1_000_000;
/// Excel's limit of a cell.
const CHARS_OF_A_CELL: usize = 32_767;
/// By it Excel knows that a CSV is UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

pub(super) struct Sheet {
    /// Where it goes when it is whole.
    file: PathBuf,
    made: TempPath,
    form: Form,
}

enum Form {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Workbook(Box<Book>),
}

struct Book {
    workbook: Workbook,
    headings: &'static [&'static str],
    sheets: usize,
    /// The next row of the last sheet.
    row: u32,
}

impl Sheet {
    pub fn begin(file: &Path, format: ExportFormat, headings: &'static [&'static str]) -> Result<Self> {
        let folder = folder(file)?;
        let unwritable = || format!("{}: cannot be written", file.display());
        let made = NamedTempFile::new_in(&folder).with_context(unwritable)?;
        let (written, made) = made.into_parts();
        let form = match format {
            ExportFormat::Csv => {
                let mut out = BufWriter::new(written);
                out.write_all(MARK).with_context(unwritable)?;
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(headings)?;
                Form::Csv(Box::new(csv))
            }
            ExportFormat::Xlsx => Form::Workbook(Box::new(Book::begin(&folder, headings)?)),
        };
        Ok(Self {
            file: file.to_owned(),
            made,
            form,
        })
    }

    pub fn add(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<()> {
        match &mut self.form {
            Form::Csv(csv) => Ok(csv.write_record(cells.into_iter().map(|cell| match cell {
                Cell::Text(text) => no_formula(&text),
                Cell::Number(number) => number,
            }))?),
            Form::Workbook(book) => book.add(cells),
        }
    }

    pub fn finish(self) -> Result<()> {
        let place = self.file.display().to_string();
        match self.form {
            Form::Csv(mut csv) => csv.flush().with_context(|| format!("{place}: cannot be written"))?,
            Form::Workbook(mut book) => book.workbook.save(&self.made)?,
        }
        self.made
            .persist(&self.file)
            .with_context(|| format!("{place}: cannot be put there"))?;
        Ok(())
    }
}

impl Book {
    /// Its rows go into temporary files of the same folder, so that a million guests need no memory.
    fn begin(folder: &Path, headings: &'static [&'static str]) -> Result<Self> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let mut book = Self {
            workbook,
            headings,
            sheets: 0,
            row: 0,
        };
        book.open_sheet()?;
        Ok(book)
    }

    fn open_sheet(&mut self) -> Result<()> {
        self.sheets += 1;
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(match self.sheets {
            1 => "guests".to_owned(),
            n => format!("guests {n}"),
        })?;
        for (column, heading) in (0u16..).zip(self.headings) {
            sheet.write_string(0, column, *heading)?;
        }
        self.row = 1;
        Ok(())
    }

    fn add(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<()> {
        if self.row >= ROWS_OF_A_SHEET {
            self.open_sheet()?;
        }
        let row = self.row;
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for (column, cell) in (0u16..).zip(cells) {
            write(sheet, row, column, cell)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// A string is never computed, whatever it begins with.
fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: Cell) -> Result<()> {
    match cell {
        Cell::Text(text) if text.is_empty() => {}
        Cell::Text(text) => {
            let short: String = text.chars().take(CHARS_OF_A_CELL).collect();
            sheet.write_string(row, column, short)?;
        }
        Cell::Number(number) => {
            match number.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number)?,
                Err(_) => sheet.write_string(row, column, number)?,
            };
        }
    }
    Ok(())
}
