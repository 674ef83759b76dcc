//! What a card changes in what is known of a customer: a pure rule.

use super::CustomerCard;
use bellhop_domain::Timestamp;

/// The plain columns of a customer, as the row holds them. The id is 0 until the row exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CustomerRow {
    pub id: i64,
    pub external_id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// `YYYY-MM-DD`.
    pub birthday: Option<String>,
    pub birth_month_day: Option<i16>,
    /// When the birthday was told; `None` if a file brought it.
    pub birth_told_at: Option<Timestamp>,
    pub locale: Option<String>,
    pub timezone: Option<String>,
    pub restaurant: Option<i64>,
    pub comment: Option<String>,
    pub registered_at: Option<Timestamp>,
}

impl CustomerRow {
    /// Takes in what a card says; what it leaves out stays. Returns whether anything changed. `told_at` is when guests, or a
    /// system for them, said what the card says; `None` of a file.
    pub fn absorb(&mut self, card: &CustomerCard, restaurant: Option<i64>, told_at: Option<Timestamp>) -> bool {
        let before = self.clone();
        // The same date again is no news.
        let other_day = card
            .birthday
            .filter(|day| self.birth_month_day != Some(day.month_day()));
        if other_day.is_some() {
            self.birth_told_at = told_at;
        }
        let timezone = card.timezone.as_ref().map(|zone| zone.name().to_owned());
        replace(&mut self.name, card.name.clone());
        replace(&mut self.email, card.email.clone());
        replace(&mut self.birthday, card.birthday.map(|day| day.iso()));
        replace(&mut self.birth_month_day, card.birthday.map(|day| day.month_day()));
        replace(&mut self.locale, card.locale.clone());
        replace(&mut self.timezone, timezone);
        replace(&mut self.restaurant, restaurant);
        replace(&mut self.comment, card.comment.clone());
        replace(&mut self.registered_at, card.registered_at);
        *self != before
    }
}

fn replace<T>(known: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *known = said;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cell_keeps_what_is_there() {
        let mut row = CustomerRow::default();
        let anna = CustomerCard {
            external_id: "c1".into(),
            name: Some("Anna".into()),
            birthday: "28.02.1990".parse().ok(),
            ..CustomerCard::default()
        };
        assert!(row.absorb(&anna, Some(7), None));
        assert!(!row.absorb(&anna, None, None));
        assert!(!row.absorb(&CustomerCard::default(), None, None));
        assert_eq!(row.birthday.as_deref(), Some("1990-02-28"));
        assert_eq!((row.birth_month_day, row.restaurant), (Some(228), Some(7)));
        assert!(row.absorb(
            &CustomerCard {
                name: Some("Anne".into()),
                ..CustomerCard::default()
            },
            None,
            None
        ));
    }

    #[test]
    fn another_birthday_is_told_when_it_is_and_by_a_file_never() {
        let card = |day: &str| CustomerCard {
            birthday: day.parse().ok(),
            ..CustomerCard::default()
        };
        let mut row = CustomerRow::default();
        for (day, told_at, expected) in [
            ("1990-02-28", None, None),
            ("1990-02-28", Some(5), None),
            ("1990-03-01", Some(6), Some(6)),
            // The year alone, or the same again, is no other day.
            ("1991-03-01", Some(7), Some(6)),
            ("1991-03-01", None, Some(6)),
            ("1991-03-02", None, None),
        ] {
            row.absorb(&card(day), None, told_at.map(Timestamp));
            assert_eq!(row.birth_told_at, expected.map(Timestamp), "{day} {told_at:?}");
        }
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in [
            "1990-02-30",
            "31.04.2001",
            "",
            "1990",
            "02/03/1990",
            "0001-01-01",
            "99.99.9999",
        ] {
            assert!(text.parse::<crate::guests::Birthday>().is_err(), "{text}");
        }
    }
}
