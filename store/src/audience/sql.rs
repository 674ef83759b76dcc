//! SQL text with its values apart.

use crate::Dialect;
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
        // Safe: the text is made of `&'static str` only (`Writer::put`).
        let query = sqlx::query::<DB>(AssertSqlSafe(self.sql.clone())).persistent(false);
        self.binds.iter().fold(query, |query, value| DB::bind(query, value))
    }
}

/// Appends SQL. Text is always the program's own: `&'static str`, with `?` where a value goes.
#[derive(Debug)]
pub(super) struct Writer {
    dialect: Dialect,
    sql: String,
    binds: Vec<Bind>,
}

impl Writer {
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            sql: String::new(),
            binds: Vec::new(),
        }
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub fn finish(self) -> Rendered {
        Rendered {
            sql: self.sql,
            binds: self.binds,
        }
    }

    pub fn put(&mut self, text: &'static str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Text with a value at each `?`.
    pub fn with<const N: usize>(&mut self, text: &'static str, values: [i64; N]) -> &mut Self {
        let mut parts = text.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.value(Bind::Int(value));
            self.sql.push_str(part);
        }
        self
    }

    pub fn value(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.binds.push(value.into());
        self.sql.push('$');
        self.sql.push_str(&self.binds.len().to_string());
        self
    }

    /// `expression = one of the list`.
    pub fn one_of(&mut self, expression: &'static str, list: Bind) -> &mut Self {
        self.put(expression);
        match self.dialect {
            Dialect::Postgres => self.put(" = ANY(").value(list).put(")"),
            Dialect::Sqlite => self.put(" IN (SELECT value FROM json_each(").value(list).put("))"),
        }
    }

    pub fn texts(&mut self, expression: &'static str, list: &[String]) -> &mut Self {
        self.one_of(expression, Bind::Texts(list.to_vec()))
    }

    /// Parts joined by a word, each written by `each`; `empty` where there is none.
    pub fn join<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        word: &'static str,
        empty: &'static str,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        let mut first = true;
        for item in items {
            self.put(if first { "(" } else { word });
            first = false;
            each(self, item);
        }
        self.put(if first { empty } else { ")" })
    }
}
