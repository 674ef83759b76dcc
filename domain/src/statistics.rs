//! What a mailing brought (PRODUCT.md §9): the figures of `bellhop mailing stats`, derived from plain counts.
//!
//! The figures add up: `planned` is the sum of `by_state`, and the channels' `opened` add up to `opened`. A ratio
//! whose divisor is zero is null.

use crate::curve::Slots;
use crate::message::RunState;
use crate::money::Amount;
use crate::{Channel, Money, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// The state of a mailing, which is that of its latest run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailingState {
    /// It has no run yet.
    Draft,
    #[serde(untagged)]
    Run(RunState),
}

impl MailingState {
    pub fn name(self) -> &'static str {
        match self {
            MailingState::Draft => "draft",
            MailingState::Run(state) => state.name(),
        }
    }
}

/// The plain counts, over all runs of a mailing except tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Guests left out by the plan, by [`Exclusion`](crate::exclusion::Exclusion)'s name.
    pub excluded: BTreeMap<&'static str, u64>,
    /// Messages by [`MessageState`](crate::message::MessageState)'s name.
    pub by_state: BTreeMap<&'static str, u64>,
    pub channels: BTreeMap<Channel, ChannelCounts>,
    /// Messages whose personal link was followed by a person after an SMS.
    pub opened_sms_link: u64,
    /// Distinct guests, and endpoints without a guest, that a message was sent to.
    pub recipients: u64,
    pub credited: Credited,
    /// Why messages are in their states, by the recorded reason.
    pub reasons: Vec<ReasonCount>,
    /// When it happened; empty unless that was asked.
    pub slots: Slots,
}

/// The messages in one state for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// A [`MessageState`](crate::message::MessageState)'s name.
    pub state: &'static str,
    /// The reason; docs/words.md defines each.
    pub reason: String,
    pub messages: u64,
    /// When the first of them may continue, or could have gone out; absent if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_from: Option<Timestamp>,
    /// The same for the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelCounts {
    /// Messages that a provider has ever accepted here.
    pub sent: u64,
    /// Attempts that were accepted: more than `sent` where a message was sent again.
    pub accepted_attempts: u64,
    /// Messages with a receipt of arrival.
    pub delivered: u64,
    /// Messages whose last outcome on this channel was a failure, by the recorded reason.
    pub failed: Vec<(String, u64)>,
    /// Messages whose first open was on this channel.
    pub opened: u64,
    pub cost: Money,
}

/// Orders that count for a mailing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credited {
    pub orders: u64,
    pub revenue: Money,
    /// Distinct recipients with such an order.
    pub recipients: u64,
    /// Orders with the target promo by guests who were not recipients; in none of the figures above.
    pub orders_by_non_recipients: u64,
    pub revenue_by_non_recipients: Money,
}

/// The statistics of one mailing; its JSON keys are a contract, and docs/statistics.md defines each. Money is in the
/// organisation's currency, with its decimals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MailingStatistics {
    pub state: MailingState,
    /// Messages planned; excluded guests are not among them.
    pub planned: u64,
    pub excluded: BTreeMap<&'static str, u64>,
    pub by_state: BTreeMap<&'static str, u64>,
    /// Why messages were not sent, or not yet, and when they will continue.
    pub reasons: Vec<ReasonCount>,
    pub channels: BTreeMap<Channel, ChannelStatistics>,
    /// Every push, SMS or other message that a provider accepted: more than one for a guest who got several.
    pub sends: u64,
    /// Distinct guests, and apps without a guest, that a message was sent to.
    pub guests_reached: u64,
    pub opened: u64,
    pub opened_sms_link: u64,
    pub orders: u64,
    /// Distinct guests with such an order.
    pub buyers: u64,
    pub average_check: Option<Amount>,
    pub revenue: Amount,
    /// Revenue ÷ `sends`: what one push, SMS or other message brought.
    pub revenue_per_send: Option<Amount>,
    /// The same under its former name.
    pub revenue_per_message: Option<Amount>,
    /// Revenue ÷ `guests_reached`: what one guest brought.
    pub revenue_per_guest_reached: Option<Amount>,
    /// `buyers` among `guests_reached`, from 0 to 1.
    pub conversion: Option<f64>,
    pub cost: Amount,
    pub orders_by_non_recipients: u64,
    pub revenue_by_non_recipients: Amount,
    /// When the figures were read.
    pub as_of: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelStatistics {
    pub sent: u64,
    /// `None` if the channel has no receipts.
    pub delivered: Option<u64>,
    pub failed: BTreeMap<String, u64>,
    pub opened: u64,
    pub cost: Amount,
}

impl MailingStatistics {
    /// Derives the figures. `channels` are those of the mailing's waterfall, which are shown even if nothing has gone
    /// out on them yet. `decimals` are those of the currency.
    pub fn new(
        state: MailingState,
        channels: impl IntoIterator<Item = Channel>,
        mut counts: Counts,
        decimals: u32,
        as_of: Timestamp,
    ) -> Self {
        for channel in channels {
            counts.channels.entry(channel).or_default();
        }
        let sum = |of: fn(&ChannelCounts) -> u64| counts.channels.values().map(of).sum::<u64>();
        let (opened, attempts) = (sum(|c| c.opened), sum(|c| c.accepted_attempts));
        let credited = counts.credited;
        let amount = |money| Amount { money, decimals };
        let per_send = credited.revenue.per(attempts).map(amount);
        Self {
            state,
            planned: counts.by_state.values().sum(),
            excluded: counts.excluded,
            by_state: counts.by_state,
            reasons: few_reasons(counts.reasons),
            sends: attempts,
            guests_reached: counts.recipients,
            opened,
            opened_sms_link: counts.opened_sms_link,
            orders: credited.orders,
            buyers: credited.recipients,
            average_check: credited.revenue.per(credited.orders).map(amount),
            revenue: amount(credited.revenue),
            revenue_per_send: per_send,
            revenue_per_message: per_send,
            revenue_per_guest_reached: credited.revenue.per(counts.recipients).map(amount),
            conversion: share(credited.recipients, counts.recipients),
            cost: amount(counts.channels.values().map(|c| c.cost).sum()),
            channels: (counts.channels.into_iter())
                .map(|(c, n)| (c, channel(c, n, decimals)))
                .collect(),
            orders_by_non_recipients: credited.orders_by_non_recipients,
            revenue_by_non_recipients: amount(credited.revenue_by_non_recipients),
            as_of,
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn channel(channel: Channel, counts: ChannelCounts, decimals: u32) -> ChannelStatistics {
    ChannelStatistics {
        sent: counts.sent,
        delivered: channel.has_receipts().then_some(counts.delivered),
        failed: by_reason(counts.failed),
        opened: counts.opened,
        cost: Amount {
            money: counts.cost,
            decimals,
        },
    }
}

/// Nobody reads more reasons than this.
const REASONS: usize = 20;
/// The longest reason code, in characters.
const REASON_CHARS: usize = 60;

/// Adds up reasons that share a code; if there are many, the rarest become `other`.
fn by_reason(failed: Vec<(String, u64)>) -> BTreeMap<String, u64> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for (reason, messages) in failed {
        *all.entry(reason_code(&reason)).or_default() += messages;
    }
    if all.len() <= REASONS {
        return all;
    }
    let mut ranked: Vec<_> = all.into_iter().collect();
    ranked.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    let rest: u64 = ranked.split_off(REASONS - 1).iter().map(|(_, messages)| messages).sum();
    let mut kept: BTreeMap<_, _> = ranked.into_iter().collect();
    *kept.entry("other".to_owned()).or_default() += rest;
    kept
}

/// Adds up the reasons of a state that share a code; if there are many, the rarest become `other`.
pub fn few_reasons(recorded: Vec<ReasonCount>) -> Vec<ReasonCount> {
    let mut all: BTreeMap<(&'static str, String), ReasonCount> = BTreeMap::new();
    for one in recorded {
        let code = reason_code(&one.reason);
        add(&mut all, ReasonCount { reason: code, ..one });
    }
    let mut ranked: Vec<_> = all.into_values().collect();
    ranked.sort_by(|a, b| (a.state, std::cmp::Reverse(a.messages)).cmp(&(b.state, std::cmp::Reverse(b.messages))));
    let (mut few, mut of_state) = (BTreeMap::new(), BTreeMap::new());
    for mut one in ranked {
        let place: &mut usize = of_state.entry(one.state).or_default();
        *place += 1;
        if *place >= REASONS {
            "other".clone_into(&mut one.reason);
        }
        add(&mut few, one);
    }
    let mut few: Vec<_> = few.into_values().collect();
    few.sort_by(|a, b| (a.state, std::cmp::Reverse(a.messages)).cmp(&(b.state, std::cmp::Reverse(b.messages))));
    few
}

fn add(all: &mut BTreeMap<(&'static str, String), ReasonCount>, one: ReasonCount) {
    let known = all
        .entry((one.state, one.reason.clone()))
        .or_insert_with(|| ReasonCount {
            messages: 0,
            ..one.clone()
        });
    known.messages += one.messages;
    known.next_from = [known.next_from, one.next_from].into_iter().flatten().min();
    known.next_until = known.next_until.max(one.next_until);
}

/// The code of a recorded reason. Providers' folders write `CODE: words`, and the words may hold a token or a
/// phone: `UNREGISTERED: Requested entity was not found.` is *UNREGISTERED*.
pub fn reason_code(reason: &str) -> String {
    let code = reason.split_once(':').map_or(reason, |(code, _)| code).trim();
    if code.is_empty() {
        return "unspecified".to_owned();
    }
    code.chars().take(REASON_CHARS).collect()
}

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
