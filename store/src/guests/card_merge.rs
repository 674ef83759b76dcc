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
    pub locale: Option<String>,
    pub timezone: Option<String>,
    pub restaurant: Option<i64>,
    pub comment: Option<String>,
    pub registered_at: Option<Timestamp>,
}

impl CustomerRow {
    /// Takes in what a card says; what it leaves out stays. Returns whether anything changed.
    pub fn absorb(&mut self, card: &CustomerCard, restaurant: Option<i64>) -> bool {
        let before = self.clone();
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
        assert!(row.absorb(&anna, Some(7)));
        assert!(!row.absorb(&anna, None));
        assert!(!row.absorb(&CustomerCard::default(), None));
        assert_eq!(row.birthday.as_deref(), Some("1990-02-28"));
        assert_eq!((row.birth_month_day, row.restaurant), (Some(228), Some(7)));
        assert!(row.absorb(
            &CustomerCard {
                name: Some("Anne".into()),
                ..CustomerCard::default()
            },
            None
        ));
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
