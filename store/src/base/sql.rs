//! One SQL text for either backend: statements with their arguments, and sessions that run them. Rows are read in [`row`](super::row).
//!
//! Both databases understand `$1` placeholders, `ON CONFLICT`, `RETURNING` and common table expressions. What
//! differs is written as a mark in the text: `{rows}` is a table of arguments (arrays through `UNNEST` in PostgreSQL,
//! JSON in SQLite) and `{lock}` a row lock, which SQLite's single writer does not need.

use crate::base::rendered::Rendered;
use crate::base::silence::Silence;
use crate::db::{Db, Dialect};
use crate::{Result, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Postgres, Sqlite, Transaction};
use std::borrow::Cow;
use std::sync::OnceLock;

pub(crate) use crate::base::row::{Columns, Row};

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

    /// The text for the database of a session.
    pub fn of(&'static self, session: &Session) -> &'static str {
        let dialect = session.dialect();
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

    fn for_postgres(self) -> Result<(AssertSqlSafe<Cow<'static, str>>, PgArguments)> {
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
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok((AssertSqlSafe(text), args))
    }

    fn for_sqlite(self) -> Result<(AssertSqlSafe<Cow<'static, str>>, SqliteArguments)> {
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
    }
    .map_err(|e| StoreError::Database(sqlx::Error::Encode(e)))
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

    fn source(&self, dialect: Dialect, first: usize) -> String {
        let mut parts = Vec::with_capacity(self.names.len());
        for (i, (name, column)) in self.names.iter().zip(&self.columns).enumerate() {
            parts.push(match (dialect, column) {
                (Dialect::Sqlite, _) => format!("value->>{i} AS {name}"),
                (Dialect::Postgres, Column::Ints(_)) => format!("${}::bigint[]", first + i),
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
        });
        let rows = (0..count).map(|i| {
            let cells = self.columns.iter().map(|column| match column {
                Column::Ints(values) => serde_json::Value::from(values[i]),
                Column::Texts(values) => serde_json::Value::from(values[i]),
            });
            serde_json::Value::Array(cells.collect())
        });
        serde_json::Value::Array(rows.collect()).to_string()
    }
}

/// A connection that runs statements, in a transaction or each on its own. Dropped without [`commit`](Session::commit),
/// a transaction is rolled back.
pub(crate) enum Session {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>, Silence),
    /// Every statement commits by itself.
    Autocommit(PoolConnection<Postgres>, Silence),
}

impl Session {
    /// A write transaction. SQLite's begins immediately, so that it cannot fail for a lock in its middle.
    pub async fn begin(db: &Db) -> Result<Session> {
        Ok(match db {
            Db::Sqlite { write, .. } => Session::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres { pool, silence } => Session::Postgres(silence.bounds(pool.begin()).await?, *silence),
        })
    }

    /// For writes that need no common transaction: in PostgreSQL every statement commits by itself, which saves two
    /// round trips; in SQLite, where a common transaction is the cheaper, they have one.
    pub async fn autocommit(db: &Db) -> Result<Session> {
        Ok(match db {
            Db::Sqlite { .. } => Session::begin(db).await?,
            Db::Postgres { pool, silence } => Session::Autocommit(pool.acquire().await?, *silence),
        })
    }

    /// For reading alone.
    pub async fn read(db: &Db) -> Result<Session> {
        Ok(match db {
            Db::Sqlite { read, .. } => Session::Sqlite(read.begin().await?),
            Db::Postgres { pool, silence } => Session::Autocommit(pool.acquire().await?, *silence),
        })
    }

    /// For reading one instant, whatever is committed meanwhile.
    pub async fn snapshot(db: &Db) -> Result<Session> {
        Ok(match db {
            Db::Sqlite { read, .. } => Session::Sqlite(read.begin().await?),
            Db::Postgres { pool, silence } => {
                let text = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Session::Postgres(silence.bounds(pool.begin_with(text)).await?, *silence)
            }
        })
    }

    pub fn dialect(&self) -> Dialect {
        match self {
            Session::Sqlite(_) => Dialect::Sqlite,
            Session::Postgres(..) | Session::Autocommit(..) => Dialect::Postgres,
        }
    }

    pub async fn commit(self) -> Result<()> {
        match self {
            Session::Sqlite(tx) => tx.commit().await?,
            Session::Postgres(tx, silence) => silence.bounds(tx.commit()).await?,
            Session::Autocommit(..) => {}
        }
        Ok(())
    }

    /// Runs a statement; returns how many rows it touched.
    pub async fn execute(&mut self, statement: Sql<'_>) -> Result<u64> {
        Ok(match self {
            Session::Sqlite(tx) => {
                let (text, args) = statement.for_sqlite()?;
                sqlx::query_with(text, args).execute(&mut **tx).await?.rows_affected()
            }
            Session::Postgres(tx, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).execute(&mut **tx);
                silence.bounds(asked).await?.rows_affected()
            }
            Session::Autocommit(connection, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).execute(&mut **connection);
                silence.bounds(asked).await?.rows_affected()
            }
        })
    }

    /// Runs a statement and reads all its rows.
    pub async fn fetch(&mut self, statement: Sql<'_>) -> Result<Vec<Row>> {
        match self {
            Session::Sqlite(tx) => {
                let (text, args) = statement.for_sqlite()?;
                let rows = sqlx::query_with(text, args).fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Session::Postgres(tx, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).fetch_all(&mut **tx);
                let rows = silence.bounds(asked).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            Session::Autocommit(connection, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).fetch_all(&mut **connection);
                let rows = silence.bounds(asked).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Runs a rendered audience and reads all its rows.
    pub async fn fetch_rendered(&mut self, rendered: &Rendered) -> Result<Vec<Row>> {
        Ok(match self {
            Session::Sqlite(tx) => {
                let rows = rendered.query::<Sqlite>().fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Session::Postgres(tx, silence) => {
                let asked = rendered.query::<Postgres>().fetch_all(&mut **tx);
                let rows = silence.bounds(asked).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
            Session::Autocommit(connection, silence) => {
                let asked = rendered.query::<Postgres>().fetch_all(&mut **connection);
                let rows = silence.bounds(asked).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row, if there is one.
    pub async fn first(&mut self, statement: Sql<'_>) -> Result<Option<Row>> {
        Ok(self.fetch(statement).await?.into_iter().next())
    }
}
