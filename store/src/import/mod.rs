//! Bulk import of customers and orders from CSV and NDJSON files.
//!
//! The file is streamed: one thread reads and checks rows while the database takes the batch before. A batch is one
//! transaction with the marks of the guests whose facts it changes, so an import that is killed leaves whole
//! batches, and the same file imported again ends in the same facts. A bad row is reported with its line, column,
//! value and what to do, and costs only itself; a file whose header cannot be right is refused before anything is
//! written. An import fires nothing.

mod cells;
mod csv_source;
mod customer_file;
mod json_source;
mod load;
mod marks;
mod order_file;
mod report;
mod row;
mod source;

pub use row::RowError;

use crate::StoreError;
use serde::Serialize;
use std::io::{self, Write};

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows written, or checked in a dry run.
    pub rows: u64,
    /// Of the file's bytes, so many are done.
    pub bytes: u64,
    pub of_bytes: u64,
}

/// How to import.
pub struct ImportOptions<'a> {
    /// Check everything and write nothing.
    pub dry_run: bool,
    /// Where to write the report of bad rows, as CSV.
    pub errors: Option<Box<dyn Write + Send>>,
    /// Called after every batch, and with all bytes done while facts are computed.
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportSummary {
    pub dry_run: bool,
    /// Rows of the file, the header apart.
    pub rows: u64,
    /// Rows that were good: written, or that would be.
    pub imported: u64,
    pub created: u64,
    pub updated: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Customers whom an order of an unknown customer created.
    pub customers_created: u64,
    /// Rows that were bad.
    pub errors: u64,
    pub unknown_columns: Vec<String>,
    /// The first errors; the report file has all.
    pub first_errors: Vec<RowError>,
}

/// Why a file was not imported, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{file} cannot be read: {error}")]
    Unreadable { file: String, error: io::Error },
    /// Nothing was written.
    #[error("{file} was not imported: {reason}")]
    Refused { file: String, reason: String },
    #[error("the report of errors cannot be written: {0}; give another --errors file")]
    Report(io::Error),
    /// Whole batches are in; importing the same file again goes on.
    #[error("the import stopped: {0}; import the same file again to go on")]
    Store(#[from] StoreError),
}
