//! What stands in the cells of an exported guest.

use super::cells::{Cell, Look, several, text};
use crate::audience::ExportedGuest;

/// PRODUCT.md §3, in its order.
pub(super) const HEADINGS: [&str; 15] = [
    "id",
    "name",
    "phone",
    "email",
    "registered",
    "comment",
    "birthday",
    "last_order",
    "orders",
    "average_check",
    "category",
    "sources",
    "tags",
    "bonus_balance",
    "addresses",
];

pub(super) fn row(guest: &ExportedGuest, look: &Look) -> Vec<Cell> {
    vec![
        Cell::Text(guest.id.clone()),
        text(guest.name.as_ref()),
        several(&guest.phones),
        text(guest.email.as_ref()),
        look.at(guest.registered_at),
        text(guest.comment.as_ref()),
        text(guest.birthday.as_ref()),
        look.at(guest.last_order_at),
        Cell::Number(guest.orders.to_string()),
        look.money(guest.average_check),
        Cell::Text(guest.category.map_or_else(String::new, |it| it.name().to_owned())),
        several(&guest.sources),
        several(&guest.tags),
        look.money(guest.bonuses),
        several(&guest.addresses),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::retention::Retention;
    use bellhop_domain::{CustomerId, Money, Timestamp, Zone};

    #[test]
    fn a_guest_is_a_row_by_the_brands_clock() {
        let look = Look {
            zone: Zone::named("Asia/Vladivostok").unwrap(),
            decimals: 2,
        };
        let set = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect();
        let guest = ExportedGuest {
            number: CustomerId(1),
            id: "c1".to_owned(),
            name: Some("=Anna".to_owned()),
            phones: vec!["+79990001122".to_owned(), "+79990001123".to_owned()],
            email: None,
            registered_at: Some(Timestamp(0)),
            comment: Some("late".to_owned()),
            birthday: Some("1990-02-28".to_owned()),
            last_order_at: None,
            orders: 2,
            average_check: Some(Money(12_345_600)),
            category: Some(Retention::Lost),
            sources: set(&["app", "site"]),
            tags: set(&["vip"]),
            bonuses: Some(Money(500_000)),
            addresses: set(&["telegram 7"]),
        };
        let told: Vec<String> = row(&guest, &look)
            .into_iter()
            .map(|cell| match cell {
                Cell::Text(text) => text,
                Cell::Number(number) => format!("#{number}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "c1",
                "=Anna",
                "+79990001122; +79990001123",
                "",
                "1970-01-01 10:00:00",
                "late",
                "1990-02-28",
                "",
                "#2",
                "#1234.56",
                "lost",
                "app; site",
                "vip",
                "#50.00",
                "telegram 7"
            ]
        );
    }
}
