//! SQL text that is written with its values apart.

use crate::Dialect;
use crate::base::codes::Codes;

pub use crate::base::rendered::{Bind, BindTo, Rendered};

/// Appends SQL. Text is always the program's own: `&'static str`, with `?` where a value goes, and numbers of enumerations.
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

    /// Numbers of an enumeration, as they stand after `IN`.
    /// A number of our own, which stands in the text.
    pub fn number(&mut self, number: u32) -> &mut Self {
        self.sql.push_str(&number.to_string());
        self
    }

    pub fn codes(&mut self, codes: Codes) -> &mut Self {
        self.sql.push_str(&codes.to_string());
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
