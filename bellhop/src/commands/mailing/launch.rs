//! `bellhop mailing launch ID`

use super::{Desk, check, runs};
use crate::commands::{Context, instant, who};
use anyhow::Result;
use bellhop_campaigns::launch::{LaunchAnswer, Launched, launch, quiet_start};
use bellhop_domain::launching::Meant;
use bellhop_domain::{MailingId, Timestamp};
use bellhop_store::guests::Organisation;
use std::process::ExitCode;

pub async fn run(context: &Context, id: MailingId, at: Option<&str>, meant: Meant, json: bool) -> Result<ExitCode> {
    let desk = Desk::open(context).await?;
    let start_at = instant(at, &desk.organisation)?;
    let launched = match launch(&desk.brand(), id, start_at, meant, &who(), Timestamp::now()).await? {
        LaunchAnswer::Launched(launched) => launched,
        LaunchAnswer::Refused(report) => {
            check::print(&report, json)?;
            eprintln!("Not launched: correct the errors above, or see `bellhop mailing check {id}`.");
            return Ok(ExitCode::FAILURE);
        }
    };
    runs::tell(json, id.0, launched.run, launched.state.name())?;
    if !json {
        advise(context, &desk.organisation, id, &launched)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what will happen, and what to do next.
fn advise(context: &Context, organisation: &Organisation, id: MailingId, launched: &Launched) -> Result<()> {
    if context.config.broker.url == "in-process:" {
        eprintln!(
            "It is sent by the process `bellhop up` on this database. Follow it: bellhop mailing stats {id} --watch"
        );
    }
    if !launched.origin.is_planned() {
        eprintln!(
            "Ask for its messages one by one: POST /v1/messages with \"mailing\": {id}. It lasts until it is cancelled."
        );
        return Ok(());
    }
    let waits = launched.keeps_quiet_hours;
    if let Some(quiet) = quiet_start(organisation, launched.start_at)?.filter(|_| waits) {
        let (hours, zone, opens) = (quiet.hours, quiet.zone.name(), quiet.opens);
        eprintln!(
            "It starts in the quiet hours ({hours} by each guest's own clock): in {zone} it leaves from {opens} on, \
             and what expires before that does not leave."
        );
    }
    Ok(())
}
