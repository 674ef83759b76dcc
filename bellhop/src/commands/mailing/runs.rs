//! `bellhop mailing launch | pause | resume | cancel`

use super::{check, spec_of};
use crate::commands::{Context, instant, print_json, who};
use anyhow::{Result, bail};
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use bellhop_store::ledger::{Launch, Run};
use bellhop_store::{Ledger, SqlStore};
use std::process::ExitCode;

pub async fn launch(context: &Context, id: i64, at: Option<&str>, meant: Meant, json: bool) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let spec = spec_of(&mailing)?;
    let report = check::form(context, &parts, &organisation, &spec).await?;
    if report.has_errors() {
        report.print(json)?;
        eprintln!("Not launched: mend the errors above, or see `bellhop mailing check {id}`.");
        return Ok(ExitCode::FAILURE);
    }
    let start_at = instant(at, &organisation)?;
    let launch = Launch {
        mailing: mailing.id,
        start_at,
        purpose: spec.purpose(),
        origin: spec.origin(),
        test: false,
        spec: mailing.spec,
    };
    let now = Timestamp::now();
    let run = parts
        .store
        .launch_as_meant(organisation.id, launch, meant, &who(), now)
        .await?;
    tell(json, id, run, if start_at > now { "scheduled" } else { "running" })?;
    if !json && context.config.broker.url == "in-process:" {
        eprintln!(
            "It is sent by the process `bellhop up` on this database. Follow it: bellhop mailing stats {id} --watch"
        );
    }
    if !spec.origin().is_planned() {
        if !json {
            eprintln!(
                "Ask for its messages one by one: POST /v1/messages with \"mailing\": {id}. It lasts until it is cancelled."
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(hours) = organisation
        .settings
        .quiet_hours
        .filter(|_| spec.keeps_quiet_hours() && !json)
    {
        let zone = &organisation.timezone;
        if hours.is_quiet(zone, start_at)? {
            let (zone, open) = (zone.name(), hours.next_open(zone, start_at)?);
            eprintln!(
                "It starts in the quiet hours ({hours} by each guest's own clock): in {zone} it leaves from {open} on, \
                 and what expires before that does not leave."
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Clone, Copy)]
pub enum Change {
    Pause,
    Resume,
    Cancel,
}

pub async fn change(context: &Context, id: i64, change: Change, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org, now, who) = (&parts.store, organisation.id, Timestamp::now(), who());
    let run = current(store, org, id).await?.id;
    let state = match change {
        Change::Pause => store
            .pause(org, run, "paused by hand", &who, now)
            .await
            .map(|()| "paused"),
        Change::Resume => store.resume(org, run, &who, now).await.map(|()| "running"),
        Change::Cancel => store.cancel(org, run, &who, now).await.map(|()| "cancelled"),
    }?;
    tell(json, id, run, state)
}

/// The mailing's run that is not over, if there is one.
pub(super) async fn alive(store: &SqlStore, org: OrgId, id: i64) -> Result<Option<Run>> {
    let runs = store.runs_of(org, MailingId(id)).await?;
    Ok(runs.into_iter().find(|run| !run.test && !is_over(run)))
}

fn is_over(run: &Run) -> bool {
    matches!(run.state, RunState::Finished | RunState::Cancelled)
}

/// The mailing's run that is not over.
async fn current(store: &SqlStore, org: OrgId, id: i64) -> Result<Run> {
    let runs = store.runs_of(org, MailingId(id)).await?;
    match runs.iter().find(|r| !r.test && !is_over(r)) {
        Some(run) => Ok(run.clone()),
        None => match runs.iter().find(|r| !r.test) {
            Some(last) => bail!("mailing {id} is {}: nothing is under way", last.state.name()),
            None => bail!("mailing {id} was never launched; `bellhop mailing launch {id}` starts it"),
        },
    }
}

fn tell(json: bool, mailing: i64, run: RunId, state: &str) -> Result<()> {
    if json {
        return print_json(&serde_json::json!({ "mailing": mailing, "run": run, "state": state }));
    }
    println!("Mailing {mailing}: {state} (run {run}).");
    Ok(())
}
