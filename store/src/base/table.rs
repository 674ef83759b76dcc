//! A table of arguments: many rows in one statement.

use crate::Result;
use crate::base::keyless::without_keys;
use crate::base::pools::Dialect;
use bellhop_domain::MessageId;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;

/// A table of arguments, column by column; in the text it is called `r`.
#[derive(Default)]
pub(crate) struct Table<'a> {
    names: Vec<&'static str>,
    columns: Vec<Column<'a>>,
    folds: bool,
}

enum Column<'a> {
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Messages(Vec<MessageId>),
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

    /// Hands columns that say the same in all rows over as one value instead of as an array, which spares PostgreSQL a fifth
    /// of such a statement's work. The text depends on which they are, and a connection keeps the plan of each: only for
    /// statements of the hot path, where it is nearly always the same ones. Comes after the columns.
    pub fn folded(mut self) -> Self {
        self.folds = true;
        self
    }

    /// Whether the column is one value. The first never is: it tells how many rows there are.
    fn is_folded(&self, column: usize) -> bool {
        self.folds && column > 0 && self.columns[column].says_one_thing()
    }

    /// Whether it names messages by their ids.
    pub(super) fn names_messages(&self) -> bool {
        self.columns.iter().any(|one| matches!(one, Column::Messages(_)))
    }

    /// Puts keys in the place of ids.
    pub(super) fn put_keys(&mut self, key: impl Fn(&MessageId) -> Option<i64>) {
        for column in &mut self.columns {
            if let Column::Messages(of) = column {
                *column = Column::Ints(of.iter().map(&key).collect());
            }
        }
    }

    /// The SQL for `{rows}`; its arguments are numbered from `first`.
    pub(super) fn source(&self, dialect: Dialect, first: usize) -> String {
        match dialect {
            Dialect::Sqlite => self.json_source(first),
            Dialect::Postgres => self.arrays_source(first),
        }
    }

    fn json_source(&self, first: usize) -> String {
        let parts = self.names.iter().enumerate();
        let parts: Vec<_> = parts.map(|(i, name)| format!("value->>{i} AS {name}")).collect();
        format!("(SELECT {} FROM json_each(${first})) AS r", parts.join(", "))
    }

    fn arrays_source(&self, first: usize) -> String {
        let (mut arrays, mut names, mut folded) = (Vec::new(), Vec::new(), Vec::new());
        for (i, (name, column)) in self.names.iter().zip(&self.columns).enumerate() {
            let (argument, sql_type) = (first + i, column.postgres_type());
            if self.is_folded(i) {
                folded.push(format!("${argument}::{sql_type} AS {name}"));
            } else {
                arrays.push(format!("${argument}::{sql_type}[]"));
                names.push(*name);
            }
        }
        let (arrays, names) = (arrays.join(", "), names.join(", "));
        match folded[..] {
            [] => format!("UNNEST({arrays}) AS r({names})"),
            _ => format!(
                "(SELECT a.*, {} FROM UNNEST({arrays}) AS a({names})) AS r",
                folded.join(", ")
            ),
        }
    }

    /// Adds the columns to PostgreSQL's arguments.
    pub(super) fn bind(self, args: &mut PgArguments) -> Result<()> {
        let folded: Vec<bool> = (0..self.columns.len()).map(|i| self.is_folded(i)).collect();
        for (column, folded) in self.columns.into_iter().zip(folded) {
            match (column, folded) {
                (Column::Ints(values), false) => args.add(values),
                (Column::Ints(values), true) => args.add(values.first().copied().flatten()),
                (Column::Texts(values), false) => args.add(values),
                (Column::Texts(values), true) => args.add(values.first().copied().flatten()),
                (Column::Messages(of), _) => return Err(without_keys(of.first())),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(())
    }

    /// The rows as a JSON array of arrays, SQLite's one argument.
    pub(super) fn json(&self) -> String {
        let count = self.columns.first().map_or(0, Column::len);
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

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Column::Ints(values) => values.len(),
            Column::Texts(values) => values.len(),
            Column::Messages(ids) => ids.len(),
        }
    }

    fn postgres_type(&self) -> &'static str {
        match self {
            Column::Ints(_) | Column::Messages(_) => "bigint",
            Column::Texts(_) => "text",
        }
    }

    fn says_one_thing(&self) -> bool {
        match self {
            Column::Ints(values) => values.windows(2).all(|pair| pair[0] == pair[1]),
            Column::Texts(values) => values.windows(2).all(|pair| pair[0] == pair[1]),
            Column::Messages(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(states: [i64; 2]) -> Table<'static> {
        Table::default()
            .ints("message", [7, 7])
            .ints("place", states)
            .texts("why", [None, None])
    }

    #[test]
    fn what_all_rows_say_is_told_once() {
        let source = table([4, 4]).folded().source(Dialect::Postgres, 3);
        assert_eq!(
            source,
            "(SELECT a.*, $4::bigint AS place, $5::text AS why FROM UNNEST($3::bigint[]) AS a(message)) AS r"
        );
        let source = table([4, 5]).folded().source(Dialect::Postgres, 3);
        assert_eq!(
            source,
            "(SELECT a.*, $5::text AS why FROM UNNEST($3::bigint[], $4::bigint[]) AS a(message, place)) AS r"
        );
    }

    #[test]
    fn other_tables_are_arrays_or_json() {
        let source = table([4, 4]).source(Dialect::Postgres, 1);
        assert_eq!(
            source,
            "UNNEST($1::bigint[], $2::bigint[], $3::text[]) AS r(message, place, why)"
        );
        let folded = table([4, 4]).folded();
        assert_eq!(
            folded.source(Dialect::Sqlite, 1),
            "(SELECT value->>0 AS message, value->>1 AS place, value->>2 AS why FROM json_each($1)) AS r"
        );
        assert_eq!(folded.json(), "[[7,4,null],[7,4,null]]");
    }
}
