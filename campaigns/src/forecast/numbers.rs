//! The numbers that send to a kind of address.

use crate::{CampaignStore, Result, Sender, Senders};
use bellhop_domain::incoming::HealthState;
use bellhop_domain::warm_up::Progress;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_rate_limits::forecast::{Ceiling, Number};
use std::sync::Arc;

/// The names of the organisation's senders that are paused or stopped.
pub async fn stopped(store: &dyn CampaignStore, org: OrgId) -> Result<Vec<String>> {
    let paused = store.paused_senders().await?.into_iter();
    let ill = store.sender_health().await?.into_iter();
    let paused = paused.filter(|(of, ..)| *of == org).map(|(_, name, ..)| name);
    let ill = ill.filter(|it| it.org == org && it.state == HealthState::Stopped);
    Ok(paused.chain(ill.map(|it| it.sender)).collect())
}

/// The numbers that are not stopped. A number that no worker has used yet begins its warm-up together with the
/// mailing.
pub async fn numbers(
    store: &dyn CampaignStore,
    pool: &[Arc<Sender>],
    stopped: &[String],
    from: Timestamp,
) -> Result<Vec<Number>> {
    let mut numbers = Vec::new();
    for sender in pool.iter().filter(|sender| !stopped.contains(&sender.name)) {
        let warm_up = match &sender.warm_up {
            Some(ramp) => {
                let known = store.known_warm_up(sender.org, &sender.name).await?;
                Some((ramp.clone(), known.unwrap_or_else(|| Progress::connected(from))))
            }
            None => None,
        };
        numbers.push(Number {
            name: sender.name.clone(),
            rates: sender.rate.clone(),
            warm_up,
            free_from: Timestamp(0),
        });
    }
    Ok(numbers)
}

/// What the portfolio of a pool's numbers leaves to marketing. Every guest of the first messages is assumed to count
/// in it, and none to be counted already. A pool whose numbers belong to several portfolios has no ceiling here.
pub fn ceiling(senders: &Senders, pool: &[Arc<Sender>]) -> Option<Ceiling> {
    let first = senders.portfolio(pool.first()?)?;
    let shared = pool.iter().all(|it| it.provider.portfolio() == Some(&first.name));
    shared.then(|| Ceiling {
        people: first.for_marketing(),
        name: format!("portfolio {}", first.name),
    })
}
