//! A pause with a third still to go, a resume, and a cancel.

use std::time::Duration;

use anyhow::Result;
use bellhop_domain::Timestamp;
use bellhop_domain::message::MessageState;
use serde_json::json;

use super::audit::Audit;
use super::{Report, Scale};
use crate::fleet::{Fleet, Settings};
use crate::guests::{Reach, mailing};
use crate::patience::eventually;

const ROLES: [&str; 4] = ["api-1", "dispatcher-1", "worker-1", "worker-2"];
/// How long after the command's return something new may still reach the simulator.
const GRACE_MS: i64 = 1_000;
const PATIENCE: Duration = Duration::from_secs(300);

fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: scale.pick("100/s", "40/s").to_owned(),
        sms_rate: scale.pick("50/s", "20/s").to_owned(),
        push_faults: json!({ "latency_ms": [20, 120] }),
        sms_faults: json!({ "latency_ms": [50, 300] }),
        settlement_seconds: 30.0,
        own_calls: false,
    }
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let fleet = Fleet::prepare(&servers, &settings(scale), &ROLES).await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let guests = scale.pick(3_000, 360);
    let watch = scale.pick(Duration::from_secs(10), Duration::from_secs(3));
    let reach = |n: u32| if n.is_multiple_of(3) { Reach::Phone } else { Reach::App };
    fleet.import(guests, reach).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    report.tell(format!(
        "{guests} guests imported, a third without the app; at work: {}",
        ROLES.join(", ")
    ));

    report.tell("first mailing: pause and resume");
    report.about("first mailing");
    let first = fleet.create(&mailing("pause and resume")).await?;
    let at_pause = pause_with_a_third_to_go(report, fleet, first, guests, watch).await?;
    fleet.mailing("resume", first).await?;
    report.tell("resumed; waiting for the end");
    fleet.finished(first, PATIENCE).await?;
    let audit = Audit::take(fleet, first).await?;
    audit.claim(report, guests)?;
    let reached = audit.push.by_recipient().len() + audit.sms.by_recipient().len();
    report.claim(
        "the resume went on exactly",
        reached == guests as usize && audit.push.doubled_by_id() == 0,
        format!("simulator: {at_pause} before it, {reached} of {guests} recipients in the end, each once"),
    );
    report.figure("planned", audit.planned());
    report.figure("before_pause", at_pause);

    fleet.simulator.reset().await?;
    report.tell("second mailing: pause and cancel");
    report.about("second mailing");
    let second = fleet.create(&mailing("pause and cancel")).await?;
    let taken = pause_with_a_third_to_go(report, fleet, second, guests, watch).await?;
    fleet.mailing("cancel", second).await?;
    report.tell("cancelled; waiting until every message is final");
    fleet.finished(second, PATIENCE).await?;
    let audit = Audit::take(fleet, second).await?;
    audit.claim(report, guests)?;
    let (cancelled, reached) = (audit.count(MessageState::Cancelled), fleet.simulator.accepted().await?);
    report.claim(
        "a cancel ends the rest as cancelled",
        reached == taken && cancelled > 0 && cancelled + taken == u64::from(guests),
        format!("simulator: {reached} taken in all; Bellhop: {cancelled} cancelled of {guests}"),
    );
    report.figure("cancelled", cancelled);
    Ok(())
}

/// Launches, pauses when two thirds are out, and watches. Returns how many messages the simulator had accepted by
/// then.
async fn pause_with_a_third_to_go(
    report: &mut Report,
    fleet: &Fleet,
    mailing: i64,
    guests: u32,
    watch: Duration,
) -> Result<u64> {
    fleet.mailing("launch", mailing).await?;
    let two_thirds = async || Ok((fleet.simulator.accepted().await? >= u64::from(guests) * 2 / 3).then_some(()));
    eventually("two thirds are out", PATIENCE, two_thirds).await?;
    report.tell("two thirds are out: bellhop mailing pause");
    fleet.mailing("pause", mailing).await?;
    let returned = Timestamp::now().0;
    let at_return = fleet.simulator.accepted().await?;
    report.tell(format!(
        "the command has returned; the simulator has {at_return}; watching"
    ));
    tokio::time::sleep(Duration::from_millis(GRACE_MS.unsigned_abs()) + watch).await;
    let (push, sms) = (fleet.simulator.book("push").await?, fleet.simulator.book("sms").await?);
    let late = push.after(returned + GRACE_MS) + sms.after(returned + GRACE_MS);
    let taken = push.acceptances() + sms.acceptances();
    report.tell(format!(
        "{taken} in all, {} of them after the command had returned",
        push.after(returned) + sms.after(returned)
    ));
    report.claim(
        "from 1 s after the pause nothing new reaches the simulator",
        late == 0 && taken < u64::from(guests),
        format!(
            "simulator: {late} in {} s, with {} of {guests} to go",
            watch.as_secs(),
            u64::from(guests) - taken.min(u64::from(guests))
        ),
    );
    Ok(taken)
}
