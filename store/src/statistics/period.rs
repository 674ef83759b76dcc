//! What a report on a period holds.

use super::restaurants::OfRestaurant;
use bellhop_domain::{Channel, CustomerId, MailingId, Money, ProgramId, Timestamp};
use std::collections::{BTreeMap, HashSet};

/// From an instant, until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// What was sent, and what that brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brought {
    pub planned: u64,
    /// Messages that a provider took; an open proves it where the answer was lost.
    pub sent: u64,
    pub opened: u64,
    pub channels: BTreeMap<Channel, OfChannel>,
    pub orders: u64,
    pub revenue: Money,
    /// Guests with such an order.
    pub buyers: HashSet<CustomerId>,
}

/// The same of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfChannel {
    pub sends: u64,
    pub sent: u64,
    pub delivered: u64,
    pub opened: u64,
    pub cost: Money,
}

/// A mailing of the period; that of a program's version says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfMailing {
    pub mailing: MailingId,
    pub name: String,
    pub program: Option<(ProgramId, String)>,
    pub brought: Brought,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub mailings: Vec<OfMailing>,
    pub restaurants: Vec<OfRestaurant>,
    /// Guests' own words against marketing, by channel; `None` is all channels at once.
    pub opt_outs: BTreeMap<Option<Channel>, u64>,
    /// The organisation's, ISO 4217.
    pub currency: String,
}

pub(super) type ByMailing = BTreeMap<MailingId, Brought>;

/// As a list in SQL.
pub(super) fn numbers(runs: impl Iterator<Item = i64>) -> String {
    let numbers: Vec<String> = runs.map(|run| run.to_string()).collect();
    numbers.join(", ")
}
