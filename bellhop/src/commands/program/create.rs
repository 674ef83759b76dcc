//! `bellhop program create FILE | --preset NAME` and `bellhop program edit ID FILE`

use super::findings::{refuse, tell};
use super::presets;
use crate::cli::CreateProgramArgs;
use crate::commands::mailing::Desk;
use crate::commands::{Context, json_argument, print_json, who};
use anyhow::Result;
use bellhop_campaigns::program::{self, ProgramAnswer};
use bellhop_domain::{ProgramId, Timestamp};
use bellhop_store::programs::ProgramsBook;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn create(context: &Context, args: &CreateProgramArgs) -> Result<ExitCode> {
    let text = match (&args.preset, &args.file) {
        (Some(preset), _) => presets::named(preset)?.json().to_owned(),
        (None, Some(file)) => json_argument(file)?,
        (None, None) => anyhow::bail!("name a file, or a preset by --preset"),
    };
    let desk = Desk::open(context).await?;
    let store = desk.parts.store.as_ref();
    let made = program::create(&desk.brand(), store, &text, None, &who(), Timestamp::now()).await?;
    let (id, found) = match made {
        ProgramAnswer::Refused(found) => return refuse(&found, "Not created", args.json),
        ProgramAnswer::Done(id, found) => (id, found),
    };
    let name = store.program(desk.organisation.id, id).await?.name;
    if args.json {
        print_json(&json!({ "id": id, "name": name, "state": "off", "version": 1, "problems": found }))?;
    } else {
        println!("{id}");
        tell(&found);
        eprintln!("Program {id} {name:?} created; it is off. Next: bellhop program on {id}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn edit(context: &Context, id: ProgramId, file: &str, json: bool) -> Result<ExitCode> {
    let text = json_argument(file)?;
    let desk = Desk::open(context).await?;
    let store = desk.parts.store.as_ref();
    let edited = program::edit(&desk.brand(), store, (id, None), &text, &who(), Timestamp::now()).await?;
    let found = match edited {
        ProgramAnswer::Refused(found) => return refuse(&found, "Not changed", json),
        ProgramAnswer::Done(_, found) => found,
    };
    let there = store.program(desk.organisation.id, id).await?;
    if json {
        print_json(&json!({ "id": id, "name": there.name, "version": there.version, "problems": found }))?;
    } else {
        tell(&found);
        println!("Program {id}: version {}.", there.version);
    }
    Ok(ExitCode::SUCCESS)
}
