//! A statement of one dialect with its values apart.

use sqlx::database::HasStatementCache;
use sqlx::postgres::Postgres;
use sqlx::query::Query;
use sqlx::sqlite::Sqlite;
use sqlx::{AssertSqlSafe, Database};

/// A value that is bound, never written into the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    Int(i64),
    Text(String),
    /// An array in PostgreSQL, a JSON array in SQLite: the SQL text does not depend on the list's length.
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

impl From<i64> for Bind {
    fn from(it: i64) -> Self {
        Bind::Int(it)
    }
}

/// A statement of one dialect and the values of its `$1`, `$2`, ….
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    pub sql: String,
    pub binds: Vec<Bind>,
}

/// Databases that take [`Bind`]s.
pub trait BindTo: Database + HasStatementCache {
    fn bind<'q>(query: Query<'q, Self, Self::Arguments>, value: &Bind) -> Query<'q, Self, Self::Arguments>;
}

impl BindTo for Postgres {
    fn bind<'q>(query: Query<'q, Self, Self::Arguments>, value: &Bind) -> Query<'q, Self, Self::Arguments> {
        match value {
            Bind::Int(it) => query.bind(*it),
            Bind::Text(it) => query.bind(it.clone()),
            Bind::Ints(list) => query.bind(list.clone()),
            Bind::Texts(list) => query.bind(list.clone()),
        }
    }
}

impl BindTo for Sqlite {
    fn bind<'q>(query: Query<'q, Self, Self::Arguments>, value: &Bind) -> Query<'q, Self, Self::Arguments> {
        match value {
            Bind::Int(it) => query.bind(*it),
            Bind::Text(it) => query.bind(it.clone()),
            Bind::Ints(list) => query.bind(serde_json::Value::from(list.clone()).to_string()),
            Bind::Texts(list) => query.bind(serde_json::Value::from(list.clone()).to_string()),
        }
    }
}

impl Rendered {
    /// The statement, ready to run. It is not kept prepared: a plan made for these very values (the share of a tag,
    /// the length of a period) is many times faster than one for any values.
    pub fn query<'q, DB: BindTo>(&self) -> Query<'q, DB, DB::Arguments> {
        // Safe: the text is made of `&'static str` and of numbers only (`audience::writer::Writer`).
        let query = sqlx::query::<DB>(AssertSqlSafe(self.sql.clone())).persistent(false);
        self.binds.iter().fold(query, |query, value| DB::bind(query, value))
    }
}
