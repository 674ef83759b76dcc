//! The names of the columns, and what stands above them.

use super::super::by_hand::Mapping;
use super::super::row::shown;
use super::super::schema::{ColumnMeaning, Schema};
use bellhop_domain::fault::Why;
use bellhop_domain::visible;

/// How many lines are searched for the names of the columns.
pub(in crate::import) const LOOKED_THROUGH: usize = 30;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Without what stands behind the last name.
    pub names: Vec<String>,
    /// Of each physical column.
    pub meanings: Vec<ColumnMeaning>,
    /// Columns that are read from a physical one which is another column too.
    pub also: Vec<(usize, usize)>,
}

/// Why a line is no header.
#[derive(Debug)]
pub(in crate::import) enum Flaw {
    /// It may yet come.
    Lacks(Why),
    /// It is one, and the file is refused.
    Refused(Why),
}

impl Header {
    pub(in crate::import) fn read<'a>(
        cells: impl Iterator<Item = &'a str>,
        schema: &Schema,
        mapping: &Mapping,
    ) -> Result<Self, Flaw> {
        let mut names: Vec<String> = cells.map(|cell| visible::key(cell).into_owned()).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        // Whoever says what the columns are knows what the file is.
        if let Some(other) = schema.is_other_file(&names).filter(|_| mapping.is_empty()) {
            return Err(Flaw::Refused(other));
        }
        let absent = mapping.missing(&names);
        if !absent.is_empty() {
            return Err(Flaw::Lacks(lacks_headings(&names, &absent)));
        }
        let (meanings, also) = mapping.meanings(schema, &names);
        let read: Vec<_> = also.iter().map(|(column, _)| ColumnMeaning::Known(*column)).collect();
        let missing = schema.missing(&[meanings.clone(), read].concat());
        if !missing.is_empty() {
            return Err(Flaw::Lacks(lacks(&names, &missing, schema)));
        }
        if let Some(column) = twice(&names, &meanings, schema) {
            return Err(Flaw::Refused(Why::ColumnTwice { column }));
        }
        Ok(Self { names, meanings, also })
    }

    /// Columns that mean nothing to us.
    pub fn unknown(&self) -> Vec<String> {
        let all = self.names.iter().zip(&self.meanings).enumerate();
        let unknown = all.filter(|(_, (_, meaning))| **meaning == ColumnMeaning::Unknown);
        let name = |(at, (name, _)): (usize, (&String, _))| match name.is_empty() {
            true => format!("column {}, which has no name", at + 1),
            false => name.clone(),
        };
        unknown.map(name).collect()
    }

    /// Columns that another heading names: the heading and the column.
    pub fn renamed(&self, schema: &Schema) -> Vec<(String, &'static str)> {
        let all = self.names.iter().zip(&self.meanings);
        let renamed = all.filter_map(|(name, meaning)| match meaning {
            ColumnMeaning::Known(at) if schema.position(name).is_none() => Some((name.clone(), schema.columns[*at])),
            _ => None,
        });
        renamed.collect()
    }

    /// The heading of a column in this file.
    pub fn heading(&self, column: usize) -> Option<&str> {
        let at = self
            .meanings
            .iter()
            .position(|meaning| *meaning == ColumnMeaning::Known(column))
            .or_else(|| self.also.iter().find(|(known, _)| *known == column).map(|(_, at)| *at))?;
        self.names.get(at).map(String::as_str)
    }
}

fn twice(names: &[String], meanings: &[ColumnMeaning], schema: &Schema) -> Option<String> {
    let before = |at: usize| at > 0 && !names[at].is_empty() && names[..at].contains(&names[at]);
    if let Some(at) = (0..names.len()).find(|at| before(*at)) {
        return Some(names[at].clone());
    }
    let count = |column: usize| {
        meanings
            .iter()
            .filter(|meaning| **meaning == ColumnMeaning::Known(column))
            .count()
    };
    let column = (0..schema.columns.len()).find(|column| count(*column) > 1)?;
    Some(schema.columns[column].to_owned())
}

fn lacks_headings(names: &[String], absent: &[&str]) -> Why {
    let there: Vec<_> = names.iter().take(20).map(|name| shown(name)).collect();
    let absent: Vec<_> = absent.iter().map(|name| shown(name)).collect();
    Why::MappingLacks {
        missing: absent.join(", "),
        columns: there.join(", "),
    }
}

fn lacks(names: &[String], missing: &[&str], schema: &Schema) -> Why {
    let there: Vec<_> = names.iter().take(20).map(|name| shown(name)).collect();
    let required: Vec<_> = schema.required.iter().map(|any| schema.columns[any[0]]).collect();
    Why::HeaderLacks {
        missing: missing.join(", "),
        columns: there.join(", "),
        required: required.join(", "),
    }
}

/// The delimiter of Excel's own first line, `sep=;`.
pub(crate) fn told_delimiter(line: &str) -> Option<u8> {
    let line = line.trim_matches(|c: char| c == '"' || c == '\u{FEFF}' || c == '\r');
    let (sep, rest) = line.split_at_checked(4)?;
    let delimiter = *rest.as_bytes().first()?;
    let behind = &rest.get(1..)?;
    let ends = behind
        .chars()
        .all(|c| c.is_whitespace() || matches!(c, '"' | ';' | ',' | '|') || u32::from(c) == u32::from(delimiter));
    let is = sep.eq_ignore_ascii_case("sep=") && ends && !delimiter.is_ascii_alphanumeric() && delimiter != b'"';
    is.then_some(delimiter)
}

/// The delimiter with which a line near the beginning names most of our columns; a comma if none does.
pub(crate) fn delimiter(beginning: &str, schema: &Schema, mapping: &Mapping) -> u8 {
    let mut lines = beginning.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    if let Some(told) = lines.clone().next().and_then(told_delimiter) {
        return told;
    }
    let known = |line: &str, delimiter: u8| known_columns(line, delimiter, schema, mapping);
    // The last of equals wins: the comma.
    const ALL: [u8; 4] = *b"|\t;,";
    let mut best = (0, b',');
    for line in lines.by_ref().take(LOOKED_THROUGH) {
        for delimiter in ALL {
            let known = known(line, delimiter);
            if known > best.0 || (known == best.0 && known > 0 && best.1 != b',' && delimiter == b',') {
                best = (known, delimiter);
            }
        }
    }
    best.1
}

/// How many columns a line names, if this is its delimiter.
pub(crate) fn known_columns(line: &str, delimiter: u8, schema: &Schema, mapping: &Mapping) -> usize {
    let name = |name: &str| name.trim().trim_matches('"').to_owned();
    let names: Vec<String> = line.split(char::from(delimiter)).map(name).collect();
    let (meanings, _) = mapping.meanings(schema, &names);
    let known = meanings.iter().filter(|meaning| **meaning != ColumnMeaning::Unknown);
    known.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::order_file::SCHEMA;

    #[test]
    fn the_delimiter_is_what_names_most_columns() {
        for (beginning, found) in [
            ("order_id,customer_id", b','),
            ("order_id;customer_id;a,b", b';'),
            ("\"order_id\"\t\"customer_id\"", b'\t'),
            ("Отчёт, за март; ещё\n\nНомер заказа;Дата\n", b';'),
            ("Отчёт\r\r№|Номер заказа|Дата\r", b'|'),
            ("order_id\n1\n", b','),
            ("sep=;\norder_id,customer_id", b';'),
            ("\"sep=\t\"\norder_id\n", b'\t'),
            ("SEP=^;;;\norder_id\n", b'^'),
            ("no columns;at all", b','),
        ] {
            assert_eq!(
                char::from(delimiter(beginning, &SCHEMA, &Mapping::default())),
                char::from(found),
                "{beginning:?}"
            );
        }
        for line in ["sep=", "separator=;", "sep=ab", "se", "sep=;x"] {
            assert_eq!(told_delimiter(line), None, "{line}");
        }
    }
}
