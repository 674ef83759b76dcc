//! What each number can send on each day to come, and what falls to it: of messages that wait, and of mailings that start.

use super::numbers::stopped;
use crate::{Brand, Result, Sender};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::warm_up::Progress;
use bellhop_domain::{Channel, MailingId, Timestamp};
use bellhop_rate_limits::RateSpec;
use bellhop_rate_limits::warm_up::{Ramp, Stage};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Starts whose audiences are counted; each is a question to the whole guest base.
const STARTS: usize = 20;

#[derive(Debug)]
pub struct Load {
    pub numbers: Vec<NumberLoad>,
    /// The earliest first.
    pub starts: Vec<Start>,
    pub more_starts: bool,
}

#[derive(Debug)]
pub struct NumberLoad {
    pub name: String,
    pub channel: Channel,
    pub stopped: bool,
    pub days: Vec<DayLoad>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLoad {
    pub begins_at: Timestamp,
    /// `None` without limits.
    pub capacity: Option<u64>,
    pub load: u64,
}

/// A mailing that starts, by the channel of its first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub mailing: MailingId,
    pub name: String,
    pub starts_at: Timestamp,
    pub channel: Channel,
    pub guests: u64,
}

/// The load of the organisation's numbers over so many days from `now` on. What is left of a day goes on to the next; of a schedule the
/// next start counts.
///
/// # Errors
/// When the store cannot answer.
pub async fn load(brand: &Brand<'_>, days: u32, now: Timestamp) -> Result<Load> {
    let (store, org) = (brand.store, brand.organisation.id);
    let halted = stopped(store, org).await?;
    let (starts, more_starts) = starts(brand, days, now).await?;
    let mut arriving: BTreeMap<Channel, Vec<u64>> = BTreeMap::new();
    let mut arrive = |channel: Channel, day: i64, messages: u64| {
        let of = arriving.entry(channel).or_insert_with(|| vec![0; days as usize]);
        if let Some(of_day) = usize::try_from(day).ok().and_then(|day| of.get_mut(day)) {
            *of_day += messages;
        }
    };
    for it in store.unsent(org).await?.iter().filter(|it| it.running) {
        arrive(it.kind.channel(), 0, it.messages);
    }
    for it in &starts {
        arrive(it.channel, (it.starts_at.0 - now.0).max(0) / DAY_MS, it.guests);
    }
    let mut numbers = Vec::new();
    for channel in Channel::ALL {
        let own = brand.senders.iter().filter(|it| it.org == org);
        let of: Vec<_> = own.filter(|it| it.provider.kind().channel() == channel).collect();
        let mut able = Vec::new();
        for sender in of {
            let capacities = capacities(brand, sender, days, now).await?;
            able.push((sender, halted.contains(&sender.name), capacities));
        }
        let none = vec![0; days as usize];
        let arriving = arriving.get(&channel).unwrap_or(&none);
        let going: Vec<_> = able.iter().filter(|it| !it.1).map(|it| it.2.clone()).collect();
        let mut spread = spread(arriving, &going).into_iter();
        for (sender, stopped, capacities) in able {
            let loads = match stopped {
                true => vec![0; days as usize],
                false => spread.next().unwrap_or_default(),
            };
            let of_day = |(day, (capacity, load)): (usize, (Option<u64>, u64))| DayLoad {
                begins_at: Timestamp(now.0 + day as i64 * DAY_MS),
                capacity,
                load,
            };
            numbers.push(NumberLoad {
                name: sender.name.clone(),
                channel,
                stopped,
                days: capacities.into_iter().zip(loads).enumerate().map(of_day).collect(),
            });
        }
    }
    Ok(Load {
        numbers,
        starts,
        more_starts,
    })
}

async fn starts(brand: &Brand<'_>, days: u32, now: Timestamp) -> Result<(Vec<Start>, bool)> {
    let (store, org) = (brand.store, brand.organisation.id);
    let until = now.plus(Duration::from_secs(u64::from(days) * 24 * 3_600));
    let mut starting = store.starting(org, until).await?;
    starting.sort_by_key(|it| (it.starts_at, it.mailing));
    let more = starting.len() > STARTS;
    let mut found = Vec::new();
    for it in starting.into_iter().take(STARTS) {
        let Ok(spec) = serde_json::from_str::<MailingSpec<Segment>>(&it.spec) else {
            continue;
        };
        let (Some(audience), Some(first)) = (&spec.audience, spec.waterfall.first()) else {
            continue;
        };
        let counted = store.count(org, audience, now).await?;
        found.push(Start {
            mailing: it.mailing,
            name: it.name,
            starts_at: it.starts_at,
            channel: first.channel,
            guests: counted.by_channel.get(&first.channel).copied().unwrap_or_default(),
        });
    }
    Ok((found, more))
}

/// Of each day; a number that no worker has used yet begins its warm-up now.
async fn capacities(brand: &Brand<'_>, sender: &Arc<Sender>, days: u32, now: Timestamp) -> Result<Vec<Option<u64>>> {
    let progress = match &sender.warm_up {
        Some(_) => brand.store.known_warm_up(sender.org, &sender.name).await?,
        None => None,
    };
    let progress = progress.unwrap_or_else(|| Progress::connected(now));
    let of = |day| capacity(&sender.rate, sender.warm_up.as_ref(), progress, day);
    Ok((0..days).map(of).collect())
}

/// What the limits and the warm-up allow on a day, counted from 0; `None` if nothing limits it.
fn capacity(rates: &RateSpec, ramp: Option<&Ramp>, progress: Progress, day: u32) -> Option<u64> {
    let of_a_day = |permits: u32, span: Duration| {
        let spans = u128::from(DAY_MS.unsigned_abs()) / span.as_millis().max(1);
        u64::try_from(u128::from(permits) * spans.max(1)).unwrap_or(u64::MAX)
    };
    let own = rates
        .limits()
        .iter()
        .map(|limit| of_a_day(limit.permits(), limit.span()))
        .min();
    let later = Progress {
        day: progress.day.saturating_add(day),
        ..progress
    };
    match ramp.map(|ramp| ramp.stage(later)) {
        Some(Stage::Rests { .. }) => Some(0),
        Some(Stage::Ceiling(limit)) => Some(own.unwrap_or(u64::MAX).min(u64::from(limit.permits()))),
        Some(Stage::Full) | None => own,
    }
}

/// How many messages fall to each number on each day, in proportion to what it can send; what does not fit waits for the next day.
fn spread(arriving: &[u64], capacities: &[Vec<Option<u64>>]) -> Vec<Vec<u64>> {
    let mut loads = vec![Vec::with_capacity(arriving.len()); capacities.len()];
    let mut waiting = 0_u64;
    for (day, arriving) in arriving.iter().enumerate() {
        waiting = waiting.saturating_add(*arriving);
        let able: Vec<u64> = capacities
            .iter()
            // Without limits it takes whatever there is.
            .map(|of| of.get(day).copied().flatten().unwrap_or(waiting))
            .collect();
        let all: u128 = able.iter().copied().map(u128::from).sum();
        let goes = u128::from(waiting).min(all);
        let (mut passed, mut dealt) = (0_u128, 0_u128);
        for (load, able) in loads.iter_mut().zip(&able) {
            passed += u128::from(*able);
            // Rounded so that the numbers add up.
            let upto = (goes * passed).checked_div(all).unwrap_or_default();
            load.push(u64::try_from(upto - dealt).unwrap_or(u64::MAX));
            dealt = upto;
        }
        waiting -= u64::try_from(goes).unwrap_or(waiting);
    }
    loads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_as_many_messages_as_the_tightest_limit_and_the_ramp_allow() {
        let rates: RateSpec = "10/min,100/h".parse().unwrap();
        let ramp: Ramp = serde_json::from_str("[20, 50]").unwrap();
        let new = Progress::connected(Timestamp(0));
        let of = |ramp: Option<&Ramp>| (0..4).map(|day| capacity(&rates, ramp, new, day)).collect::<Vec<_>>();
        assert_eq!(of(None), [Some(2_400); 4]);
        assert_eq!(of(Some(&ramp)), [Some(0), Some(20), Some(50), Some(2_400)]);
        assert_eq!(capacity(&RateSpec::UNLIMITED, None, new, 0), None);
        let slow: RateSpec = "1/2day".parse().unwrap();
        assert_eq!(capacity(&slow, None, new, 0), Some(1));
    }

    #[test]
    fn what_does_not_fit_waits_for_the_next_day_and_nothing_is_lost() {
        let small = vec![Some(100), Some(100), Some(100)];
        let large = vec![Some(300), Some(300), Some(300)];
        let loads = spread(&[500, 0, 50], &[small.clone(), large]);
        assert_eq!(loads, [[100, 25, 12], [300, 75, 38]]);
        let unlimited = spread(&[7, 1, 0], &[vec![None; 3]]);
        assert_eq!(unlimited, [[7, 1, 0]]);
        assert_eq!(
            spread(&[7, 0, 0], &[small.clone(), vec![Some(0); 3]]),
            [[7, 0, 0], [0, 0, 0]]
        );
        assert_eq!(spread(&[7, 7, 7], &[]), Vec::<Vec<u64>>::new());
    }
}
