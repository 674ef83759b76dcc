//! The statistics once more, message by message and order by order, without a database.

use crate::rows::{Message, Rows, Run, instant};
use bellhop_domain::attribution::{Action, Open, PlacedOrder, PromoMailing, Reason, credit};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::statistics::{ChannelCounts, Counts, Credited, MailingState, MailingStatistics};
use bellhop_domain::{Channel, MailingId, Money, Purpose, Timestamp};
use std::collections::HashSet;
use std::time::Duration;

pub fn statistics(rows: &Rows, mailing: i64) -> MailingStatistics {
    let runs: Vec<&Run> = rows.runs.iter().filter(|r| r.mailing == mailing && !r.test).collect();
    let latest = runs.iter().max_by_key(|r| r.id);
    let state = latest.map_or(MailingState::Draft, |r| {
        MailingState::Run(RunState::from_code(r.state).unwrap())
    });
    let mut counts = Counts::default();
    for (run, reason, guests) in &rows.exclusions {
        if *guests > 0 && runs.iter().any(|r| r.id == *run) {
            let name = Exclusion::from_code(*reason).unwrap().name();
            *counts.excluded.entry(name).or_default() += *guests as u64;
        }
    }
    let mut recipients = HashSet::new();
    for (i, message) in rows.messages.iter().enumerate() {
        if !runs.iter().any(|r| r.id == message.run) {
            continue;
        }
        count(message, &mut counts);
        if message.sent_at.is_some() || message.by_people().next().is_some() {
            recipients.insert(message.customer.unwrap_or(-(i as i64) - 1));
        }
    }
    counts.recipients = recipients.len() as u64;
    counts.credited = credited(rows, mailing);
    MailingStatistics::new(state, [Channel::Push, Channel::Sms], counts, 2, Timestamp(0))
}

fn kind_of(channel: Channel) -> i16 {
    if channel == Channel::Push { 1 } else { 4 }
}

fn was_accepted(state: i16) -> bool {
    [2, 7, 8, 9].contains(&state)
}

fn count(message: &Message, counts: &mut Counts) {
    let state = MessageState::from_code(message.state).unwrap();
    *counts.by_state.entry(state.name()).or_default() += 1;
    let sms_out = message
        .attempts
        .iter()
        .any(|a| a.kind == 4 && ![3, 4, 6].contains(&a.state));
    if sms_out && message.by_people().any(|(_, class)| *class == 2) {
        counts.opened_sms_link += 1;
    }
    for channel in [Channel::Push, Channel::Sms] {
        let entry = counts.channels.entry(channel).or_default();
        count_on(message, channel, entry);
    }
}

fn count_on(message: &Message, channel: Channel, counts: &mut ChannelCounts) {
    let here: Vec<_> = message.attempts.iter().filter(|a| a.kind == kind_of(channel)).collect();
    let opened_here = message.opened_channel == Some(channel as i16);
    let accepted = here.iter().filter(|a| was_accepted(a.state)).count() as u64;
    let proven = accepted == 0 && opened_here && here.iter().any(|a| [1, 5].contains(&a.state));
    counts.sent += u64::from(accepted > 0 || proven);
    counts.accepted_attempts += accepted + u64::from(proven);
    counts.delivered += u64::from(here.iter().any(|a| [7, 9].contains(&a.state)));
    counts.opened += u64::from(opened_here);
    counts.cost.0 += here.iter().filter_map(|a| a.cost).sum::<i64>();
    let Some(last) = here.iter().rfind(|a| a.state != 6) else {
        return;
    };
    let again_here = message.kind == kind_of(channel)
        && (message.state <= 2 || (message.state == 3 && message.waiting_for == Some(1)));
    let cancelled = last.state == 3 && message.state == 10;
    if [3, 4, 8].contains(&last.state) && !again_here && !cancelled {
        counts.failed.push((last.reason.unwrap_or_default().to_owned(), 1));
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp(instant(minute))
}

fn credited(rows: &Rows, mailing: i64) -> Credited {
    let window = Duration::from_secs(rows.window_hours as u64 * 3600);
    let mut credited = Credited::default();
    let mut buyers = HashSet::new();
    for order in &rows.orders {
        let mut opens = Vec::new();
        let mut sends: Vec<(i64, Timestamp)> = Vec::new();
        for message in rows.messages.iter().filter(|m| m.customer == Some(order.customer)) {
            let run = rows.runs.iter().find(|r| r.id == message.run).unwrap();
            if run.test || run.purpose != Purpose::Marketing {
                continue;
            }
            let mailing = MailingId(run.mailing);
            opens.extend(message.by_people().map(|(minute, class)| Open {
                mailing,
                at: at(*minute),
                action: match class {
                    1 => Action::Tap,
                    2 => Action::Link,
                    5 => Action::Read,
                    _ => Action::Click,
                },
            }));
            let first_open = message.by_people().map(|(minute, _)| *minute).min();
            sends.extend(message.sent_at.or(first_open).map(|minute| (run.mailing, at(minute))));
        }
        let sends_of = |m: i64| -> Vec<Timestamp> { sends.iter().filter(|s| s.0 == m).map(|s| s.1).collect() };
        let launched = |m: i64| {
            let of_it = rows
                .runs
                .iter()
                .filter(|r| r.mailing == m && !r.test && r.purpose == Purpose::Marketing && r.started);
            of_it.map(|r| at(r.start_at)).min()
        };
        let facts: Vec<_> = rows
            .mailings
            .iter()
            .filter_map(|m| Some((m.id, m.promo?, launched(m.id)?, sends_of(m.id))))
            .collect();
        let promos: Vec<_> = facts
            .iter()
            .map(|(id, target_promo, launched_at, sent)| PromoMailing {
                mailing: MailingId(*id),
                target_promo,
                launched_at: *launched_at,
                sent,
            })
            .collect();
        let order_facts = PlacedOrder {
            placed_at: at(order.placed_at),
            status: OrderStatus::from_code(order.status).unwrap(),
            promo: order.promo,
        };
        let Some(credit) = credit(&order_facts, &opens, &promos, window) else {
            continue;
        };
        if credit.mailing != MailingId(mailing) {
            continue;
        }
        if credit.reason == Reason::PromoByNonRecipient {
            credited.orders_by_non_recipients += 1;
            credited.revenue_by_non_recipients.0 += order.total;
        } else {
            credited.orders += 1;
            credited.revenue = Money(credited.revenue.0 + order.total);
            buyers.insert(order.customer);
        }
    }
    credited.recipients = buyers.len() as u64;
    credited
}
