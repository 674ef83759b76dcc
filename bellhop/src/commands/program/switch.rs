//! `bellhop program on | off ID`

use super::SWITCHED_OFF;
use super::checked::{checked, has_errors, refuse, tell};
use crate::commands::mailing::Desk;
use crate::commands::{Context, print_json, who};
use anyhow::{Result, bail};
use bellhop_domain::{ProgramId, Timestamp};
use bellhop_store::programs::{ProgramState, ProgramsBook};
use serde_json::json;
use std::process::ExitCode;

/// What may have been right when it was created is checked again: senders and guests' attributes come and go.
pub(super) async fn on(context: &Context, id: ProgramId, json: bool) -> Result<ExitCode> {
    let desk = Desk::open(context).await?;
    let (store, org) = (desk.parts.store.as_ref(), desk.organisation.id);
    let program = store.program(org, id).await?;
    let definition = match bellhop_programs::read(&program.definition) {
        Ok(definition) => definition,
        Err(faults) => {
            let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
            bail!("program {id} cannot be read by this version:\n{}", lines.join("\n"));
        }
    };
    let found = checked(&desk, &definition, true).await?;
    if has_errors(&found) {
        refuse(&found, "Not switched on", json)?;
        return Ok(ExitCode::FAILURE);
    }
    store.switch_on(org, id, SWITCHED_OFF, &who(), Timestamp::now()).await?;
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
    let ended = (!after_waiting).then_some(SWITCHED_OFF);
    let skipped = store.switch_off(org, id, ended, &who(), Timestamp::now()).await?;
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
