//! The report of bad rows: the first few for the screen, all of them for a file.

use super::row::{CellError, RowError};
use bellhop_domain::formula::no_formula;
use bellhop_domain::words::{Language, told};
use std::io::{self, Write};

/// How many are kept for the screen.
const KEPT: usize = 20;

pub(crate) struct BadRowsReport {
    file: Option<::csv::Writer<Box<dyn Write + Send>>>,
    /// Of the words in the file.
    language: Language,
    pub first: Vec<RowError>,
    /// Rows with an error.
    pub rows: u64,
}

impl BadRowsReport {
    pub fn new(file: Option<Box<dyn Write + Send>>, language: Language) -> io::Result<Self> {
        let mut file = file.map(::csv::Writer::from_writer);
        if let Some(file) = &mut file {
            file.write_record(["line", "column", "value", "code", "problem"])?;
        }
        Ok(Self {
            file,
            language,
            first: Vec::new(),
            rows: 0,
        })
    }

    pub fn add(&mut self, line: u64, errors: Vec<CellError>) -> io::Result<()> {
        self.rows += 1;
        for error in errors {
            if let Some(file) = &mut self.file {
                let value = no_formula(&error.value);
                file.write_record([
                    line.to_string().as_str(),
                    no_formula(&error.column).as_str(),
                    value.as_str(),
                    error.why.code().as_str(),
                    told(&error.why, self.language).as_str(),
                ])?;
            }
            if self.first.len() < KEPT {
                let CellError { column, value, why } = error;
                self.first.push(RowError {
                    line,
                    column,
                    value,
                    why: *why,
                });
            }
        }
        Ok(())
    }

    pub fn finish(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), ::csv::Writer::flush)
    }
}
