//! What a human says of a file that its own looks would not tell, or would tell otherwise.

use super::schema::{ColumnMeaning, Schema};
use bellhop_domain::fault::Why;
use bellhop_domain::visible;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::collections::BTreeMap;

/// The most columns that a mapping speaks of.
const MOST_COLUMNS: usize = 200;
/// The longest heading or name of a column in it.
const MOST_CHARS: usize = 400;

/// How a file is read. Nothing of it has to be said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByHand {
    /// The sheet of a workbook; the only one that names the columns if absent.
    pub sheet: Option<String>,
    /// Of a text, in place of what its bytes look like.
    pub encoding: Option<&'static Encoding>,
    /// Between the cells of a CSV file.
    pub delimiter: Option<char>,
    /// The line of a CSV file, or the row of a sheet, on which the columns are named; the first that names them if absent.
    pub header: Option<u64>,
    pub mapping: Mapping,
}

/// From which heading of the file each column is read; `None`: it is not read at all. Columns that are not in it are found by
/// their names and usual headings. One heading may be several columns, as a phone by which guests are told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<String, Option<String>>);

impl Mapping {
    /// Checked for what it is about, and with headings as files have them.
    ///
    /// # Errors
    /// When it names a column that such a file does not have, or is longer than any file needs.
    pub(crate) fn checked(said: &BTreeMap<String, Option<String>>, schema: &Schema) -> Result<Self, Why> {
        let long = |text: &str| text.chars().count() > MOST_CHARS;
        if said.len() > MOST_COLUMNS || said.iter().any(|(c, h)| long(c) || h.as_deref().is_some_and(long)) {
            return Err(Why::MappingLong { most: MOST_COLUMNS });
        }
        let mut checked = BTreeMap::new();
        for (column, heading) in said {
            if schema.position(column).is_none() && schema.attribute(column).is_none() {
                let known = schema.columns.join(", ");
                let column = column.clone();
                return Err(Why::MappingColumnUnknown { column, known });
            }
            let heading = heading.as_ref().map(|heading| visible::key(heading).into_owned());
            checked.insert(column.clone(), heading);
        }
        Ok(Self(checked))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is kept and shown.
    pub fn columns(&self) -> &BTreeMap<String, Option<String>> {
        &self.0
    }

    /// Headings that it names and that are not among these.
    pub(crate) fn missing(&self, names: &[String]) -> Vec<&str> {
        let headings = self.0.values().flatten().map(String::as_str);
        headings.filter(|it| !names.iter().any(|name| name == it)).collect()
    }

    /// What each of these columns of the file is; and which columns beside it has, by their places.
    pub(crate) fn meanings(&self, schema: &Schema, names: &[String]) -> (Vec<ColumnMeaning>, Vec<(usize, usize)>) {
        if self.is_empty() {
            return (schema.meanings(names), Vec::new());
        }
        // What is said by hand is looked at by nobody else.
        let is_taken = |name: &String| self.0.values().flatten().any(|heading| heading == name);
        let others: Vec<String> = names
            .iter()
            .map(|name| if is_taken(name) { String::new() } else { name.clone() })
            .collect();
        let mut meanings = schema.meanings(&others);
        for meaning in &mut meanings {
            if self.speaks_of(schema, meaning) {
                *meaning = ColumnMeaning::Unknown;
            }
        }
        let mut also = Vec::new();
        for (column, heading) in &self.0 {
            let at = heading
                .as_ref()
                .and_then(|heading| names.iter().position(|name| name == heading));
            let Some(at) = at else { continue };
            let meaning = meaning(schema, column);
            match (&meanings[at], &meaning) {
                (ColumnMeaning::Unknown, _) => meanings[at] = meaning,
                (_, ColumnMeaning::Known(column)) => also.push((*column, at)),
                _ => {}
            }
        }
        (meanings, also)
    }

    /// What a key of a JSON object is: by hand all its columns, else the one that it names.
    pub(crate) fn of_key(&self, schema: &Schema, key: &str) -> Vec<ColumnMeaning> {
        let by_hand = self.0.iter().filter(|(_, heading)| heading.as_deref() == Some(key));
        let by_hand: Vec<_> = by_hand.map(|(column, _)| meaning(schema, column)).collect();
        if !by_hand.is_empty() {
            return by_hand;
        }
        let own = meaning(schema, key);
        match self.speaks_of(schema, &own) {
            true => Vec::new(),
            false => vec![own],
        }
    }

    fn speaks_of(&self, schema: &Schema, of: &ColumnMeaning) -> bool {
        *of != ColumnMeaning::Unknown && self.0.keys().any(|column| meaning(schema, column) == *of)
    }
}

fn meaning(schema: &Schema, column: &str) -> ColumnMeaning {
    match (schema.position(column), schema.attribute(column)) {
        (Some(at), _) => ColumnMeaning::Known(at),
        (None, Some(key)) => ColumnMeaning::Attribute(key.to_owned()),
        (None, None) => ColumnMeaning::Unknown,
    }
}

/// An encoding by one of its names. Encodings in which a byte of a letter may be that of a delimiter are none of a CSV file's.
///
/// # Errors
/// When it is no encoding that a file may be in.
pub fn encoding(name: &str) -> Result<&'static Encoding, Why> {
    let found = Encoding::for_label(name.trim().as_bytes());
    let fits = |it: &&'static Encoding| it.is_single_byte() || [UTF_8, UTF_16LE, UTF_16BE].contains(it);
    found.filter(fits).ok_or_else(|| Why::EncodingUnknown {
        known: "UTF-8, UTF-16LE, UTF-16BE, windows-1251, windows-1252, KOI8-R, IBM866, x-mac-cyrillic".to_owned(),
    })
}

/// What may stand between the cells of a CSV file.
///
/// # Errors
/// When it may also be a part of a cell.
pub fn delimiter(said: &str) -> Result<char, Why> {
    let mut all = said.chars();
    let one = all.next().filter(|_| all.as_str().is_empty());
    let fits = |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"\"\n\r .".contains(*c);
    one.filter(fits).ok_or(Why::DelimiterUnfit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{customer_file, order_file};

    fn mapping(said: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
        let owned = |(column, heading): &(&str, Option<&str>)| ((*column).to_owned(), heading.map(str::to_owned));
        said.iter().map(owned).collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn read(schema: &Schema, said: &[(&str, Option<&str>)], headings: &[&str]) -> Vec<String> {
        let mapping = Mapping::checked(&mapping(said), schema).unwrap();
        let (meanings, also) = mapping.meanings(schema, &names(headings));
        let name = |meaning: &ColumnMeaning| match meaning {
            ColumnMeaning::Known(at) => schema.columns[*at].to_owned(),
            ColumnMeaning::Attribute(key) => format!("attr.{key}"),
            ColumnMeaning::Unknown => "-".to_owned(),
        };
        let also = also
            .iter()
            .map(|(column, at)| format!("{}@{at}", schema.columns[*column]));
        meanings.iter().map(name).chain(also).collect()
    }

    #[test]
    fn what_is_said_by_hand_goes_before_what_is_recognised() {
        let customers = &customer_file::SCHEMA;
        let headings = ["Карта", "Телефон", "Телефон 2", "Город"];
        assert_eq!(read(customers, &[], &headings), ["-", "phone", "-", "-"]);
        // Another heading is the phone: the usual one is not read any more.
        let by_hand = [
            ("customer_id", Some("Карта")),
            ("phone", Some("Телефон 2")),
            ("attr.city", Some("Город")),
        ];
        assert_eq!(
            read(customers, &by_hand, &headings),
            ["customer_id", "-", "phone", "attr.city"]
        );
        // A column that is not to be read, and a heading that is two columns.
        assert_eq!(read(customers, &[("phone", None)], &headings), ["-", "-", "-", "-"]);
        let twice = [("customer_id", Some("Телефон")), ("phone", Some("Телефон"))];
        assert_eq!(
            read(customers, &twice, &headings),
            ["-", "customer_id", "-", "-", "phone@1"]
        );
    }

    #[test]
    fn a_mapping_names_columns_of_its_file() {
        let orders = &order_file::SCHEMA;
        let checked = |said: &[(&str, Option<&str>)]| Mapping::checked(&mapping(said), orders);
        assert!(checked(&[("total", Some("К оплате")), ("promo", None)]).is_ok());
        for column in ["birthday", "attr.city", ""] {
            assert!(
                matches!(checked(&[(column, Some("x"))]), Err(Why::MappingColumnUnknown { .. })),
                "{column}"
            );
        }
        let long = "x".repeat(MOST_CHARS + 1);
        assert!(matches!(
            checked(&[("total", Some(&long))]),
            Err(Why::MappingLong { .. })
        ));
    }

    #[test]
    fn a_key_of_an_object_is_read_as_it_is_said() {
        let orders = &order_file::SCHEMA;
        let said = mapping(&[("total", Some("sum")), ("promo", None)]);
        let mapping = Mapping::checked(&said, orders).unwrap();
        let of = |key: &str| mapping.of_key(orders, key);
        let at = |column: &str| ColumnMeaning::Known(orders.position(column).unwrap());
        assert_eq!(of("sum"), [at("total")]);
        assert_eq!(of("order_id"), [at("order_id")]);
        assert_eq!((of("total"), of("promo")), (vec![], vec![]));
    }

    #[test]
    fn encodings_and_delimiters_are_those_of_tables() {
        assert_eq!(encoding(" cp1251 ").unwrap().name(), "windows-1251");
        assert_eq!(encoding("utf-8").unwrap(), UTF_8);
        for bad in ["", "shift_jis", "gbk", "utf-7", "klingon"] {
            assert!(encoding(bad).is_err(), "{bad}");
        }
        assert_eq!(delimiter(";"), Ok(';'));
        assert_eq!(delimiter("\t"), Ok('\t'));
        for bad in ["", ";;", "a", "1", "\"", "\n", ".", "ё"] {
            assert!(delimiter(bad).is_err(), "{bad}");
        }
    }
}
