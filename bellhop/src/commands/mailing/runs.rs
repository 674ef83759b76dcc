//! `bellhop mailing pause | resume | cancel`

use crate::commands::{Context, print_json, who};
use anyhow::{Result, bail};
use bellhop_campaigns::launch::alive;
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::ledger::{Commanding, Reading, Run};

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

/// The mailing's run that is not over.
async fn current(store: &SqlStore, org: OrgId, id: i64) -> Result<Run> {
    let runs = store.runs_of(org, MailingId(id)).await?;
    match alive(&runs) {
        Some(run) => Ok(run.clone()),
        None => match runs.iter().find(|r| !r.test) {
            Some(last) => bail!("mailing {id} is {}: nothing is under way", last.state.name()),
            None => bail!("mailing {id} was never launched; `bellhop mailing launch {id}` starts it"),
        },
    }
}

pub(super) fn tell(json: bool, mailing: i64, run: RunId, state: &str) -> Result<()> {
    if json {
        return print_json(&serde_json::json!({ "mailing": mailing, "run": run, "state": state }));
    }
    println!("Mailing {mailing}: {state} (run {run}).");
    Ok(())
}
