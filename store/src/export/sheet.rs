//! A file of rows: CSV, NDJSON, or a workbook. It is made beside its place and put there when it is whole, readable by its owner
//! alone.

use super::cells::{Cell, TextForm};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// Excel's limit is 1,048,576 rows of a sheet; the next rows stand on another.
const ROWS_OF_A_SHEET: u32 = 1_000_000;
/// Excel's limit of a cell.
const CHARS_OF_A_CELL: usize = 32_767;

/// In which form a file of rows is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    Text(TextForm),
    Xlsx,
}

pub struct ExportFile {
    /// Where it goes when it is whole.
    file: PathBuf,
    made: TempPath,
    headings: &'static [&'static str],
    form: Form,
}

enum Form {
    Text(TextForm, BufWriter<File>),
    Workbook(Box<Book>),
}

struct Book {
    workbook: Workbook,
    /// Of the sheets, beside their numbers.
    name: &'static str,
    headings: &'static [&'static str],
    sheets: usize,
    /// The next row of the last sheet.
    row: u32,
}

impl ExportFile {
    /// Begins a file; `name` is that of a workbook's sheets.
    ///
    /// # Errors
    /// When its folder is not there or cannot be written.
    pub fn begin(
        file: &Path,
        form: ExportForm,
        name: &'static str,
        headings: &'static [&'static str],
    ) -> io::Result<Self> {
        let parent = file.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize()?;
        let (written, made) = NamedTempFile::new_in(&folder)?.into_parts();
        let form = match form {
            ExportForm::Text(form) => {
                let mut out = BufWriter::new(written);
                out.write_all(&form.beginning(headings)?)?;
                Form::Text(form, out)
            }
            ExportForm::Xlsx => {
                let book = Book::begin(&folder, name, headings).map_err(of_book)?;
                Form::Workbook(Box::new(book))
            }
        };
        Ok(Self {
            file: file.to_owned(),
            made,
            headings,
            form,
        })
    }

    /// # Errors
    /// When the disk takes no more.
    pub fn add(&mut self, rows: Vec<Vec<Cell>>) -> io::Result<()> {
        match &mut self.form {
            Form::Text(form, out) => out.write_all(&form.rows(self.headings, &rows)?),
            Form::Workbook(book) => rows.into_iter().try_for_each(|row| book.add(row)).map_err(of_book),
        }
    }

    /// Puts it in its place; how many bytes it has.
    ///
    /// # Errors
    /// When the disk takes no more, or its place cannot be had.
    pub fn finish(self) -> io::Result<u64> {
        match self.form {
            Form::Text(_, mut out) => out.flush()?,
            Form::Workbook(mut book) => book.workbook.save(&self.made).map_err(of_book)?,
        }
        self.made.persist(&self.file).map_err(|error| error.error)?;
        Ok(self.file.metadata()?.len())
    }
}

fn of_book(error: XlsxError) -> io::Error {
    io::Error::other(error)
}

impl Book {
    /// Its rows go into temporary files of the same folder, so that a million guests need no memory.
    fn begin(folder: &Path, name: &'static str, headings: &'static [&'static str]) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let mut book = Self {
            workbook,
            name,
            headings,
            sheets: 0,
            row: 0,
        };
        book.open_sheet()?;
        Ok(book)
    }

    fn open_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(match self.sheets {
            1 => self.name.to_owned(),
            n => format!("{} {n}", self.name),
        })?;
        for (column, heading) in (0u16..).zip(self.headings) {
            sheet.write_string(0, column, *heading)?;
        }
        self.row = 1;
        Ok(())
    }

    fn add(&mut self, cells: Vec<Cell>) -> Result<(), XlsxError> {
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
fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: Cell) -> Result<(), XlsxError> {
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
