//! Eight workers on three numbers: no sliding window of what the provider accepted exceeds its limit, whatever dies.

use std::time::Duration;

use anyhow::Result;
use bellhop_test_services::{Cluster, Data, Options};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::audit::Audit;
use super::pool::{self, NUMBERS, RATE};
use super::{Report, Scale};
use crate::fleet::{Fleet, Servers};
use crate::guests::Reach;
use crate::patience::eventually;

const ROLES: [&str; 10] = [
    "api-1",
    "dispatcher-1",
    "worker-1",
    "worker-2",
    "worker-3",
    "worker-4",
    "worker-5",
    "worker-6",
    "worker-7",
    "worker-8",
];
const FIRST_WORKER: usize = 2;
/// What marketing may use of a number: nine of ten in its window plus the half second that a permit lives, less the
/// half per cent of the pace.
const PACE_PER_SECOND: f64 = 9.0 / 10.5 / 1.005;

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("starting PostgreSQL, RabbitMQ and Redis of our own");
    let cluster = Cluster::start(Options::durable()).await?;
    let servers = Servers::of(&cluster).await?;
    let fleet = Fleet::prepare_with(&servers, &pool::settings(scale), &ROLES, pool::of_three).await?;
    fleet.supervised(story(scale, report, &cluster, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, cluster: &Cluster, fleet: &Fleet) -> Result<()> {
    let guests = scale.pick(800, 75);
    fleet.import(guests, |_| Reach::Phone).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    report.tell(format!(
        "{guests} guests imported; eight workers, one pool: {}, each {RATE}",
        NUMBERS.join(", ")
    ));
    let id = fleet.create(&pool::mailing("limits")).await?;
    fleet.mailing("launch", id).await?;
    let (kills, restarts) = trouble(scale, report, cluster, fleet, guests).await?;
    fleet.finished(id, Duration::from_secs(600)).await?;
    report.tell("the mailing has finished");
    let audit = Audit::take(fleet, id).await?;
    audit.claim(report, guests)?;
    let doubled = audit.sms.doubled_by_id();
    report.claim(
        "no SMS went out twice",
        doubled == 0,
        format!("simulator: {doubled} doubled"),
    );
    claim_windows(report, &audit);
    claim_use(scale, report, &audit);
    report.figure("kills", kills);
    report.figure("restarts", restarts);
    report.figure("doubled_sms", doubled);
    Ok(())
}

/// Kills workers all along. Redis is restarted with its data after a third of the messages, and without it after two
/// thirds.
async fn trouble(
    scale: Scale,
    report: &mut Report,
    cluster: &Cluster,
    fleet: &Fleet,
    guests: u32,
) -> Result<(u32, u32)> {
    let mut random = StdRng::seed_from_u64(scale.seed);
    let (mut kills, mut restarts) = (0, 0);
    for (third, data) in [(1, Data::Kept), (2, Data::Lost)] {
        let share = u64::from(guests) * third / 3;
        loop {
            if fleet.simulator.accepted().await? >= share {
                break;
            }
            let worker = random.random_range(FIRST_WORKER..ROLES.len());
            kills += u32::from(fleet.roles[worker].lock().await.kill().await?);
            let before = fleet.simulator.accepted().await?;
            fleet.roles[worker].lock().await.start()?;
            let goes_on = async || Ok((fleet.simulator.accepted().await? >= (before + 8).min(share)).then_some(()));
            eventually("messages go out after a kill", Duration::from_secs(120), goes_on).await?;
        }
        cluster.redis.crash(data).await?;
        restarts += 1;
        let with = match data {
            Data::Kept => "with its data",
            Data::Lost => "without its data",
        };
        report.tell(format!(
            "{share} messages out, {kills} workers killed; Redis crashed and is back {with}"
        ));
    }
    Ok((kills, restarts))
}

fn claim_windows(report: &mut Report, audit: &Audit) {
    let arrivals = pool::arrivals(&audit.sms);
    let mut violations = 0;
    for (number, times) in &arrivals {
        violations += pool::tell_windows(report, number, times);
    }
    report.claim(
        "no window of any number, wherever it starts, is above its limit",
        violations == 0 && arrivals.len() == NUMBERS.len(),
        format!("simulator: {violations} limits broken by {} numbers", arrivals.len()),
    );
    report.figure("violations", violations);
}

/// How much of what the pace allows was used, from the first to the last message. Restarts and kills cost some.
fn claim_use(scale: Scale, report: &mut Report, audit: &Audit) {
    let arrivals = pool::arrivals(&audit.sms);
    let first = arrivals.values().filter_map(|times| times.first()).min();
    let last = arrivals.values().filter_map(|times| times.last()).max();
    let span = last
        .zip(first)
        .map_or(0.0, |(last, first)| (last - first) as f64 / 1_000.0);
    let sent: usize = arrivals.values().map(Vec::len).sum();
    let used = sent as f64 / (span.max(1.0) * PACE_PER_SECOND * NUMBERS.len() as f64);
    report.figure("seconds_sending", span.round());
    report.figure("used", (used * 100.0).round() / 100.0);
    // The short run shares its machine with other tests, so a low share says nothing about the fleet.
    let least = scale.pick(0.8, 0.15);
    report.claim(
        "the numbers were busy, losses of memory and workers included",
        used >= least,
        format!(
            "simulator: {sent} messages in {span:.0} s, {:.0} % of the pace",
            used * 100.0
        ),
    );
    let shares: Vec<usize> = arrivals.values().map(Vec::len).collect();
    let even = shares.iter().min().zip(shares.iter().max());
    report.claim(
        "the load spread over all numbers",
        even.is_some_and(|(least, most)| least * 2 >= *most),
        format!("simulator: {shares:?}"),
    );
}
