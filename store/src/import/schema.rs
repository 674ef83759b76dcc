//! The columns a kind of file may have, and the headings under which they are known.

use bellhop_domain::fault::Why;
use bellhop_domain::visible;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Customers,
    Orders,
    /// Words about marketing and notifications.
    Words,
}

#[derive(Debug)]
pub(crate) struct Schema {
    pub kind: Kind,
    pub columns: &'static [&'static str],
    /// Other headings of a column, the likelier first, as [`normal`] writes them.
    pub headings: &'static [(usize, &'static [&'static str])],
    /// One of each must be there.
    pub required: &'static [&'static [usize]],
    /// A file that has the first column and one of the others is of this kind.
    pub signs: (usize, &'static [usize]),
    /// Where a total of all rows would stand.
    pub total: Option<usize>,
    /// Whether `attr.*` columns are custom attributes.
    pub attributes: bool,
}

/// What a column of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnMeaning {
    Known(usize),
    Attribute(String),
    Unknown,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Customers, Kind::Orders, Kind::Words];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Customers => "customers",
            Kind::Orders => "orders",
            Kind::Words => "consents",
        }
    }
}

impl Schema {
    /// By its own name, however it is spelt: `Order ID` is `order_id`.
    pub fn position(&self, name: &str) -> Option<usize> {
        let exact = |column: &&str| column.eq_ignore_ascii_case(name);
        let position = self.columns.iter().position(exact);
        position.or_else(|| {
            let normal = normal(name).replace(' ', "_");
            self.columns.iter().position(|column| *column == normal)
        })
    }

    /// The attribute that a column holds.
    pub fn attribute<'a>(&self, name: &'a str) -> Option<&'a str> {
        let key = name.strip_prefix("attr.")?.trim();
        (self.attributes && !key.is_empty()).then_some(key)
    }

    /// What each of these columns is: by the columns' own names, else by the headings of other programs.
    pub fn meanings(&self, names: &[String]) -> Vec<ColumnMeaning> {
        let own = |name: &String| match (self.position(name), self.attribute(name)) {
            (Some(at), _) => ColumnMeaning::Known(at),
            (None, Some(key)) => ColumnMeaning::Attribute(key.to_owned()),
            (None, None) => ColumnMeaning::Unknown,
        };
        let mut meanings: Vec<ColumnMeaning> = names.iter().map(own).collect();
        let normal: Vec<String> = names.iter().map(|name| normal(name)).collect();
        for (column, headings) in self.headings {
            if meanings.contains(&ColumnMeaning::Known(*column)) {
                continue;
            }
            let free = |at: &usize| meanings[*at] == ColumnMeaning::Unknown;
            let known_as = |heading: &&str| (0..names.len()).filter(free).find(|at| normal[*at] == *heading);
            if let Some(at) = headings.iter().find_map(known_as) {
                meanings[at] = ColumnMeaning::Known(*column);
            }
        }
        meanings
    }

    /// The required columns that are not among these.
    pub fn missing(&self, meanings: &[ColumnMeaning]) -> Vec<&'static str> {
        let is_there = |any: &&&[usize]| {
            any.iter()
                .any(|column| meanings.contains(&ColumnMeaning::Known(*column)))
        };
        let missing = self.required.iter().filter(|any| !is_there(any));
        missing.map(|any| self.columns[any[0]]).collect()
    }

    pub fn is_told_by(&self, names: &[String]) -> bool {
        let meanings = self.meanings(names);
        let has = |column: &usize| meanings.contains(&ColumnMeaning::Known(*column));
        has(&self.signs.0) && self.signs.1.iter().any(has)
    }

    /// What to say of a file of another kind.
    pub fn is_other_file(&self, names: &[String]) -> Option<Why> {
        let other = Kind::of(names).filter(|kind| *kind != self.kind)?.name().to_owned();
        let shown: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
        let columns = shown.join(", ");
        Some(Why::FileOfOther { columns, other })
    }
}

/// A heading without what makes no difference: `Сумма заказа, руб.` is `сумма заказа`.
pub(crate) fn normal(heading: &str) -> String {
    let key = visible::key(heading).to_lowercase().replace('ё', "е");
    let end = key.find(['(', ',', '[', '₽']).unwrap_or(key.len());
    let words = key[..end].split(|c: char| c.is_whitespace() || "_-./:*\"".contains(c));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{customer_file, order_file};
    use super::*;

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn known(schema: &Schema, names: &[&str]) -> Vec<Option<&'static str>> {
        let column = |meaning: &ColumnMeaning| match meaning {
            ColumnMeaning::Known(at) => Some(schema.columns[*at]),
            _ => None,
        };
        schema.meanings(&texts(names)).iter().map(column).collect()
    }

    #[test]
    fn headings_of_other_programs_are_known() {
        assert_eq!(
            known(
                &order_file::SCHEMA,
                &[
                    "Номер заказа",
                    "Код клиента",
                    "Дата и время",
                    "Сумма, руб.",
                    "Статус",
                    "Этаж"
                ]
            ),
            [
                Some("order_id"),
                Some("customer_id"),
                Some("placed_at"),
                Some("total"),
                Some("status"),
                None
            ]
        );
        assert_eq!(
            known(&order_file::SCHEMA, &["Order ID", "ORDER-ID"]),
            [Some("order_id"); 2]
        );
        // Its own name goes before all headings, and the likelier heading before another.
        assert_eq!(known(&order_file::SCHEMA, &["Сумма", "total"]), [None, Some("total")]);
        assert_eq!(
            known(&order_file::SCHEMA, &["Сумма", "К оплате"]),
            [None, Some("total")]
        );
        assert_eq!(
            known(
                &customer_file::SCHEMA,
                &["Код клиента", "Ф.И.О.", "Телефон (моб.)", "Дата рождения", "E-mail"]
            ),
            [
                Some("customer_id"),
                Some("name"),
                Some("phone"),
                Some("birthday"),
                Some("email")
            ]
        );
        // A consent is taken only from a column that says so.
        assert_eq!(known(&customer_file::SCHEMA, &["Согласие", "Подписка"]), [None, None]);
    }

    #[test]
    fn no_heading_means_two_columns() {
        for schema in [&customer_file::SCHEMA, &order_file::SCHEMA] {
            let mut all: Vec<_> = schema
                .headings
                .iter()
                .flat_map(|(_, headings)| headings.iter())
                .collect();
            all.iter().for_each(|heading| assert_eq!(&normal(heading), *heading));
            // Beside a day they are its time, alone they are both.
            all.retain(|heading| !heading.starts_with("время "));
            let headings = all.len();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), headings, "{:?}", schema.kind);
        }
    }

    #[test]
    fn a_file_is_told_by_its_columns() {
        for (names, kind) in [
            (
                &["order_id", "customer_id", "placed_at", "total", "phone"][..],
                Some(Kind::Orders),
            ),
            (&["Номер заказа", "Сумма"], Some(Kind::Orders)),
            (&["customer_id", "name"], Some(Kind::Customers)),
            (&["Код клиента", "Телефон", "Статус"], Some(Kind::Customers)),
            (&["customer_id", "order_id"], None),
            (&["id", "fio", "tel"], None),
        ] {
            assert_eq!(Kind::of(&texts(names)), kind, "{names:?}");
        }
    }
}
