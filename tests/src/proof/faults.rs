//! A mailing through providers that throttle, fail, cut connections and have lost addresses.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_domain::Timestamp;
use bellhop_domain::message::MessageState;
use serde_json::json;

use super::audit::Audit;
use super::{Report, Scale};
use crate::fleet::{Fleet, Settings};
use crate::guests::{Reach, mailing, phone};
use crate::ledger::DeadRow;

const ROLES: [&str; 4] = ["api-1", "dispatcher-1", "worker-1", "worker-2"];

fn settings(scale: Scale) -> Settings {
    let each_try = json!({ "too_many_requests": 0.05, "retry_after_s": 1, "unavailable": 0.05, "reset_after": 0.05 });
    let mut push_faults = each_try.clone();
    push_faults["dead_recipients"] = json!(0.05);
    Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: "500/s".to_owned(),
        sms_rate: "100/s".to_owned(),
        push_faults,
        sms_faults: each_try,
        settlement_seconds: 60.0,
        own_calls: false,
    }
}

/// Every fifth has no app, so that the SMS gateway's faults are met as well.
fn reach(number: u32) -> Reach {
    if without_app(number) {
        Reach::Phone
    } else {
        Reach::AppAndPhone
    }
}

fn without_app(number: u32) -> bool {
    number.is_multiple_of(5)
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("waiting for PostgreSQL, RabbitMQ and Redis");
    let (_cluster, servers) = scale.servers().await?;
    let fleet = Fleet::prepare(&servers, &settings(scale), &ROLES).await?;
    fleet.supervised(story(scale, report, &fleet)).await
}

async fn story(scale: Scale, report: &mut Report, fleet: &Fleet) -> Result<()> {
    let guests = scale.pick(3_000, 300);
    fleet.import(guests, reach).await?;
    fleet.start_roles().await?;
    fleet.serves().await?;
    report.tell(format!(
        "{guests} guests imported, all with a phone, four of five with the app; at work: {}",
        ROLES.join(", ")
    ));
    report
        .tell("the simulator answers 5 % with 429 (Retry-After: 1), 5 % with 503, cuts 5 % after it took the message");
    report.line("and says of 5 % of the push addresses that they are dead");
    let id = fleet.create(&mailing("faults")).await?;
    fleet.mailing("launch", id).await?;
    fleet.finished(id, Duration::from_secs(600)).await?;
    report.tell("the mailing has finished");
    let audit = Audit::take(fleet, id).await?;
    audit.claim(report, guests)?;
    report.figure("planned", audit.planned());
    report.figure("lost", audit.lost());
    report.figure("unknown", audit.count(MessageState::Unknown));
    report.figure("doubled_push", audit.push.doubled_by_id());
    claim_faults(report, fleet).await?;
    claim_retirement(report, fleet, &audit, id).await?;
    let dead = fleet.ledger.dead_push_addresses().await?;
    claim_fallback(report, &audit, &dead, guests);
    Ok(())
}

/// Claims that the faults really happened, because a provider that behaved well would prove nothing.
async fn claim_faults(report: &mut Report, fleet: &Fleet) -> Result<()> {
    for channel in ["push", "sms"] {
        let injected = fleet.simulator.injected(channel).await?;
        let mut told: Vec<_> = injected.iter().map(|(fault, n)| format!("{fault} {n}")).collect();
        told.sort();
        report.tell(format!("the simulator's faults on {channel}: {}", told.join(", ")));
        if channel == "push" {
            let all = ["too_many_requests", "unavailable", "reset_after", "dead_recipient"];
            let each = all.iter().all(|fault| injected.get(*fault).is_some_and(|n| *n > 0));
            report.claim(
                "the provider did misbehave",
                each,
                format!("simulator: {}", told.join(", ")),
            );
        }
    }
    Ok(())
}

async fn claim_retirement(report: &mut Report, fleet: &Fleet, audit: &Audit, id: i64) -> Result<()> {
    let dead = fleet.ledger.dead_push_addresses().await?;
    let run = fleet.ledger.run(id).await?;
    let (start, end) = run.as_of.zip(run.finished_at).context("the run has no start or end")?;
    let known = fleet
        .simulator
        .injected("push")
        .await?
        .get("dead_recipient")
        .copied()
        .unwrap_or(0);
    let told = |row: &&DeadRow| row.reason.as_deref().is_some_and(|why| !why.is_empty());
    let in_time = dead
        .iter()
        .filter(told)
        .filter(|row| (start..=end).contains(&row.state_since))
        .count();
    report.claim(
        "dead addresses are retired with reason and time, and not tried again",
        !dead.is_empty() && in_time == dead.len() && known == dead.len() as u64,
        format!(
            "Bellhop: {} retired, {in_time} with reason and time; simulator: refused {known} tries for good",
            dead.len()
        ),
    );
    for row in dead.iter().take(3) {
        let since = Timestamp(row.state_since).to_rfc3339();
        report.line(format!(
            "{} since {since}: {}",
            row.customer,
            row.reason.as_deref().unwrap_or_default()
        ));
    }
    let to_dead = dead
        .iter()
        .filter(|row| audit.push.by_recipient().contains_key(&row.address))
        .count();
    report.claim(
        "no push counts that went to a dead address",
        to_dead == 0,
        format!("simulator: {to_dead}"),
    );
    report.figure("dead", dead.len());
    Ok(())
}

/// An SMS goes to the owners of dead addresses and to those without the app, and to nobody else. A gateway's 503 does
/// not say whether it accepted the SMS, so such a message is unknown and never sent again automatically.
fn claim_fallback(report: &mut Report, audit: &Audit, dead: &[DeadRow], guests: u32) {
    let owners: HashSet<String> = dead.iter().filter_map(|row| number(&row.customer)).map(phone).collect();
    let appless: HashSet<String> = (1..=guests).filter(|n| without_app(*n)).map(phone).collect();
    let texted: HashSet<String> = audit.sms.by_recipient().into_keys().collect();
    let unknown = audit.messages.iter().filter(|(_, _, is)| *is == MessageState::Unknown);
    let unknown: HashSet<&str> = unknown.map(|(_, address, _)| address.as_str()).collect();
    let without = |of: &HashSet<String>| {
        of.difference(&texted)
            .filter(|phone| !unknown.contains(phone.as_str()))
            .count()
    };
    let others = texted
        .iter()
        .filter(|phone| !owners.contains(*phone) && !appless.contains(*phone))
        .count();
    report.claim(
        "owners of dead addresses get the SMS or are in doubt, as are guests without the app, and nobody else",
        without(&owners) == 0 && without(&appless) == 0 && others == 0,
        format!(
            "both: {} owners, {} of them without it; {} without the app, {} of them without it; {} in doubt; {others} SMS to others",
            owners.len(),
            without(&owners),
            appless.len(),
            without(&appless),
            unknown.len()
        ),
    );
    report.figure("sms", audit.sms.acceptances());
}

fn number(customer: &str) -> Option<u32> {
    customer.strip_prefix("guest-")?.parse().ok()
}
