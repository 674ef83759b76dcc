//! Reading the cells of a row, collecting what is wrong.

use super::row::{CellError, Row};
use super::schema::Schema;
use super::zones::Zones;
use bellhop_domain::phone::Region;
use bellhop_domain::{Timestamp, Zone, visible, written_time};
use std::collections::BTreeMap;

/// Instants outside are mistakes: 1970 to 2200.
const LATEST: Timestamp = Timestamp(7_258_118_400_000);

/// What the reading of cells depends on beside the cells.
pub(crate) struct Terms {
    pub zones: Zones,
    /// Of numbers without a country code.
    pub region: Region,
    /// ISO 4217.
    pub currency: String,
    pub now: Timestamp,
}

pub(crate) fn instant(zone: &Zone, text: &str) -> Result<Timestamp, String> {
    let at = written_time::instant(text, zone).map_err(|e| e.to_string())?;
    if (Timestamp(0)..LATEST).contains(&at) {
        Ok(at)
    } else {
        Err("is outside the years 1970 to 2199; correct it".to_owned())
    }
}

pub(crate) fn zone(text: &str) -> Result<Zone, String> {
    Zone::named(text).map_err(|_| "is not an IANA time zone; write it like Europe/Moscow".to_owned())
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
        self.at_most(column, value, most);
        Some(value.to_owned())
    }

    fn at_most(&mut self, column: usize, value: &str, most: usize) {
        if value.len() > most && value.chars().count() > most {
            self.wrong(column, value, format!("is longer than {most} characters; shorten it"));
        }
    }

    /// A text by which something is known.
    pub fn key(&mut self, column: usize, most: usize) -> Option<String> {
        let value = visible::key(self.row.get(column)?);
        self.at_most(column, &value, most);
        (!value.is_empty()).then(|| value.into_owned())
    }

    /// One that must be there.
    pub fn required_key(&mut self, column: usize, most: usize) -> String {
        self.key(column, most).unwrap_or_else(|| {
            self.missing(column);
            String::new()
        })
    }

    pub fn missing(&mut self, column: usize) {
        self.wrong(column, "", "is empty; every row needs it");
    }

    /// What the cell says, if there is anything.
    pub fn parsed<T>(&mut self, column: usize, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.row.get(column)?;
        parse(value).map_err(|problem| self.wrong(column, value, problem)).ok()
    }

    /// What a cell says that must be there.
    pub fn required_parsed<T>(&mut self, column: usize, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if self.row.get(column).is_none() {
            self.missing(column);
        }
        self.parsed(column, parse)
    }

    /// The zone that a row says of its restaurant.
    pub fn restaurant_zone(&mut self, column: usize, restaurant: Option<&str>, zones: &Zones) -> Option<Zone> {
        self.parsed(column, |text| {
            let said = zone(text)?;
            restaurant.map_or(Ok(()), |name| zones.check(name, &said))?;
            Ok(said)
        })
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
