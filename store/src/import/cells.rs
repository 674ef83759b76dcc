//! Reading the cells of a row, collecting what is wrong.

use super::row::{CellError, Row};
use super::schema::Schema;
use super::zones::Zones;
use bellhop_domain::fault::Why;
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

pub(crate) fn instant(zone: &Zone, text: &str) -> Result<Timestamp, Why> {
    let at = written_time::instant(text, zone).map_err(|e| e.why())?;
    if (Timestamp(0)..LATEST).contains(&at) {
        Ok(at)
    } else {
        Err(Why::TimeBeyondReach)
    }
}

/// `1.23E+16`, also with a decimal comma: what is left of more digits than a spreadsheet keeps. `2E10` may be an id.
fn is_power_of_ten(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, decimals) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let is_marked = whole.len() < mantissa.len() || exponent.starts_with('+');
    is_marked && whole.len() == 1 && digits(whole) && digits(decimals) && digits(exponent.trim_start_matches('+'))
}

pub(crate) fn zone(text: &str) -> Result<Zone, Why> {
    Zone::named(text).map_err(|_| Why::TimezoneUnknown)
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

    fn wrong(&mut self, column: usize, value: &str, why: Why) {
        self.errors
            .push(CellError::new(self.schema.columns[column], value, why));
    }

    /// A text of at most so many characters, if there is one.
    pub fn text(&mut self, column: usize, most: usize) -> Option<String> {
        let value = self.row.get(column)?;
        self.at_most(column, value, most);
        Some(value.to_owned())
    }

    fn at_most(&mut self, column: usize, value: &str, most: usize) {
        if value.len() > most && value.chars().count() > most {
            self.wrong(column, value, Why::TextTooLong { most });
        }
    }

    /// A text by which something is known.
    pub fn key(&mut self, column: usize, most: usize) -> Option<String> {
        let value = visible::key(self.row.get(column)?);
        self.at_most(column, &value, most);
        (!value.is_empty()).then(|| value.into_owned())
    }

    /// An id, which a spreadsheet may have rounded.
    pub fn id(&mut self, column: usize, most: usize) -> Option<String> {
        let id = self.key(column, most)?;
        if is_power_of_ten(&id) {
            self.wrong(column, &id, Why::IdRounded);
        }
        Some(id)
    }

    /// One that must be there.
    pub fn required_id(&mut self, column: usize, most: usize) -> String {
        self.id(column, most).unwrap_or_else(|| {
            self.missing(column);
            String::new()
        })
    }

    pub fn missing(&mut self, column: usize) {
        self.wrong(column, "", Why::CellEmpty);
    }

    /// What the cell says, if there is anything.
    pub fn parsed<T>(&mut self, column: usize, parse: impl FnOnce(&str) -> Result<T, Why>) -> Option<T> {
        let value = self.row.get(column)?;
        parse(value).map_err(|why| self.wrong(column, value, why)).ok()
    }

    /// What a cell says that must be there.
    pub fn required_parsed<T>(&mut self, column: usize, parse: impl FnOnce(&str) -> Result<T, Why>) -> Option<T> {
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
                let most_of_name = most_key;
                let why = Why::AttributeLong { most, most_of_name };
                self.errors.push(CellError::new(format!("attr.{key}"), value, why));
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
