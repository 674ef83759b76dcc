//! `bellhop program on | off ID`

use super::findings::{refuse, tell};
use crate::commands::mailing::Desk;
use crate::commands::{Context, print_json, who};
use anyhow::Result;
use bellhop_campaigns::program::{self, ProgramAnswer};
use bellhop_domain::{ProgramId, Timestamp};
use bellhop_store::programs::{ProgramState, ProgramsBook};
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn on(context: &Context, id: ProgramId, json: bool) -> Result<ExitCode> {
    let desk = Desk::open(context).await?;
    let store = desk.parts.store.as_ref();
    let switched = program::switch_on(&desk.brand(), store, id, &who(), Timestamp::now()).await?;
    let found = match switched {
        ProgramAnswer::Refused(found) => return refuse(&found, "Not switched on", json),
        ProgramAnswer::Done((), found) => found,
    };
    if json {
        print_json(&json!({ "id": id, "state": ProgramState::On.name(), "problems": found }))?;
    } else {
        tell(&found);
        println!("Program {id}: on.");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn off(context: &Context, id: ProgramId, after_waiting: bool, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let skipped = program::switch_off(store, (org, id), after_waiting, &who(), Timestamp::now()).await?;
    let state = store.program(org, id).await?.state;
    if json {
        return print_json(&json!({ "id": id, "state": state.name(), "skipped": skipped }));
    }
    match state {
        ProgramState::Ending => println!("Program {id}: ending; what waits still goes."),
        ProgramState::Off | ProgramState::On => {
            println!("Program {id}: {}; {skipped} waiting firing(s) skipped.", state.name());
        }
    }
    Ok(())
}
