//! How much of an order comes back: by one of four scales.

use crate::Percent;
use bellhop_domain::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// By what the percentage of an order is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scale {
    Fixed(Percent),
    /// By this order's total.
    ByOrder(Bands),
    /// By the sum of all orders of the guest that were delivered before it.
    ByAllOrders(Bands),
    /// By the sum of those delivered in so many days of 24 hours before it.
    ByLatelyDelivered {
        days: u16,
        bands: Bands,
    },
}

impl Default for Scale {
    fn default() -> Self {
        Scale::Fixed(Percent::whole(10))
    }
}

/// From which amount on which percentage holds. Each begins where it says, and ends where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Band>", into = "Vec<Band>")]
pub struct Bands(Vec<Band>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Included.
    pub from: Money,
    pub percent: Percent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitBands {
    #[error("a scale has to have a band")]
    None,
    #[error("a band begins below zero")]
    Negative,
    #[error("a band begins where the one before it does, or earlier; write them in ascending order")]
    Unordered,
}

impl TryFrom<Vec<Band>> for Bands {
    type Error = UnfitBands;

    fn try_from(bands: Vec<Band>) -> Result<Self, UnfitBands> {
        let first = bands.first().ok_or(UnfitBands::None)?;
        if first.from < Money(0) {
            return Err(UnfitBands::Negative);
        }
        match bands.is_sorted_by(|a, b| a.from < b.from) {
            true => Ok(Self(bands)),
            false => Err(UnfitBands::Unordered),
        }
    }
}

impl From<Bands> for Vec<Band> {
    fn from(bands: Bands) -> Self {
        bands.0
    }
}

impl Bands {
    /// The band that an amount has reached; none below the first one.
    fn reached(&self, amount: Money) -> Option<Band> {
        self.0.iter().rev().find(|band| band.from <= amount).copied()
    }
}

/// An order of the guest that was delivered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivered {
    pub at: Timestamp,
    pub total: Money,
}

/// A percentage, and what it was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Found {
    pub percent: Percent,
    /// The amount that was compared with the bands, and from where the band reaches; absent if the scale is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reached {
    pub amount: Money,
    /// Where its band begins; absent below the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Money>,
    /// Over so many days before the order; absent if over all time, or by this order alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

impl Scale {
    /// The percentage of an order of this total at this instant, after these deliveries.
    pub fn find(&self, total: Money, at: Timestamp, before: &[Delivered]) -> Found {
        let sum = |since: Option<Timestamp>| {
            let counted = before
                .iter()
                .filter(|it| it.at < at && since.is_none_or(|since| it.at >= since));
            Money(counted.map(|it| it.total.0).sum())
        };
        let (bands, amount, days) = match self {
            Scale::Fixed(percent) => {
                let (percent, reached) = (*percent, None);
                return Found { percent, reached };
            }
            Scale::ByOrder(bands) => (bands, total, None),
            Scale::ByAllOrders(bands) => (bands, sum(None), None),
            Scale::ByLatelyDelivered { days, bands } => {
                (bands, sum(Some(at.minus(DAY * u32::from(*days)))), Some(*days))
            }
        };
        let band = bands.reached(amount);
        Found {
            percent: band.map_or(Percent::NONE, |band| band.percent),
            reached: Some(Reached {
                amount,
                from: band.map(|band| band.from),
                days,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(json: &str) -> Scale {
        serde_json::from_str(json).unwrap()
    }

    fn money(units: i64) -> Money {
        Money(units * bellhop_domain::money::UNITS)
    }

    const NOW: Timestamp = Timestamp(100 * 86_400_000);

    fn days_ago(days: i64, total: i64) -> Delivered {
        let at = Timestamp(NOW.0 - days * 86_400_000);
        Delivered {
            at,
            total: money(total),
        }
    }

    #[test]
    fn a_band_begins_where_it_says() {
        let by_order =
            scale(r#"{"by_order":[{"from":0,"percent":3},{"from":2000,"percent":5},{"from":3000,"percent":7}]}"#);
        for (total, percent) in [(0, 3), (1_999, 3), (2_000, 5), (2_999, 5), (3_000, 7), (90_000, 7)] {
            let found = by_order.find(money(total), NOW, &[]);
            assert_eq!(found.percent, Percent::whole(percent), "{total}");
        }
        let from_500 = scale(r#"{"by_order":[{"from":500,"percent":5}]}"#);
        assert_eq!(from_500.find(money(499), NOW, &[]).percent, Percent::NONE);
    }

    #[test]
    fn what_was_delivered_before_counts_and_this_order_does_not() {
        let cumulative = scale(
            r#"{"by_all_orders":[{"from":0,"percent":3},{"from":5000,"percent":5},{"from":10000,"percent":10}]}"#,
        );
        let history = [days_ago(400, 4_000), days_ago(10, 1_000), days_ago(0, 9_000)];
        let found = cumulative.find(money(7_000), NOW, &history);
        assert_eq!(found.percent, Percent::whole(5), "of now nothing counts: {found:?}");
        let later = cumulative.find(money(7_000), Timestamp(NOW.0 + 1), &history);
        assert_eq!(later.percent, Percent::whole(10));
    }

    #[test]
    fn of_a_period_what_is_older_is_forgotten() {
        let lately = scale(
            r#"{"by_lately_delivered":{"days":30,"bands":[{"from":0,"percent":3},{"from":5000,"percent":5},{"from":10000,"percent":7}]}}"#,
        );
        let found = |history: &[Delivered]| lately.find(money(1), NOW, history).percent;
        assert_eq!(
            found(&[days_ago(30, 5_000)]),
            Percent::whole(5),
            "30 days of 24 hours ago still counts"
        );
        assert_eq!(found(&[days_ago(31, 5_000)]), Percent::whole(3));
        assert_eq!(found(&[days_ago(1, 6_200), days_ago(29, 3_800)]), Percent::whole(7));
    }

    #[test]
    fn bands_are_in_order() {
        for bad in [
            r#"{"by_order":[]}"#,
            r#"{"by_order":[{"from":-1,"percent":3}]}"#,
            r#"{"by_order":[{"from":5,"percent":3},{"from":5,"percent":4}]}"#,
            r#"{"by_order":[{"from":5,"percent":3,"to":9}]}"#,
            r#"{"by_luck":3}"#,
        ] {
            assert!(serde_json::from_str::<Scale>(bad).is_err(), "{bad}");
        }
        assert_eq!(scale(r#"{"fixed":10}"#), Scale::default());
    }
}
