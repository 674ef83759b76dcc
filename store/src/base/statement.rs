//! One SQL text for either backend: statements with their arguments. Sessions run them ([`session`](super::session)), and
//! their rows are read in [`row`](super::row).
//!
//! Both databases understand `$1` placeholders, `ON CONFLICT`, `RETURNING` and common table expressions. What
//! differs is written as a mark in the text: `{rows}` is a table of arguments (arrays through `UNNEST` in PostgreSQL,
//! JSON in SQLite) and `{lock}` a row lock, which SQLite's single writer does not need.
//!
//! Messages are named by their ids, here as everywhere. Whoever runs the statement puts the keys in their place.

use crate::base::keyless::without_keys;
use crate::base::pools::Dialect;
use crate::base::table::Table;
use crate::{Result, StoreError};
use bellhop_domain::{MessageId, MessageIds};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe};
use std::borrow::Cow;
use std::sync::OnceLock;

/// A statement and its arguments.
pub(crate) struct Sql<'a> {
    text: Cow<'static, str>,
    args: Vec<Arg<'a>>,
    table: Option<Table<'a>>,
    lock: &'static str,
}

enum Arg<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Flag(bool),
    Message(Option<MessageId>),
}

/// PostgreSQL: a condition that always holds, by which the statement's transaction does not wait until the disk has it. A
/// server that loses power loses the last of these, at most 0.6 s (three times `wal_writer_delay`) of them; whatever else
/// is committed stays, and nothing is half there.
pub(crate) const UNHURRIED: &str = "(SELECT set_config('synchronous_commit', 'off', TRUE)) IS NOT NULL";

/// A text that differs by more than marks: written once for each database, when it is first asked for.
pub(crate) struct PerDialect {
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
    write: fn(Dialect) -> String,
}

impl PerDialect {
    pub const fn new(write: fn(Dialect) -> String) -> Self {
        Self {
            sqlite: OnceLock::new(),
            postgres: OnceLock::new(),
            write,
        }
    }

    /// The text for a database.
    pub fn of(&'static self, dialect: Dialect) -> &'static str {
        let written = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        written.get_or_init(|| (self.write)(dialect))
    }
}

/// Begins a statement; the text must be the program's own, never somebody's input.
pub(crate) fn sql<'a>(text: impl Into<Cow<'static, str>>) -> Sql<'a> {
    Sql {
        text: text.into(),
        args: Vec::new(),
        table: None,
        lock: "",
    }
}

impl<'a> Sql<'a> {
    pub fn int(mut self, value: impl Into<Option<i64>>) -> Self {
        self.args.push(Arg::Int(value.into()));
        self
    }

    pub fn text(mut self, value: impl Into<Option<&'a str>>) -> Self {
        self.args.push(Arg::Text(value.into()));
        self
    }

    pub fn flag(mut self, value: bool) -> Self {
        self.args.push(Arg::Flag(value));
        self
    }

    /// A message's key; a null in place of an id that is no message's.
    pub fn message(mut self, id: impl Into<Option<MessageId>>) -> Self {
        self.args.push(Arg::Message(id.into()));
        self
    }

    /// The table at `{rows}`; its arguments are numbered after the others.
    pub fn rows(mut self, table: Table<'a>) -> Self {
        self.table = Some(table);
        self
    }

    /// PostgreSQL's clause at `{lock}`.
    pub fn lock(mut self, clause: &'static str) -> Self {
        self.lock = clause;
        self
    }

    fn render(&self, dialect: Dialect) -> Cow<'static, str> {
        let mut text = self.text.clone();
        if let Some(table) = &self.table {
            text = text
                .replace("{rows}", &table.source(dialect, self.args.len() + 1))
                .into();
        }
        if text.contains("{lock}") {
            let lock = if dialect == Dialect::Postgres { self.lock } else { "" };
            text = text.replace("{lock}", lock).into();
        }
        text
    }

    /// Whether it names messages, so that it cannot run without the secrets of their ids.
    pub fn names_messages(&self) -> bool {
        self.args.iter().any(|arg| matches!(arg, Arg::Message(_)))
            || self.table.as_ref().is_some_and(Table::names_messages)
    }

    /// Puts the keys of messages in the place of their ids.
    pub fn with_keys(mut self, ids: &MessageIds) -> Self {
        let key = |id: &MessageId| ids.key(*id).map(|key| key.0);
        for arg in &mut self.args {
            if let Arg::Message(id) = arg {
                *arg = Arg::Int(id.as_ref().and_then(key));
            }
        }
        if let Some(table) = &mut self.table {
            table.put_keys(key);
        }
        self
    }

    pub fn for_postgres(self) -> Result<(AssertSqlSafe<Cow<'static, str>>, PgArguments)> {
        let mut text = self.render(Dialect::Postgres);
        // A connection caches a prepared statement, with the types of its arguments, under its text. Here every
        // integer is a BIGINT, which is not so in statements written without `sql`; the space keeps equal texts
        // apart.
        text.to_mut().push(' ');
        let mut args = PgArguments::default();
        for arg in self.args {
            bind(&mut args, arg)?;
        }
        if let Some(table) = self.table {
            table.bind(&mut args)?;
        }
        Ok((AssertSqlSafe(text), args))
    }

    pub fn for_sqlite(self) -> Result<(AssertSqlSafe<Cow<'static, str>>, SqliteArguments)> {
        let text = self.render(Dialect::Sqlite);
        let mut args = SqliteArguments::default();
        for arg in self.args {
            bind(&mut args, arg)?;
        }
        if let Some(table) = self.table {
            sqlx::Arguments::add(&mut args, table.json()).map_err(sqlx::Error::Encode)?;
        }
        Ok((AssertSqlSafe(text), args))
    }
}

fn bind<A: Arguments>(args: &mut A, arg: Arg<'_>) -> Result<()>
where
    Option<i64>: for<'q> sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
    for<'q> Option<&'q str>: sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
    bool: for<'q> sqlx::Encode<'q, A::Database> + sqlx::Type<A::Database>,
{
    match arg {
        Arg::Int(value) => args.add(value),
        Arg::Text(value) => args.add(value),
        Arg::Flag(value) => args.add(value),
        Arg::Message(id) => return Err(without_keys(id.as_ref())),
    }
    .map_err(|e| StoreError::Database(sqlx::Error::Encode(e)))
}
