//! What an import did, and what it took the file for.

use super::csv::Skipped;
use super::row::RowError;
use super::schema::Schema;
use super::source::{Format, Source};
use crate::guests::Written;
use bellhop_domain::fault::Why;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportSummary {
    pub dry_run: bool,
    /// Rows of the file, the header, empty rows and totals apart.
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
    /// What the bytes were taken for, like `UTF-8`, `UTF-16LE` or `windows-1251`.
    pub encoding: String,
    pub format: Format,
    /// Between the cells of a CSV file.
    pub delimiter: Option<char>,
    /// Columns that were known by another heading than their own.
    pub headings: Vec<TakenFor>,
    /// Lines above the names of the columns, which were passed over.
    pub above_header: Vec<String>,
    /// Rows with nothing in them, which were passed over.
    pub empty_rows: u64,
    /// Rows that sum up the others, which were passed over.
    pub total_rows: u64,
    /// What else there is to know.
    pub notes: Vec<Note>,
    /// All restaurants of the organisation whose time zone nobody has said: they have the organisation's.
    pub unconfirmed_restaurants: Vec<String>,
}

/// What else there is to know of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note(pub Why);

impl Serialize for Note {
    /// With its English words as `note`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut it = serializer.serialize_struct("Note", 3)?;
        it.serialize_field("code", &self.0.code())?;
        it.serialize_field("params", &self.0.params())?;
        it.serialize_field("note", &self.0.to_string())?;
        it.end()
    }
}

/// A heading of the file, and the column that it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenFor {
    pub heading: String,
    pub column: &'static str,
}

/// What the reading thread has to say in the end.
pub(super) struct Checked {
    pub rows: u64,
    pub bad: u64,
    pub first_errors: Vec<RowError>,
    pub told: FileTold,
    pub notes: Vec<Why>,
}

/// What a file turned out to be.
pub(super) struct FileTold {
    encoding: String,
    unknown_columns: Vec<String>,
    headings: Vec<TakenFor>,
    skipped: Skipped,
}

pub(super) fn file_told(source: &Source, schema: &Schema) -> FileTold {
    let (renamed, skipped) = match source {
        Source::Csv(csv) => (csv.header.renamed(schema), csv.skipped.clone()),
        Source::Json(_) | Source::Array(_) => (Vec::new(), Skipped::default()),
    };
    let taken = |(heading, column)| TakenFor { heading, column };
    FileTold {
        encoding: source.encoding(),
        unknown_columns: source.unknown_columns(),
        headings: renamed.into_iter().map(taken).collect(),
        skipped,
    }
}

impl Checked {
    pub fn summary(
        self,
        dry_run: bool,
        (format, delimiter): (Format, Option<char>),
        written: Written,
        unconfirmed_restaurants: Vec<String>,
    ) -> ImportSummary {
        let told = self.told;
        ImportSummary {
            dry_run,
            rows: self.rows,
            imported: self.rows - self.bad,
            created: written.created,
            updated: written.updated,
            unchanged: written.unchanged,
            customers_created: written.customers_created,
            errors: self.bad,
            unknown_columns: told.unknown_columns,
            first_errors: self.first_errors,
            encoding: told.encoding,
            format,
            delimiter,
            headings: told.headings,
            above_header: told.skipped.above,
            empty_rows: told.skipped.empty,
            total_rows: told.skipped.totals,
            notes: self.notes.into_iter().map(Note).collect(),
            unconfirmed_restaurants,
        }
    }
}
