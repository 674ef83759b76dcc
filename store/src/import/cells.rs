//! Reading the cells of a row, collecting what is wrong.

use super::row::{CellError, Row, Schema};
use bellhop_domain::{Timestamp, Zone};
use std::collections::{BTreeMap, HashMap};

/// Instants outside are mistakes: 1970 to 2200.
const LATEST: Timestamp = Timestamp(7_258_118_400_000);

/// The zones in which naive times of a file are.
#[derive(Debug, Clone)]
pub(crate) struct Zones {
    pub restaurants: HashMap<String, Zone>,
    /// Of rows that name no restaurant, and of restaurants that the file creates.
    pub organisation: Zone,
}

impl Zones {
    pub fn of(&self, restaurant: Option<&str>) -> &Zone {
        restaurant
            .and_then(|name| self.restaurants.get(name))
            .unwrap_or(&self.organisation)
    }
}

pub(crate) fn instant(zone: &Zone, text: &str) -> Result<Timestamp, String> {
    let problem = || "is no date and time; write it like 2026-03-01T09:00:00Z or 2026-03-01 09:00:00".to_owned();
    let at = zone.parse(text).map_err(|_| problem())?;
    if (Timestamp(0)..LATEST).contains(&at) {
        Ok(at)
    } else {
        Err("is outside the years 1970 to 2199; correct it".to_owned())
    }
}

/// The cells of one row on their way into a value.
pub(crate) struct Cells<'a> {
    row: &'a Row,
    schema: &'static Schema,
    errors: Vec<CellError>,
}

impl<'a> Cells<'a> {
    pub fn new(row: &'a Row, schema: &'static Schema) -> Self {
        Self {
            row,
            schema,
            errors: Vec::new(),
        }
    }

    fn wrong(&mut self, column: usize, value: &str, problem: impl Into<String>) {
        self.errors
            .push(CellError::new(self.schema.columns[column], value, problem));
    }

    /// A text of at most so many characters, if there is one.
    pub fn text(&mut self, column: usize, most: usize) -> Option<String> {
        let value = self.row.get(column)?;
        if value.len() > most && value.chars().count() > most {
            self.wrong(column, value, format!("is longer than {most} characters; shorten it"));
        }
        Some(value.to_owned())
    }

    /// A text that must be there.
    pub fn required(&mut self, column: usize, most: usize) -> String {
        self.text(column, most).unwrap_or_else(|| {
            self.wrong(column, "", "is empty; every row needs it");
            String::new()
        })
    }

    /// What the cell says, if there is anything.
    pub fn parsed<T>(&mut self, column: usize, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.row.get(column)?;
        parse(value).map_err(|problem| self.wrong(column, value, problem)).ok()
    }

    /// What a cell says that must be there.
    pub fn required_parsed<T>(&mut self, column: usize, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if self.row.get(column).is_none() {
            self.wrong(column, "", "is empty; every row needs it");
        }
        self.parsed(column, parse)
    }

    pub fn attributes(&mut self, most_key: usize, most: usize) -> BTreeMap<String, String> {
        let row = self.row;
        let mut found = BTreeMap::new();
        for (key, value) in row.attributes() {
            if key.chars().count() > most_key || value.chars().count() > most {
                let problem = format!("is longer than {most} characters, or its name than {most_key}; shorten it");
                self.errors.push(CellError::new(format!("attr.{key}"), value, problem));
            }
            found.insert(key.to_owned(), value.to_owned());
        }
        found
    }

    /// The value, if nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<CellError>> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(self.errors)
        }
    }
}
