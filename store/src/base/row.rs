//! Rows of either backend, read by the names of their columns.

use crate::base::keyless::NO_SECRET;
use crate::{Result, StoreError};
use bellhop_domain::{MessageId, MessageIds, MessageKey};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use std::sync::Arc;

/// A row of a result.
pub(crate) struct Row {
    cells: Cells,
    ids: Option<Arc<MessageIds>>,
}

pub(crate) enum Cells {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub fn new(cells: Cells, ids: Option<Arc<MessageIds>>) -> Self {
        Self { cells, ids }
    }

    pub fn columns(&self) -> Columns<'_> {
        Columns(self)
    }
}

/// Reads a row's columns by their names.
pub(crate) struct Columns<'r>(&'r Row);

macro_rules! get {
    ($row:expr, $type:ty, $column:expr) => {
        // Unchecked: an integer may be of any width.
        match &$row.cells {
            Cells::Sqlite(row) => row.try_get_unchecked::<$type, _>($column),
            Cells::Postgres(row) => row.try_get_unchecked::<$type, _>($column),
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

    /// The id of the message whose key this is.
    pub fn message(&self, name: &str) -> Result<MessageId> {
        self.id_of(self.key(name)?)
    }

    pub fn opt_message(&self, name: &str) -> Result<Option<MessageId>> {
        self.opt_int(name)?.map(|key| self.id_of(MessageKey(key))).transpose()
    }

    pub fn key(&self, name: &str) -> Result<MessageKey> {
        self.int(name).map(MessageKey)
    }

    fn id_of(&self, key: MessageKey) -> Result<MessageId> {
        let ids = self.0.ids.as_ref().ok_or_else(|| StoreError::Corrupt {
            what: "message",
            id: key.to_string(),
            problem: NO_SECRET.to_owned(),
        })?;
        Ok(ids.id(key))
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
