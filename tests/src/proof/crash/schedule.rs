//! What is hit and when: drawn from the seed before anything starts.

use std::time::Duration;

use bellhop_test_services::Data;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// How many blows of which kinds to deal.
pub(super) struct Plan {
    pub(super) guests: u32,
    /// Kills besides those of the two dispatchers while they plan.
    pub(super) kills: u32,
    /// From the first blow to the last.
    pub(super) horizon: Duration,
    /// All five restarts, or only one of each server.
    pub(super) every_restart: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerName {
    PostgreSql,
    RabbitMq,
    Redis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    /// SIGKILL to the role with this number, which stays down for this long.
    Kill {
        role: usize,
        down: Duration,
    },
    Restart(ServerName, Data),
}

/// A blow and when it falls, counted from the beginning of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) at: Duration,
    pub(super) blow: Blow,
}

const RESTARTS: [(ServerName, Data); 5] = [
    (ServerName::PostgreSql, Data::Kept),
    (ServerName::RabbitMq, Data::Lost),
    (ServerName::Redis, Data::Lost),
    (ServerName::RabbitMq, Data::Kept),
    (ServerName::Redis, Data::Kept),
];

impl Plan {
    pub(super) fn restarts(&self) -> u32 {
        if self.every_restart { 5 } else { 3 }
    }
}

/// One blow at a random instant of each equal part of the horizon; every role is hit once before any is hit again.
pub(super) fn schedule(plan: &Plan, roles: usize, random: &mut StdRng) -> Vec<Event> {
    let mut victims: Vec<usize> = Vec::new();
    while victims.len() < plan.kills as usize {
        let mut round: Vec<usize> = (0..roles).collect();
        round.shuffle(random);
        victims.extend(round);
    }
    victims.truncate(plan.kills as usize);
    let kills = victims.into_iter().map(|role| Blow::Kill {
        role,
        down: Duration::from_millis(0),
    });
    let mut restarts = RESTARTS[..plan.restarts() as usize].to_vec();
    restarts.shuffle(random);
    let restarts = restarts.into_iter().map(|(server, data)| Blow::Restart(server, data));
    let mut events = spread(kills.collect(), plan.horizon, random);
    for event in &mut events {
        if let Blow::Kill { down, .. } = &mut event.blow {
            *down = Duration::from_millis(random.random_range(200..2_500));
        }
    }
    events.extend(spread(restarts.collect(), plan.horizon, random));
    events.sort_by_key(|event| event.at);
    events
}

fn spread(blows: Vec<Blow>, horizon: Duration, random: &mut StdRng) -> Vec<Event> {
    let part = horizon.div_f64(blows.len().max(1) as f64);
    let at = |n: usize, random: &mut StdRng| part.mul_f64(n as f64 + random.random_range(0.0..1.0));
    let events = blows.into_iter().enumerate();
    events
        .map(|(n, blow)| Event {
            at: at(n, random),
            blow,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_role_is_hit_and_every_server_restarted_within_the_horizon() {
        for seed in 0..50 {
            let plan = Plan {
                guests: 1,
                kills: 12,
                horizon: Duration::from_secs(80),
                every_restart: true,
            };
            let drawn = || schedule(&plan, 5, &mut StdRng::seed_from_u64(seed));
            let events = drawn();
            assert_eq!(events, drawn(), "the same seed draws the same");
            let kills = events.iter().filter_map(|event| match event.blow {
                Blow::Kill { role, .. } => Some(role),
                Blow::Restart(..) => None,
            });
            assert_eq!(kills.clone().count(), 12);
            assert_eq!(kills.collect::<HashSet<_>>().len(), 5);
            assert_eq!(events.len(), 17);
            assert!(events.iter().all(|event| event.at < plan.horizon));
        }
    }
}
