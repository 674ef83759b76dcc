//! Rows of either backend, read by the names of their columns.

use crate::{Result, StoreError};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// A row of a result.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub fn columns(&self) -> Columns<'_> {
        Columns(self)
    }
}

/// Reads a row's columns by their names.
pub(crate) struct Columns<'r>(&'r Row);

macro_rules! get {
    ($row:expr, $type:ty, $column:expr) => {
        // Unchecked: an integer may be of any width.
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($column),
            Row::Postgres(row) => row.try_get_unchecked::<$type, _>($column),
        }
        .map_err(StoreError::from)
    };
}

impl Columns<'_> {
    pub fn int(&self, name: &str) -> Result<i64> {
        get!(self.0, i64, name)
    }

    pub fn opt_int(&self, name: &str) -> Result<Option<i64>> {
        get!(self.0, Option<i64>, name)
    }

    pub fn text(&self, name: &str) -> Result<String> {
        get!(self.0, String, name)
    }

    pub fn opt_text(&self, name: &str) -> Result<Option<String>> {
        get!(self.0, Option<String>, name)
    }

    pub fn flag(&self, name: &str) -> Result<bool> {
        get!(self.0, bool, name)
    }

    pub fn opt_flag(&self, name: &str) -> Result<Option<bool>> {
        get!(self.0, Option<bool>, name)
    }

    /// A stored enumeration's code.
    pub fn code<T>(&self, name: &str, what: &'static str, from_code: fn(i16) -> Option<T>) -> Result<T> {
        decoded(what, self.int(name)?, from_code)
    }

    pub fn opt_code<T>(&self, name: &str, what: &'static str, from_code: fn(i16) -> Option<T>) -> Result<Option<T>> {
        self.opt_int(name)?
            .map(|code| decoded(what, code, from_code))
            .transpose()
    }
}

fn decoded<T>(what: &'static str, code: i64, from_code: fn(i16) -> Option<T>) -> Result<T> {
    i16::try_from(code)
        .ok()
        .and_then(from_code)
        .ok_or_else(|| StoreError::Corrupt {
            what,
            id: code.to_string(),
            problem: "is a code that this version does not know; run the version that wrote it".into(),
        })
}
