//! A mailing through a fleet of which every part is killed or restarted in the middle of it.

mod blows;
mod schedule;

use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_domain::message::MessageState;
use bellhop_test_services::{Cluster, Options};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::audit::Audit;
use super::{Report, Scale};
use crate::fleet::{Fleet, Servers, Settings};
use crate::guests::{Reach, mailing};
use crate::patience::eventually;
use blows::Blows;
use schedule::{Plan, schedule};

const ROLES: [&str; 5] = ["api-1", "dispatcher-1", "dispatcher-2", "worker-1", "worker-2"];
/// How long to wait for the last delivery reports after the API is up again; then they are taken as they are.
const LAST_REPORTS: Duration = Duration::from_secs(20);

impl Plan {
    fn of(scale: Scale) -> Self {
        Self {
            guests: scale.pick(20_000, 1_500),
            kills: scale.pick(12, 3),
            horizon: scale.pick(Duration::from_secs(80), Duration::from_secs(14)),
            every_restart: scale.pick(true, false),
        }
    }
}

fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        // Some 150 to 400 pages, so that planning takes long enough to be hit.
        page: scale.pick(50, 10),
        push_rate: scale.pick("130/s", "60/s").to_owned(),
        sms_rate: scale.pick("60/s", "30/s").to_owned(),
        push_faults: json!({ "latency_ms": [20, 120] }),
        sms_faults: json!({ "latency_ms": [50, 300] }),
        settlement_seconds: 30.0,
        own_calls: false,
    }
}

/// A third gets an SMS: those without the app, and those who have uninstalled it.
fn reach(number: u32) -> Reach {
    match number {
        n if n.is_multiple_of(12) => Reach::DeadAppAndPhone,
        n if n.is_multiple_of(3) => Reach::Phone,
        _ => Reach::App,
    }
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("starting PostgreSQL, RabbitMQ and Redis of our own, with fsync on");
    let cluster = Cluster::start(Options::durable()).await?;
    let servers = Servers::of(&cluster).await?;
    let fleet = Fleet::prepare(&servers, &settings(scale), &ROLES).await?;
    fleet.supervised(story(scale, report, &cluster, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, cluster: &Cluster, fleet: &Fleet) -> Result<()> {
    let plan = Plan::of(scale);
    let mut random = StdRng::seed_from_u64(scale.seed);
    fleet.import(plan.guests, reach).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    report.tell(format!(
        "{} guests imported; at work: {}; the simulator answers FCM and SMSC.ru",
        plan.guests,
        ROLES.join(", ")
    ));
    let id = fleet.create(&mailing("crash")).await?;
    let blows = Blows::new(fleet, cluster);
    fleet.mailing("launch", id).await?;
    report.tell("launched; waiting for the planner's middle");
    let planner_hit = interrupt_planning(report, &blows, &settings(scale), &plan, id, &mut random).await?;
    let events = schedule(&plan, ROLES.len(), &mut random);
    blows.deal(report, events).await?;
    report.tell("the last blow has fallen; waiting for the end of the mailing");
    let finished_at = fleet.finished(id, Duration::from_secs(600)).await?;
    report.tell("the mailing has finished; waiting for the last delivery reports");
    let taken = fleet.simulator.book("sms").await?.0.len() as u64;
    let all_reported = async || {
        let states = fleet.ledger.states(id).await?;
        Ok((states.get("delivered") == Some(&taken)).then_some(()))
    };
    // Whatever stays unknown or undelivered is counted below.
    let _ = eventually("delivery reports", LAST_REPORTS, all_reported).await;
    let ends = fleet.ends_of_their_own().await;
    report.tell(format!(
        "besides the kills, {ends} processes ended by themselves and were started again"
    ));
    report.figure("ends_of_their_own", ends);
    let started_at = fleet
        .ledger
        .run(id)
        .await?
        .as_of
        .context("a finished run has a start")?;
    let lasted = (finished_at - started_at) / 1_000;
    verdict(scale, report, &blows, &Audit::take(fleet, id).await?, &plan)?;
    report.claim(
        "the planner was killed in its middle",
        planner_hit,
        "Bellhop: the run had pages and no planned_at after both dispatchers were dead",
    );
    report.claim(
        "every blow fell while the mailing was under way",
        blows.last_at() < finished_at,
        format!("the last {} s before its end", (finished_at - blows.last_at()) / 1_000),
    );
    let long_enough = scale.small || lasted >= 90;
    report.claim(
        "it lasted long enough to be hit",
        long_enough,
        format!("{lasted} s from start to end"),
    );
    Ok(())
}

/// Kills both dispatchers between two pages or within one, and sees that the plan was not complete.
async fn interrupt_planning(
    report: &Report,
    blows: &Blows<'_>,
    settings: &Settings,
    plan: &Plan,
    id: i64,
    random: &mut StdRng,
) -> Result<bool> {
    let all = plan.guests / settings.page;
    let first = i32::try_from(random.random_range(all / 10..all / 3))?;
    let reached = async || {
        let run = blows.fleet.ledger.run(id).await?;
        Ok((run.pages >= first || run.planned_at.is_some()).then_some(()))
    };
    eventually("planning is under way", Duration::from_secs(60), reached).await?;
    let dispatchers = [1, 2];
    for role in dispatchers {
        blows.kill(report, role).await?;
    }
    let run = blows.fleet.ledger.run(id).await?;
    report.tell(format!(
        "both dispatchers are dead after {} of about {all} pages; the plan is {}",
        run.pages,
        if run.planned_at.is_none() {
            "not complete"
        } else {
            "complete: they were killed too late"
        }
    ));
    for role in dispatchers {
        blows.start(report, role).await?;
    }
    Ok(run.planned_at.is_none() && run.pages > 0)
}

fn verdict(scale: Scale, report: &mut Report, blows: &Blows<'_>, audit: &Audit, plan: &Plan) -> Result<()> {
    audit.claim(report, plan.guests)?;
    let unknown = audit.count(MessageState::Unknown);
    let expected = audit.count(MessageState::Sent) + audit.count(MessageState::Delivered) + unknown;
    report.claim(
        "nobody was given up",
        expected == audit.planned(),
        format!(
            "Bellhop: {} sent, {} delivered, {unknown} unknown, nothing else",
            audit.count(MessageState::Sent),
            audit.count(MessageState::Delivered)
        ),
    );
    let (kills, restarts) = (blows.kills(), blows.restarts());
    report.claim(
        "it was hit as often as promised",
        kills >= plan.kills + 2 && restarts >= plan.restarts(),
        format!("{kills} SIGKILLs, {restarts} restarts of servers"),
    );
    report.figure("planned", audit.planned());
    report.figure("lost", audit.lost());
    report.figure(
        "doubled_sms",
        audit.sms.doubled_by_id().max(audit.sms.doubled_by_recipient()),
    );
    report.figure("doubled_push", audit.push.doubled_by_id());
    report.figure("unknown", unknown);
    report.figure("kills", kills);
    report.figure("restarts", restarts);
    report.figure("seed", scale.seed);
    report.figure("sms", audit.sms.acceptances());
    report.figure("push", audit.push.acceptances());
    Ok(())
}
