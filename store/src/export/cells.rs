//! What stands in the cells of an export, and how it is written as text. Pure.

use bellhop_domain::formula::no_formula;
use bellhop_domain::money::{Amount, decimals};
use bellhop_domain::{Money, Timestamp, Zone};
use serde_json::{Map, Value};
use std::io;

/// By it Excel knows that a CSV is UTF-8.
const MARK: &str = "\u{FEFF}";

/// What a spreadsheet shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// As digits, with a point if need be.
    Number(String),
}

/// A form of text, which can be sent while it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    Csv,
    Ndjson,
}

/// By whose clock and in how many decimals.
pub(super) struct Look {
    pub zone: Zone,
    pub decimals: u32,
}

impl Look {
    pub fn of(zone: &Zone, currency: &str) -> Self {
        Self {
            zone: zone.clone(),
            decimals: decimals(currency),
        }
    }

    /// As people read it.
    pub fn at(&self, at: Option<Timestamp>) -> Cell {
        let local = at.and_then(|at| self.zone.local(at).ok());
        Cell::Text(local.map_or_else(String::new, |it| it.strftime("%Y-%m-%d %H:%M:%S").to_string()))
    }

    /// With its offset, so that an import reads the same instant wherever it is.
    pub fn instant(&self, at: Timestamp) -> Cell {
        Cell::Text(self.zone.rfc3339(at).unwrap_or_else(|_| at.to_rfc3339()))
    }

    pub fn money(&self, money: Option<Money>) -> Cell {
        let decimals = self.decimals;
        money.map_or_else(
            || text(None),
            |money| Cell::Number(Amount { money, decimals }.to_string()),
        )
    }
}

pub(super) fn text(text: Option<&String>) -> Cell {
    Cell::Text(text.cloned().unwrap_or_default())
}

pub(super) fn several<'a>(all: impl IntoIterator<Item = &'a String>) -> Cell {
    let all: Vec<&str> = all.into_iter().map(String::as_str).collect();
    Cell::Text(all.join("; "))
}

impl TextForm {
    /// What comes before the first row.
    ///
    /// # Errors
    /// None in practice: it is written to memory.
    pub fn beginning(self, headings: &[&str]) -> io::Result<Vec<u8>> {
        match self {
            TextForm::Ndjson => Ok(Vec::new()),
            TextForm::Csv => {
                let mut csv = csv::Writer::from_writer(MARK.as_bytes().to_vec());
                csv.write_record(headings)?;
                csv.into_inner().map_err(|error| io::Error::other(error.to_string()))
            }
        }
    }

    /// Rows as text.
    ///
    /// # Errors
    /// None in practice, as above.
    pub fn rows(self, headings: &[&str], rows: &[Vec<Cell>]) -> io::Result<Vec<u8>> {
        match self {
            TextForm::Csv => {
                let mut csv = csv::Writer::from_writer(Vec::new());
                for row in rows {
                    csv.write_record(row.iter().map(|cell| match cell {
                        Cell::Text(text) => no_formula(text),
                        Cell::Number(number) => number.clone(),
                    }))?;
                }
                csv.into_inner().map_err(|error| io::Error::other(error.to_string()))
            }
            TextForm::Ndjson => {
                let mut text = Vec::new();
                for row in rows {
                    let cells = headings
                        .iter()
                        .zip(row)
                        .map(|(name, cell)| ((*name).to_owned(), value(cell)));
                    serde_json::to_writer(&mut text, &Value::Object(cells.collect::<Map<_, _>>()))?;
                    text.push(b'\n');
                }
                Ok(text)
            }
        }
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) if text.is_empty() => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        // An amount keeps its decimals, whatever a reader makes of numbers.
        Cell::Number(number) => number
            .parse::<u64>()
            .map_or_else(|_| Value::from(number.as_str()), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: TextForm) -> String {
        let rows = [vec![
            Cell::Text("=cmd|' /C calc'!A0".to_owned()),
            Cell::Number("-12.50".to_owned()),
            Cell::Text(String::new()),
        ]];
        let headings = ["name", "total", "tags"];
        let all = [form.beginning(&headings).unwrap(), form.rows(&headings, &rows).unwrap()].concat();
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn a_formula_is_a_text_where_a_spreadsheet_would_compute_it() {
        assert_eq!(
            written(TextForm::Csv),
            "\u{FEFF}name,total,tags\n'=cmd|' /C calc'!A0,-12.50,\n"
        );
        let line = written(TextForm::Ndjson);
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            object,
            serde_json::json!({ "name": "=cmd|' /C calc'!A0", "total": "-12.50", "tags": null })
        );
        assert!(line.ends_with("}\n"));
    }
}
