//! `bellhop mailing schedule ID SCHEDULE` and `bellhop mailing unschedule ID`

use super::{Desk, check};
use crate::commands::{Context, clock, json_argument, print_json, who};
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::schedule::{ScheduleAnswer, schedule};
use bellhop_domain::{MailingId, Timestamp};
use bellhop_programs::calendar;
use bellhop_store::ledger::Scheduling;
use serde_json::json;
use std::process::ExitCode;

pub async fn set(context: &Context, id: MailingId, file: &str, as_json: bool) -> Result<ExitCode> {
    let text = json_argument(file)?;
    let value = serde_json::from_str(&text).with_context(|| format!("{file}: not JSON"))?;
    let read = match calendar::read(&value) {
        Ok(read) => read,
        Err(fault) => bail!("{file}: nothing was scheduled: {fault}"),
    };
    let desk = Desk::open(context).await?;
    let (starts, past_own_time) = match schedule(&desk.brand(), id, &read, &who(), Timestamp::now()).await? {
        ScheduleAnswer::Made { starts, past_own_time } => (starts, past_own_time),
        ScheduleAnswer::Refused(report) => {
            check::print(&report, as_json)?;
            eprintln!("Not scheduled: correct the errors above, or see `bellhop mailing check {id}`.");
            return Ok(ExitCode::FAILURE);
        }
    };
    let at: Vec<Timestamp> = starts.iter().map(|start| start.at).collect();
    if as_json {
        print_json(&json!({ "mailing": id, "schedule": read, "next": at, "past_own_time": past_own_time }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let zone = &desk.organisation.timezone;
    println!("Mailing {id} starts by itself:");
    for start in &starts {
        match start.local {
            Some(own) => println!(
                "  {own} by each guest's own clock: from {} to {}",
                clock(zone, start.at),
                clock(zone, start.last)
            ),
            None => println!("  {}", clock(zone, start.at)),
        }
    }
    if let Some(past) = past_own_time.filter(|past| *past > 0) {
        println!(
            "For {past} guest(s) the first of them is past already by their own clocks; `past` says what becomes of them."
        );
    }
    println!("Times by {}.", zone.name());
    Ok(ExitCode::SUCCESS)
}

pub async fn remove(context: &Context, id: MailingId, as_json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let removed = (parts.store)
        .remove_schedule(organisation.id, id, &who(), Timestamp::now())
        .await?;
    if as_json {
        return print_json(&json!({ "mailing": id, "removed": removed }));
    }
    match removed {
        true => println!("Mailing {id} starts by itself no more. What has begun goes on."),
        false => println!("Mailing {id} has no schedule."),
    }
    Ok(())
}
