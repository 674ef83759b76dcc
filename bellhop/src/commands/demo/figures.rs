//! The demo's last table: what went out by each way, beside what its provider counted.

use super::brands::{Brand, WAYS, Way};
use super::say;
use crate::commands::table;
use anyhow::{Result, ensure};
use bellhop_domain::statistics::MailingStatistics;
use bellhop_simulator::Summary;
use serde::Serialize;

/// The figures of one way, over all mailings of its brand.
#[derive(Debug, Serialize)]
pub struct Figures {
    channel: &'static str,
    through: &'static str,
    /// Messages that came to this channel: accepted or failed there.
    tried: u64,
    accepted: u64,
    /// `None` if the channel has no receipts.
    delivered: Option<u64>,
    /// Messages first opened here; for WhatsApp, also those that were read.
    opened: u64,
    failed: u64,
    /// What the simulated providers say they accepted.
    accepted_by_providers: u64,
    /// Of these, the messages that had been accepted before.
    doubled: u64,
}

impl Figures {
    fn of(way: &Way, mailings: &[(Brand, MailingStatistics)], providers: &Summary) -> Self {
        let of_brand = mailings.iter().filter(|(brand, _)| *brand == way.brand);
        let channels: Vec<_> = of_brand
            .filter_map(|(_, told)| told.channels.get(&way.channel))
            .collect();
        let accepted = channels.iter().map(|c| c.sent).sum();
        let failed = channels.iter().flat_map(|c| c.failed.values()).sum();
        let lanes = || way.lanes.iter().filter_map(|lane| providers.channels.get(*lane));
        Self {
            channel: way.channel.name(),
            through: way.through,
            tried: accepted + failed,
            accepted,
            delivered: channels.iter().map(|c| c.delivered).sum(),
            opened: channels.iter().map(|c| c.opened).sum(),
            failed,
            accepted_by_providers: lanes().map(|lane| lane.accepted).sum(),
            doubled: lanes().map(|lane| lane.duplicates).sum(),
        }
    }

    /// Whether every message that a provider accepted has been reported, if the channel has reports.
    fn is_reported(&self) -> bool {
        self.delivered.is_none_or(|delivered| delivered == self.accepted)
    }

    fn row(&self) -> Vec<String> {
        let delivered = self.delivered.map_or_else(|| "–".to_owned(), |n| n.to_string());
        let numbers = [self.opened, self.failed, self.accepted_by_providers, self.doubled];
        let words = [
            self.channel.replace('_', " "),
            self.through.to_owned(),
            self.tried.to_string(),
            self.accepted.to_string(),
            delivered,
        ];
        words.into_iter().chain(numbers.map(|n| n.to_string())).collect()
    }
}

pub fn of_all(mailings: &[(Brand, MailingStatistics)], providers: &Summary) -> Vec<Figures> {
    WAYS.iter().map(|way| Figures::of(way, mailings, providers)).collect()
}

/// Whether no delivery report is still to come.
pub fn are_final(figures: &[Figures]) -> bool {
    figures.iter().all(Figures::is_reported)
}

pub fn print(figures: &[Figures]) {
    let header = [
        "channel",
        "through",
        "tried",
        "accepted",
        "delivered",
        "opened",
        "failed",
        "provider's count",
        "doubled",
    ];
    let rows: Vec<_> = figures.iter().map(Figures::row).collect();
    print!("{}", table::render(&header, &rows));
}

/// The figures must add up before anybody is asked to believe them.
pub fn check(mailings: &[(Brand, MailingStatistics)], figures: &[Figures]) -> Result<()> {
    let (mut planned, mut in_states) = (0, 0);
    for (_, told) in mailings {
        let states: u64 = told.by_state.values().sum();
        ensure!(
            states == told.planned,
            "figures do not add up: {} planned, {states} in states",
            told.planned
        );
        (planned, in_states) = (planned + told.planned, in_states + states);
    }
    for it in figures {
        ensure!(
            it.accepted == it.accepted_by_providers,
            "figures do not add up: {} through {}: {} accepted, the provider counts {}",
            it.channel,
            it.through,
            it.accepted,
            it.accepted_by_providers
        );
    }
    say(&format!(
        "   Figures add up: {planned} planned = {in_states} in states; each channel's accepted = its provider's own count."
    ));
    Ok(())
}
