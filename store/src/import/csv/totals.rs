//! Rows at the end of a report that sum up the others: `Итого;;;12 345,00`. They belong to no guest.

use super::super::row::Row;
use super::super::schema::Schema;

const WORDS: &[&str] = &[
    "итого",
    "всего",
    "итог",
    "общий итог",
    "total",
    "totals",
    "grand total",
    "sum",
    "разом",
];

/// Whether a row is one of totals: it begins with the word and lacks what every row has, or has nothing but numbers and
/// none of the ids.
pub(super) fn is_one(first: &str, row: &Row, schema: &Schema) -> bool {
    let ids = || {
        schema
            .required
            .iter()
            .flat_map(|any| any.iter())
            .filter(|column| Some(**column) != schema.total)
    };
    let present = ids().filter(|column| row.get(**column).is_some()).count();
    if present == 0 {
        return schema.total.is_some_and(|total| row.get(total).is_some()) && all_numbers(row)
            || begins_with_word(first);
    }
    let single = schema.required.len() == 1;
    let only_in_first = present == 1 && row.get(schema.required[0][0]).is_some();
    only_in_first
        && begins_with_word(first)
        && (!single || row.cells.iter().filter(|cell| !cell.is_empty()).count() <= 2)
}

fn begins_with_word(first: &str) -> bool {
    // Most ids begin otherwise, and this is asked of every row.
    if !first
        .trim_start()
        .starts_with(|c: char| "итовргstgИТОВРГSTG".contains(c))
    {
        return false;
    }
    let start = first.trim_start().to_lowercase();
    WORDS.iter().any(|word| {
        let behind = start.strip_prefix(word);
        behind.is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
    })
}

fn all_numbers(row: &Row) -> bool {
    let number = |c: char| c.is_ascii_digit() || c.is_whitespace() || ",.-+₽%".contains(c);
    (0..row.cells.len())
        .filter_map(|column| row.get(column))
        .all(|cell| cell.chars().all(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{customer_file, order_file};

    fn is(schema: &Schema, cells: &[(usize, &str)]) -> bool {
        let mut row = Row::default();
        row.cells.resize(schema.columns.len(), 0..0);
        for (column, text) in cells {
            let start = row.text.len();
            row.text.push_str(text);
            row.cells[*column] = start..row.text.len();
        }
        is_one(cells[0].1, &row, schema)
    }

    #[test]
    fn totals_are_told_from_orders_and_customers() {
        let orders = &order_file::SCHEMA;
        assert!(is(orders, &[(0, "Итого"), (3, "12 345,00")]));
        assert!(is(orders, &[(0, "ИТОГО:"), (3, "5")]));
        assert!(is(orders, &[(0, "Всего заказов: 5")]));
        assert!(is(orders, &[(3, "12 345,00 ₽")]));
        assert!(is(orders, &[(4, "Итого"), (3, "12")]));
        assert!(!is(orders, &[(0, "Итого"), (1, "c1"), (2, "01.03.2026"), (3, "5")]));
        assert!(!is(orders, &[(0, "A-1"), (3, "5")]));
        assert!(!is(orders, &[(0, "Totally"), (3, "5")]));
        assert!(!is(orders, &[(1, "c1"), (2, "01.03.2026"), (3, "5")]));
        assert!(!is(orders, &[(3, "5"), (4, "Невский")]));
        let customers = &customer_file::SCHEMA;
        assert!(is(customers, &[(0, "Итого: 345")]));
        assert!(is(customers, &[(0, "Итого"), (1, "345")]));
        assert!(is(customers, &[(1, "Итого 345")]));
        assert!(!is(customers, &[(0, "Итого"), (1, "Анна"), (2, "89161234567")]));
        assert!(!is(customers, &[(1, "Анна")]));
    }
}
