//! What stands in the cells of an exported guest. Pure.

use bellhop_domain::money::Amount;
use bellhop_domain::{Money, Timestamp, Zone};
use bellhop_store::audience::ExportedGuest;

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

/// What a spreadsheet shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    /// As digits, with a point if need be.
    Number(String),
}

/// By whose clock and in how many decimals.
pub(super) struct Look {
    pub zone: Zone,
    pub decimals: u32,
}

impl Look {
    fn at(&self, at: Option<Timestamp>) -> Cell {
        let local = at.and_then(|at| self.zone.local(at).ok());
        Cell::Text(local.map_or_else(String::new, |it| it.strftime("%Y-%m-%d %H:%M:%S").to_string()))
    }

    fn money(&self, money: Option<Money>) -> Cell {
        let decimals = self.decimals;
        money.map_or_else(empty, |money| Cell::Number(Amount { money, decimals }.to_string()))
    }
}

fn empty() -> Cell {
    Cell::Text(String::new())
}

fn text(text: Option<&String>) -> Cell {
    Cell::Text(text.cloned().unwrap_or_default())
}

fn several<'a>(all: impl IntoIterator<Item = &'a String>) -> Cell {
    let all: Vec<&str> = all.into_iter().map(String::as_str).collect();
    Cell::Text(all.join("; "))
}

pub(super) fn row(guest: &ExportedGuest, look: &Look) -> [Cell; HEADINGS.len()] {
    [
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

/// A text that a spreadsheet would compute when it opens a CSV is shown as text (OWASP, "CSV injection"). A number with its
/// sign, above all a phone, is computed to itself and stays.
pub(super) fn no_formula(text: &str) -> String {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let rest = text.strip_prefix(['+', '-']).unwrap_or_default();
    let is_number = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    match begins && !is_number {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::CustomerId;
    use bellhop_domain::retention::Retention;

    #[test]
    fn what_a_spreadsheet_would_compute_is_text() {
        for (given, written) in [
            ("=1+1", "'=1+1"),
            ("+79990001122", "+79990001122"),
            ("-5", "-5"),
            ("+7 999", "'+7 999"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("+", "'+"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("Anna = Eva", "Anna = Eva"),
            ("", ""),
        ] {
            assert_eq!(no_formula(given), written);
        }
    }

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
