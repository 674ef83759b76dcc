//! Groups of guests, and how they move between them (PRODUCT.md §15: groups).

use crate::{Dishes, Percent};
use bellhop_domain::Money;
use serde::{Deserialize, Serialize};

/// A group of guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    /// Off these dishes; off all if none are named.
    #[serde(default)]
    pub discount: Percent,
    #[serde(default)]
    pub discount_on: Dishes,
    /// All that a guest has ever spent brings them here from this sum on; by hand only if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter_from: Option<Money>,
    /// What a guest has to spend in a period to stay; absent: nobody is demoted from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<Stay>,
    /// Operations and bonuses a day at most; without a limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations_a_day: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonuses_a_day: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stay {
    /// In so many days of 24 hours before now.
    pub days: u16,
    pub at_least: Money,
    /// The group of whoever spends less.
    pub else_to: String,
}

/// A move, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub to: String,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// All that was ever spent has reached where the group begins.
    Reached { ever: Money, from: Money },
    /// What was lately spent is less than the group asks for.
    FellShort { lately: Money, at_least: Money, days: u16 },
}

/// Where a guest moves by themselves, if anywhere: `ever` is the sum of all their delivered orders, `lately` that of a number of
/// days before now.
///
/// Who has fallen short is demoted once, to the named group; they rise again when they reach a higher one than that, and only as
/// far as they can stay. A group that nobody enters by themselves is left only by hand, or by falling short of its own rule.
pub fn moves(groups: &[Group], now_in: Option<&str>, ever: Money, lately: impl Fn(u16) -> Money) -> Option<Move> {
    let own = now_in.and_then(|name| groups.iter().find(|group| group.name == name));
    let begins = own.and_then(|group| group.enter_from);
    let higher = groups.iter().filter(|group| {
        let from = group.enter_from;
        from.is_some_and(|from| from <= ever && begins.is_none_or(|own| from > own))
            && falls_short(group, &lately).is_none()
    });
    let by_hand_only = own.is_some_and(|group| group.enter_from.is_none());
    if let Some(best) = higher.max_by_key(|group| group.enter_from).filter(|_| !by_hand_only)
        && let Some(from) = best.enter_from
    {
        return Some(Move {
            to: best.name.clone(),
            why: Why::Reached { ever, from },
        });
    }
    let (stay, lately) = own.and_then(|group| falls_short(group, &lately))?;
    (Some(stay.else_to.as_str()) != now_in).then(|| Move {
        to: stay.else_to.clone(),
        why: Why::FellShort {
            lately,
            at_least: stay.at_least,
            days: stay.days,
        },
    })
}

/// What a group asks for, if the guest has spent less.
fn falls_short(group: &Group, lately: impl Fn(u16) -> Money) -> Option<(&Stay, Money)> {
    let stay = group.stay.as_ref()?;
    let spent = lately(stay.days);
    (spent < stay.at_least).then_some((stay, spent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::money::UNITS;

    fn groups(flags: &str) -> Vec<Group> {
        let json = format!(
            r#"[{{"name":"guest","enter_from":0}},
                {{"name":"friend","enter_from":500,"discount":5}},
                {{"name":"family","enter_from":1000,"discount":10{flags}}},
                {{"name":"staff","discount":30}}]"#
        );
        serde_json::from_str(&json).unwrap()
    }

    const STAY: &str = r#","stay":{"days":90,"at_least":300,"else_to":"friend"}"#;

    fn to(groups: &[Group], now_in: Option<&str>, ever: i64, lately: i64) -> Option<String> {
        let it = moves(groups, now_in, Money(ever * UNITS), |_| Money(lately * UNITS));
        it.map(|it| it.to)
    }

    #[test]
    fn guests_rise_by_all_that_they_spend() {
        let groups = groups("");
        for (now_in, ever, moved) in [
            (None, 0, Some("guest")),
            (Some("guest"), 499, None),
            (Some("guest"), 500, Some("friend")),
            (Some("friend"), 999, None),
            (Some("guest"), 1_000, Some("family")),
            (Some("family"), 5_000, None),
        ] {
            assert_eq!(to(&groups, now_in, ever, 0).as_deref(), moved, "{now_in:?} {ever}");
        }
    }

    #[test]
    fn who_falls_short_goes_where_it_says_and_does_not_bounce() {
        let groups = groups(STAY);
        assert_eq!(to(&groups, Some("family"), 5_000, 300), None);
        assert_eq!(to(&groups, Some("family"), 5_000, 299).as_deref(), Some("friend"));
        assert_eq!(to(&groups, Some("friend"), 5_000, 299), None, "not back at once");
        assert_eq!(to(&groups, Some("friend"), 5_000, 300).as_deref(), Some("family"));
    }

    #[test]
    fn who_was_put_somewhere_by_hand_stays() {
        let groups = groups(STAY);
        assert_eq!(to(&groups, Some("staff"), 5_000, 5_000), None);
        // A group that is not there any more is none.
        assert_eq!(to(&groups, Some("gone"), 600, 0).as_deref(), Some("friend"));
    }

    #[test]
    fn a_move_explains_itself() {
        let it = moves(&groups(STAY), Some("family"), Money(5_000 * UNITS), |_| {
            Money(299 * UNITS)
        });
        let told = serde_json::to_value(it.unwrap()).unwrap();
        let expected = serde_json::json!({ "to": "friend", "why": { "fell_short": { "lately": "299.00", "at_least": "300.00", "days": 90 } } });
        assert_eq!(told, expected);
    }
}
