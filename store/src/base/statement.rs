//! One SQL text for either backend: statements with their arguments. Sessions run them ([`session`](super::session)), and
//! their rows are read in [`row`](super::row).
//!
//! Both databases understand `$1` placeholders, `ON CONFLICT`, `RETURNING` and common table expressions. What
//! differs is written as a mark in the text: `{rows}` is a table of arguments (arrays through `UNNEST` in PostgreSQL,
//! JSON in SQLite) and `{lock}` a row lock, which SQLite's single writer does not need.
//!
//! Messages are named by their ids, here as everywhere. Whoever runs the statement puts the keys in their place.

use crate::base::pools::Dialect;
use crate::{Result, StoreError};
use bellhop_domain::{MessageId, MessageIds};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Why neither ids nor keys of messages can be told.
pub(crate) const NO_SECRET: &str =
    "the table message_secrets is empty or spoilt; restore it from the backup, because without its rows no link works";

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

/// A table of arguments, column by column; in the text it is called `r`.
#[derive(Default)]
pub(crate) struct Table<'a> {
    names: Vec<&'static str>,
    columns: Vec<Column<'a>>,
}

enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Messages(Vec<MessageId>),
}

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
        let in_table = |table: &Table<'_>| table.columns.iter().any(|one| matches!(one, Column::Messages(_)));
        self.args.iter().any(|arg| matches!(arg, Arg::Message(_))) || self.table.as_ref().is_some_and(in_table)
    }

    /// Puts the keys of messages in the place of their ids.
    pub fn with_keys(mut self, ids: &MessageIds) -> Self {
        let key = |id: &MessageId| ids.key(*id).map(|key| key.0);
        for arg in &mut self.args {
            if let Arg::Message(id) = arg {
                *arg = Arg::Int(id.as_ref().and_then(key));
            }
        }
        for column in self.table.iter_mut().flat_map(|table| &mut table.columns) {
            if let Column::Messages(of) = column {
                *column = Column::Ints(of.iter().map(key).collect());
            }
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
        for column in self.table.into_iter().flat_map(|t| t.columns) {
            match column {
                Column::Ints(values) => args.add(values),
                Column::Texts(values) => args.add(values),
                Column::Messages(of) => return Err(without_keys(of.first())),
            }
            .map_err(sqlx::Error::Encode)?;
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

fn without_keys(id: Option<&MessageId>) -> StoreError {
    StoreError::Corrupt {
        what: "message",
        id: id.map_or_else(String::new, ToString::to_string),
        problem: NO_SECRET.to_owned(),
    }
}

impl<'a> Table<'a> {
    pub fn ints<T: Into<Option<i64>>>(mut self, name: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        self.names.push(name);
        self.columns
            .push(Column::Ints(values.into_iter().map(Into::into).collect()));
        self
    }

    pub fn texts<T: Into<Option<&'a str>>>(mut self, name: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        self.names.push(name);
        self.columns
            .push(Column::Texts(values.into_iter().map(Into::into).collect()));
        self
    }

    /// Keys of messages.
    pub fn messages(mut self, name: &'static str, ids: impl IntoIterator<Item = MessageId>) -> Self {
        self.names.push(name);
        self.columns.push(Column::Messages(ids.into_iter().collect()));
        self
    }

    fn source(&self, dialect: Dialect, first: usize) -> String {
        let mut parts = Vec::with_capacity(self.names.len());
        for (i, (name, column)) in self.names.iter().zip(&self.columns).enumerate() {
            parts.push(match (dialect, column) {
                (Dialect::Sqlite, _) => format!("value->>{i} AS {name}"),
                (Dialect::Postgres, Column::Ints(_) | Column::Messages(_)) => format!("${}::bigint[]", first + i),
                (Dialect::Postgres, Column::Texts(_)) => format!("${}::text[]", first + i),
            });
        }
        let parts = parts.join(", ");
        match dialect {
            Dialect::Sqlite => format!("(SELECT {parts} FROM json_each(${first})) AS r"),
            Dialect::Postgres => format!("UNNEST({parts}) AS r({})", self.names.join(", ")),
        }
    }

    /// The rows as a JSON array of arrays.
    fn json(&self) -> String {
        let count = self.columns.first().map_or(0, |column| match column {
            Column::Ints(values) => values.len(),
            Column::Texts(values) => values.len(),
            Column::Messages(ids) => ids.len(),
        });
        let rows = (0..count).map(|i| {
            let cells = self.columns.iter().map(|column| match column {
                Column::Ints(values) => serde_json::Value::from(values[i]),
                Column::Texts(values) => serde_json::Value::from(values[i]),
                Column::Messages(_) => serde_json::Value::Null,
            });
            serde_json::Value::Array(cells.collect())
        });
        serde_json::Value::Array(rows.collect()).to_string()
    }
}
