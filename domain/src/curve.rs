//! What a mailing did over time: quarters of an hour as they were counted, gathered by the organisation's own hours or days.
//!
//! Every zone's clock differs from UTC by whole quarters of an hour (those of before 1972 aside), so that what was counted once,
//! by UTC, can be told by any clock, whatever its clocks are put forward or back.

use crate::money::Amount;
use crate::{Money, Timestamp, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The length of a slot.
pub const SLOT_MS: i64 = 15 * 60 * 1_000;

/// What happened in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Happened {
    /// Messages that were planned, or asked for one by one.
    pub planned: u64,
    /// Messages that a provider took first; an open proves it where the answer was lost.
    pub sent: u64,
    /// Messages of which the first receipt of arrival says then.
    pub delivered: u64,
    /// Messages opened for the first time.
    pub opened: u64,
    /// Credited orders that were placed.
    pub orders: u64,
    pub revenue: Money,
}

/// What happened in each slot: its number is the time since 1970 in quarters of an hour.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slots(BTreeMap<i64, Happened>);

/// By what slots are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    #[default]
    Hour,
    Day,
}

/// What happened in an hour or a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bucket {
    /// When it begins, by the organisation's clock.
    pub from: String,
    pub planned: u64,
    pub sent: u64,
    pub delivered: u64,
    pub opened: u64,
    pub orders: u64,
    pub revenue: Amount,
}

impl Happened {
    pub fn add(&mut self, other: &Happened) {
        self.planned += other.planned;
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.opened += other.opened;
        self.orders += other.orders;
        self.revenue.0 += other.revenue.0;
    }
}

impl Slots {
    /// What happened in a slot, to be added to.
    pub fn of(&mut self, slot: i64) -> &mut Happened {
        self.0.entry(slot).or_default()
    }

    pub fn at(&mut self, at: Timestamp) -> &mut Happened {
        self.of(at.0.div_euclid(SLOT_MS))
    }

    pub fn add(&mut self, other: &Slots) {
        for (slot, happened) in &other.0 {
            self.of(*slot).add(happened);
        }
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Happened)> {
        self.0.iter().map(|(slot, happened)| (*slot, happened))
    }

    /// All of it.
    pub fn sum(&self) -> Happened {
        let mut sum = Happened::default();
        self.0.values().for_each(|it| sum.add(it));
        sum
    }

    /// Gathered by a zone's hours or days, in their order. Those in which nothing happened are left out.
    pub fn gathered(&self, by: By, zone: &Zone, decimals: u32) -> Vec<Bucket> {
        let mut gathered: BTreeMap<Timestamp, Happened> = BTreeMap::new();
        for (slot, happened) in &self.0 {
            let begins = begins(Timestamp(slot.saturating_mul(SLOT_MS)), by, zone);
            gathered.entry(begins).or_default().add(happened);
        }
        let told = gathered.into_iter().map(|(begins, it)| Bucket {
            from: zone.rfc3339(begins).unwrap_or_else(|_| begins.to_rfc3339()),
            planned: it.planned,
            sent: it.sent,
            delivered: it.delivered,
            opened: it.opened,
            orders: it.orders,
            revenue: Amount {
                money: it.revenue,
                decimals,
            },
        });
        told.collect()
    }
}

/// When the hour or day of an instant begins by a zone's clock. Of the hour that an autumn repeats, each is an hour of its own.
fn begins(at: Timestamp, by: By, zone: &Zone) -> Timestamp {
    let Ok(local) = zone.local(at) else { return at };
    let into = (i64::from(local.minute()) * 60 + i64::from(local.second())) * 1_000;
    match by {
        By::Hour => Timestamp(at.0 - into),
        By::Day => {
            let midnight = local.date().to_datetime(jiff::civil::Time::midnight());
            zone.first_at(midnight).unwrap_or(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(zone: &str, by: By, instants: &[&str]) -> Vec<(String, u64)> {
        let zone = Zone::named(zone).unwrap();
        let mut slots = Slots::default();
        for at in instants {
            slots.at(Zone::utc().parse(at).unwrap()).sent += 1;
        }
        let buckets = slots.gathered(by, &zone, 2).into_iter();
        buckets.map(|it| (it.from, it.sent)).collect()
    }

    fn named(told: Vec<(String, u64)>) -> Vec<String> {
        told.into_iter().map(|(from, sent)| format!("{from} {sent}")).collect()
    }

    #[test]
    fn hours_and_days_are_the_organisations_own() {
        let at = ["2026-03-01T20:59:59Z", "2026-03-01T21:00:00Z", "2026-03-01T21:44:00Z"];
        assert_eq!(
            named(told("Europe/Moscow", By::Day, &at)),
            ["2026-03-01T00:00:00+03:00 1", "2026-03-02T00:00:00+03:00 2"]
        );
        assert_eq!(
            named(told(
                "Asia/Kolkata",
                By::Hour,
                &["2026-03-01T20:29:00Z", "2026-03-01T20:30:00Z"]
            )),
            ["2026-03-02T01:00:00+05:30 1", "2026-03-02T02:00:00+05:30 1"]
        );
        assert_eq!(
            named(told(
                "Asia/Kathmandu",
                By::Hour,
                &["2026-03-01T20:14:00Z", "2026-03-01T20:15:00Z"]
            )),
            ["2026-03-02T01:00:00+05:45 1", "2026-03-02T02:00:00+05:45 1"]
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_two_and_a_short_day_is_one() {
        let autumn = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:59:00Z"];
        assert_eq!(
            named(told("Europe/Berlin", By::Hour, &autumn[..2])),
            ["2026-10-25T02:00:00+02:00 1", "2026-10-25T02:00:00+01:00 1"]
        );
        assert_eq!(
            named(told("Europe/Berlin", By::Day, &autumn)),
            ["2026-10-25T00:00:00+02:00 3"]
        );
        // A day that begins at one o'clock.
        assert_eq!(
            named(told("Africa/Cairo", By::Day, &["2026-04-23T22:30:00Z"])),
            ["2026-04-24T01:00:00+03:00 1"]
        );
    }

    #[test]
    fn what_was_counted_apart_is_added_up() {
        let (mut one, mut other) = (Slots::default(), Slots::default());
        one.of(5).planned = 3;
        other.of(5).planned = 4;
        other.of(6).revenue = Money(10);
        one.add(&other);
        let sum = one.sum();
        assert_eq!((sum.planned, sum.revenue), (7, Money(10)));
        let kept: Slots = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(kept, one);
    }
}
