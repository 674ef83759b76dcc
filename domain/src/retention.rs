//! The retention category (PRODUCT.md §2): a function of a guest's orders, the thresholds and an instant.

use crate::time::{DAY_MS, Timestamp};
use serde::{Deserialize, Serialize};

/// Every customer with an order has exactly one at any instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    New,
    Active,
    Cooling,
    Lost,
    Returned,
}

impl Retention {
    pub const ALL: [Retention; 5] = [
        Retention::New,
        Retention::Active,
        Retention::Cooling,
        Retention::Lost,
        Retention::Returned,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Retention::New => "new",
            Retention::Active => "active",
            Retention::Cooling => "cooling",
            Retention::Lost => "lost",
            Retention::Returned => "returned",
        }
    }
}

/// An organisation's thresholds, in days of 24 hours. Build with [`Thresholds::new`]: cooling < lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawThresholds")]
pub struct Thresholds {
    cooling_days: u32,
    lost_days: u32,
    new_days: u32,
    returned_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThresholds {
    cooling_days: u32,
    lost_days: u32,
    new_days: u32,
    returned_days: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("retention: cooling ({cooling} days) must be less than lost ({lost} days)")]
pub struct CoolingNotBeforeLost {
    cooling: u32,
    lost: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            cooling_days: 14,
            lost_days: 30,
            new_days: 14,
            returned_days: 14,
        }
    }
}

impl TryFrom<RawThresholds> for Thresholds {
    type Error = CoolingNotBeforeLost;
    fn try_from(r: RawThresholds) -> Result<Self, Self::Error> {
        Self::new(r.cooling_days, r.lost_days, r.new_days, r.returned_days)
    }
}

impl Thresholds {
    pub fn new(cooling: u32, lost: u32, new: u32, returned: u32) -> Result<Self, CoolingNotBeforeLost> {
        if cooling >= lost {
            return Err(CoolingNotBeforeLost { cooling, lost });
        }
        Ok(Self {
            cooling_days: cooling,
            lost_days: lost,
            new_days: new,
            returned_days: returned,
        })
    }

    /// In milliseconds, as the rules and the generated SQL compare them.
    pub fn cooling_ms(&self) -> i64 {
        i64::from(self.cooling_days) * DAY_MS
    }
    pub fn lost_ms(&self) -> i64 {
        i64::from(self.lost_days) * DAY_MS
    }
    pub fn new_ms(&self) -> i64 {
        i64::from(self.new_days) * DAY_MS
    }
    pub fn returned_ms(&self) -> i64 {
        i64::from(self.returned_days) * DAY_MS
    }
}

/// What the category depends on: F, L and R of PRODUCT.md §2, over the orders that count before the instant asked
/// about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderFacts {
    /// F, the first order.
    pub first: Timestamp,
    /// L, the latest order.
    pub latest: Timestamp,
    /// R, the latest order placed more than *cooling* after the order before it.
    pub returned: Option<Timestamp>,
}

impl OrderFacts {
    /// The facts of orders placed at these instants, in ascending order; `None` if there are none.
    pub fn of(placed: &[Timestamp], thresholds: &Thresholds) -> Option<Self> {
        let (first, latest) = (*placed.first()?, *placed.last()?);
        let returned = placed
            .windows(2)
            .filter(|w| w[1].0 - w[0].0 > thresholds.cooling_ms())
            .map(|w| w[1])
            .next_back();
        Some(Self {
            first,
            latest,
            returned,
        })
    }
}

/// The category at `t`. All of `facts` must lie before `t`.
pub fn category(facts: &OrderFacts, thresholds: &Thresholds, t: Timestamp) -> Retention {
    let ago = |then: Timestamp| t.0 - then.0;
    if ago(facts.latest) > thresholds.lost_ms() {
        Retention::Lost
    } else if ago(facts.latest) > thresholds.cooling_ms() {
        Retention::Cooling
    } else if facts.returned.is_some_and(|r| ago(r) < thresholds.returned_ms()) {
        Retention::Returned
    } else if ago(facts.first) < thresholds.new_ms() {
        Retention::New
    } else {
        Retention::Active
    }
}

/// The moves from the latest order on if nobody orders again: into which category, and the first instant at which a guest
/// is in it. The first of them is the latest order's own, if that is what made a guest new or returned.
pub fn moves(facts: &OrderFacts, thresholds: &Thresholds) -> Vec<(Timestamp, Retention)> {
    let after = |then: Timestamp, span: i64| Timestamp(then.0.saturating_add(span));
    // An order counts from the millisecond after it.
    let begin = after(facts.latest, 1);
    let mut instants = vec![
        after(facts.latest, thresholds.lost_ms() + 1),
        after(facts.latest, thresholds.cooling_ms() + 1),
        after(facts.first, thresholds.new_ms()),
    ];
    instants.extend(facts.returned.map(|it| after(it, thresholds.returned_ms())));
    instants.retain(|at| *at > begin);
    instants.sort_unstable();
    let first = category(facts, thresholds, begin);
    let by_order = match first {
        Retention::New => facts.first == facts.latest,
        Retention::Returned => facts.returned == Some(facts.latest),
        Retention::Active | Retention::Cooling | Retention::Lost => false,
    };
    let mut moves: Vec<_> = by_order.then_some((begin, first)).into_iter().collect();
    let mut before = first;
    for at in instants {
        let now = category(facts, thresholds, at);
        if now != before {
            moves.push((at, now));
        }
        before = now;
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: &[f64], t: f64) -> Option<Retention> {
        let ms = |d: f64| Timestamp((d * DAY_MS as f64) as i64);
        let placed: Vec<_> = days.iter().map(|d| ms(*d)).filter(|p| *p < ms(t)).collect();
        let thresholds = Thresholds::default();
        OrderFacts::of(&placed, &thresholds).map(|f| category(&f, &thresholds, ms(t)))
    }

    #[test]
    fn every_border_is_on_its_side() {
        use Retention::*;
        let table = [
            (&[][..], 1.0, None),
            (&[0.0], 13.999, Some(New)),
            (&[0.0], 14.0, Some(Active)),
            (&[0.0], 14.001, Some(Cooling)),
            (&[0.0], 30.0, Some(Cooling)),
            (&[0.0], 30.001, Some(Lost)),
            (&[0.0, 14.0], 20.0, Some(Active)),
            (&[0.0, 14.001], 20.0, Some(Returned)),
            (&[0.0, 20.0], 33.999, Some(Returned)),
            (&[0.0, 20.0], 34.0, Some(Active)),
            (&[0.0, 20.0, 30.0], 33.0, Some(Returned)),
            (&[0.0, 20.0], 20.0, Some(Cooling)),
        ];
        for (orders, t, expected) in table {
            assert_eq!(at(orders, t), expected, "{orders:?} at {t}");
        }
    }

    #[test]
    fn moves_are_where_the_category_changes_and_nowhere_else() {
        use Retention::*;
        let thresholds = Thresholds::default();
        let day = |n: f64| Timestamp((n * DAY_MS as f64) as i64);
        for (orders, expected) in [
            // The day on which 14 days are both the end of new and not yet cooling is one millisecond long.
            (
                &[0.0][..],
                &[(0.0, 1, New), (14.0, 0, Active), (14.0, 1, Cooling), (30.0, 1, Lost)][..],
            ),
            (&[0.0, 10.0], &[(14.0, 0, Active), (24.0, 1, Cooling), (40.0, 1, Lost)]),
            (
                &[0.0, 20.0],
                &[
                    (20.0, 1, Returned),
                    (34.0, 0, Active),
                    (34.0, 1, Cooling),
                    (50.0, 1, Lost),
                ],
            ),
            (
                &[0.0, 20.0, 30.0],
                &[(34.0, 0, Active), (44.0, 1, Cooling), (60.0, 1, Lost)],
            ),
        ] {
            let placed: Vec<_> = orders.iter().map(|it| day(*it)).collect();
            let facts = OrderFacts::of(&placed, &thresholds).unwrap();
            let expected: Vec<_> = expected
                .iter()
                .map(|(it, ms, category)| (Timestamp(day(*it).0 + ms), *category))
                .collect();
            assert_eq!(moves(&facts, &thresholds), expected, "{orders:?}");
            // Hour by hour, and at every millisecond around a move, the category is that of the move before.
            let latest = *placed.last().unwrap();
            let hours = (1..24 * 60).map(|hour| Timestamp(latest.0 + hour * DAY_MS / 24));
            let around = expected
                .iter()
                .flat_map(|(at, _)| [Timestamp(at.0 - 1), *at, Timestamp(at.0 + 1)]);
            for at in hours.chain(around).filter(|at| *at > latest) {
                let begin = category(&facts, &thresholds, Timestamp(latest.0 + 1));
                let told = expected
                    .iter()
                    .rev()
                    .find(|(moved, _)| *moved <= at)
                    .map_or(begin, |it| it.1);
                assert_eq!(category(&facts, &thresholds, at), told, "{orders:?} at {at}");
            }
        }
    }

    #[test]
    fn thresholds_must_be_in_order() {
        assert!(Thresholds::new(30, 30, 1, 1).is_err());
        assert!(
            serde_json::from_str::<Thresholds>(r#"{"cooling_days":5,"lost_days":4,"new_days":1,"returned_days":1}"#)
                .is_err()
        );
    }
}
