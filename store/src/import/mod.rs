//! Bulk import of customers and orders from CSV, JSON and Excel files.
//!
//! The file is streamed: one thread reads and checks rows while the database takes the batch before. A batch is one
//! transaction with the marks of the guests whose facts it changes, so an import that is killed leaves whole
//! batches, and the same file imported again ends in the same facts. A bad row is reported with its line, column,
//! value and what to do, and costs only itself; a file whose header cannot be right is refused before anything is
//! written. An import fires nothing.

mod array;
mod by_hand;
mod cells;
mod csv;
mod customer_file;
mod files;
mod headings;
mod json_source;
mod kinds;
mod letters;
mod load;
mod look;
mod marks;
mod next;
mod order_file;
mod order_items;
mod programs;
pub(crate) mod report;
pub(crate) mod row;
mod schema;
pub(crate) mod source;
mod summary;
mod word_file;
mod workbook;
mod zones;

pub use by_hand::{ByHand, Mapping, delimiter, encoding};
pub use files::{FileImports, FileKind, mapping};
pub use look::{HeadingLook, SheetLook};
pub use programs::Program;
pub use row::RowError;
pub use source::Format;
pub use summary::{ImportSummary, Note, TakenFor};

use crate::StoreError;
use bellhop_domain::fault::Why;
use bellhop_domain::words::Language;
use std::io::{self, Write};

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// Rows written, or checked in a dry run.
    pub rows: u64,
    /// Of these, so many were bad.
    pub refused: u64,
    /// Of the file's bytes, so many are done.
    pub bytes: u64,
    pub of_bytes: u64,
}

/// How to import.
pub struct ImportOptions<'a> {
    /// Check everything and write nothing.
    pub dry_run: bool,
    /// What a human says of the file beside what can be seen of it.
    pub by_hand: ByHand,
    /// Where to write the report of bad rows, as CSV.
    pub errors: Option<Box<dyn Write + Send>>,
    /// Of the words in that report, beside the codes.
    pub language: Language,
    /// Called after every batch, and with all bytes done while facts are computed.
    pub progress: &'a (dyn Fn(ImportProgress) + Send + Sync),
}

/// Why a file was not imported, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{file} cannot be read: {error}")]
    Unreadable { file: String, error: io::Error },
    /// Nothing was written.
    #[error("{file} was not imported: {why}")]
    Refused { file: String, why: Why },
    #[error("the report of errors cannot be written: {0}; give another --errors file")]
    Report(io::Error),
    /// Whole batches are in; importing the same file again goes on.
    #[error("the import stopped: {0}; import the same file again to go on")]
    Store(#[from] StoreError),
}
