//! Exports of cash desks' programs, known by their headings. Only what a published source confirms is here; docs/import.md says
//! which. What is known suggests a mapping, which somebody looks at before it is used.

use super::schema::{Kind, normal};
use std::collections::BTreeMap;

/// A program whose export a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The list of guests of iikoCard.
    IikoGuests,
    /// A report of iiko's OLAP, an order a row.
    IikoOlap,
    /// The cards of r_keeper 7.
    RkeeperCards,
}

impl Program {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Program::IikoGuests => "iiko_guests",
            Program::IikoOlap => "iiko_olap",
            Program::RkeeperCards => "rkeeper_cards",
        }
    }
}

struct Known {
    program: Program,
    kind: Kind,
    /// Headings that all are there, as [`normal`] writes them.
    signs: &'static [&'static str],
    /// With one of these a row is something else.
    but: &'static [&'static str],
    /// Columns of ours, each with the spellings of its heading.
    columns: &'static [(&'static str, &'static [&'static str])],
}

const KNOWN: &[Known] = &[
    Known {
        program: Program::IikoGuests,
        kind: Kind::Customers,
        signs: &["telephone", "guest registration date", "last visit"],
        but: &[],
        columns: &[
            // A guest of iikoCard has a phone, which is required, and cards or none.
            ("customer_id", &["telephone"]),
            ("phone", &["telephone"]),
            ("name", &["name"]),
            ("birthday", &["birthday", "birth day"]),
            ("email", &["email"]),
            ("comment", &["comment"]),
            ("registered_at", &["guest registration date"]),
        ],
    },
    Known {
        program: Program::IikoOlap,
        kind: Kind::Orders,
        signs: &["uniqorderid", "closetime", "dishdiscountsumint"],
        but: &["dishname", "dishid"],
        columns: &[
            ("order_id", &["uniqorderid"]),
            ("placed_at", &["closetime"]),
            ("total", &["dishdiscountsumint"]),
        ],
    },
    Known {
        program: Program::RkeeperCards,
        kind: Kind::Customers,
        signs: &["cardcode", "tel1", "birthday", "seize"],
        but: &[],
        columns: &[
            ("customer_id", &["cardcode"]),
            ("phone", &["tel1"]),
            ("email", &["email"]),
            ("birthday", &["birthday"]),
        ],
    },
];

/// What a file with these headings looks like, with a mapping for it.
pub(super) fn recognised(names: &[String]) -> Option<(Program, Kind, BTreeMap<String, Option<String>>)> {
    let normal: Vec<String> = names.iter().map(|name| normal(name)).collect();
    let has = |heading: &&str| normal.iter().any(|it| it == heading);
    let is_it = |known: &&Known| known.signs.iter().all(has) && !known.but.iter().any(has);
    let known = KNOWN.iter().find(is_it)?;
    let heading = |spellings: &[&str]| {
        let at = normal.iter().position(|it| spellings.contains(&it.as_str()))?;
        names.get(at).cloned()
    };
    let mapping = known
        .columns
        .iter()
        .filter_map(|(column, spellings)| Some(((*column).to_owned(), Some(heading(spellings)?))));
    Some((known.program, known.kind, mapping.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::by_hand::Mapping;
    use crate::import::{customer_file, order_file};

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn exports_are_known_by_all_their_signs() {
        let iiko = [
            "Telephone",
            "Name",
            "Birthday",
            "Email",
            "Card No.",
            "Comment",
            "Guest registration date",
            "Last visit",
        ];
        let (program, kind, mapping) = recognised(&texts(&iiko)).unwrap();
        assert_eq!((program, kind), (Program::IikoGuests, Kind::Customers));
        assert_eq!(mapping["customer_id"].as_deref(), Some("Telephone"));
        assert_eq!(mapping["birthday"].as_deref(), Some("Birthday"));
        assert!(Mapping::checked(&mapping, &customer_file::SCHEMA).is_ok());
        let olap = ["UniqOrderId", "CloseTime", "OrderNum", "DishDiscountSumInt"];
        let (program, _, mapping) = recognised(&texts(&olap)).unwrap();
        assert_eq!(program, Program::IikoOlap);
        assert!(Mapping::checked(&mapping, &order_file::SCHEMA).is_ok());
        let cards = ["CARDCODE", "HOLDER", "BIRTHDAY", "SEIZE", "TEL1", "TEL2", "EMAIL"];
        let (program, _, mapping) = recognised(&texts(&cards)).unwrap();
        assert_eq!(program, Program::RkeeperCards);
        assert!(Mapping::checked(&mapping, &customer_file::SCHEMA).is_ok());
        // A row of dishes is no order, and half of the signs are nobody's.
        let dishes = ["UniqOrderId", "CloseTime", "DishName", "DishDiscountSumInt"];
        for other in [&dishes[..], &["Telephone", "Name"], &["customer_id", "phone"], &[]] {
            assert!(recognised(&texts(other)).is_none(), "{other:?}");
        }
    }
}
