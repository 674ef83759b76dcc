//! Levels of guests by what they spend (PRODUCT.md §15: levels).

use crate::Percent;
use bellhop_domain::Money;
use serde::{Deserialize, Serialize};

/// Levels in ascending order, by the sum of orders delivered in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Levels {
    days: u16,
    levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    pub name: String,
    /// As `#rrggbb`.
    pub colour: String,
    /// Up to this sum, excluded; the highest level has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Money>,
    pub earned: Percent,
    /// Of an order may be paid with bonuses.
    pub payable: Percent,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The period, in days of 24 hours.
    days: u16,
    levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitLevels {
    #[error("there has to be a level, and a period of one day or more")]
    None,
    #[error("two levels are called {0:?}")]
    NamedTwice(String),
    #[error("level {0:?} ends where the one before it does, or earlier; write them in ascending order")]
    Unordered(String),
    #[error("only the highest level has no end; give {0:?} one")]
    Endless(String),
    #[error("the highest level, {0:?}, has to have no end")]
    Ended(String),
    #[error("{0:?} is no colour; write it like #f4b400")]
    Colour(String),
}

impl TryFrom<Written> for Levels {
    type Error = UnfitLevels;

    fn try_from(it: Written) -> Result<Self, UnfitLevels> {
        let Some((highest, others)) = it.levels.split_last().filter(|_| it.days > 0) else {
            return Err(UnfitLevels::None);
        };
        if highest.below.is_some() {
            return Err(UnfitLevels::Ended(highest.name.clone()));
        }
        let mut end = Money(0);
        for level in others {
            match level.below {
                None => return Err(UnfitLevels::Endless(level.name.clone())),
                Some(below) if below <= end => return Err(UnfitLevels::Unordered(level.name.clone())),
                Some(below) => end = below,
            }
        }
        for (i, level) in it.levels.iter().enumerate() {
            if it.levels[..i].iter().any(|other| other.name == level.name) {
                return Err(UnfitLevels::NamedTwice(level.name.clone()));
            }
            let hex = level.colour.strip_prefix('#');
            if !hex.is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
                return Err(UnfitLevels::Colour(level.colour.clone()));
            }
        }
        let Written { days, levels } = it;
        Ok(Self { days, levels })
    }
}

impl From<Levels> for Written {
    fn from(it: Levels) -> Self {
        let Levels { days, levels } = it;
        Self { days, levels }
    }
}

/// Where a guest stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing<'a> {
    pub level: &'a Level,
    /// The next level, and what is missing to it; absent at the highest.
    pub next: Option<(&'a Level, Money)>,
}

impl Levels {
    /// The period over which orders are summed up.
    pub fn days(&self) -> u16 {
        self.days
    }

    /// The level of a guest whose orders of the period come to this sum.
    pub fn standing(&self, sum: Money) -> Standing<'_> {
        let at = self
            .levels
            .iter()
            .position(|level| level.below.is_none_or(|below| sum < below));
        // The highest level has no end, so that one is always found.
        let at = at.unwrap_or(self.levels.len() - 1);
        let level = &self.levels[at];
        let next = self.levels.get(at + 1).zip(level.below);
        Standing {
            level,
            next: next.map(|(next, below)| (next, Money(below.0 - sum.0))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::money::UNITS;

    const LEVELS: &str = r##"{"days":30,"levels":[
        {"name":"Start","colour":"#cccccc","below":5000,"earned":3,"payable":20},
        {"name":"Silver","colour":"#888888","below":10000,"earned":5,"payable":30},
        {"name":"Gold","colour":"#f4b400","earned":7,"payable":50}]}"##;

    #[test]
    fn a_level_ends_where_the_next_begins() {
        let levels: Levels = serde_json::from_str(LEVELS).unwrap();
        for (sum, name, next) in [
            (0, "Start", Some(("Silver", 5_000))),
            (4_999, "Start", Some(("Silver", 1))),
            (5_000, "Silver", Some(("Gold", 5_000))),
            (10_000, "Gold", None),
            (90_000, "Gold", None),
        ] {
            let it = levels.standing(Money(sum * UNITS));
            assert_eq!(it.level.name, name, "{sum}");
            let told = it.next.map(|(level, missing)| (level.name.as_str(), missing.0 / UNITS));
            assert_eq!(told, next, "{sum}");
        }
    }

    #[test]
    fn levels_that_do_not_go_together_are_refused() {
        for (from, to) in [
            (r#""below":10000,"#, r#""below":5000,"#),
            (r#""below":10000,"#, ""),
            (r#""name":"Gold","#, r#""name":"Start","#),
            (r##""colour":"#f4b400""##, r#""colour":"gold""#),
            (r##""colour":"#f4b400""##, r##""colour":"#f4b400","below":20000"##),
            (r#""days":30"#, r#""days":0"#),
        ] {
            let bad = LEVELS.replace(from, to);
            assert!(serde_json::from_str::<Levels>(&bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Levels>(r#"{"days":30,"levels":[]}"#).is_err());
    }
}
