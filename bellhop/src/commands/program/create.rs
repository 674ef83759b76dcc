//! `bellhop program create FILE | --preset NAME` and `bellhop program edit ID FILE`

use super::checked::{checked, has_errors, refuse, tell};
use super::presets;
use crate::cli::CreateProgramArgs;
use crate::commands::mailing::Desk;
use crate::commands::{Context, json_argument, print_json, who};
use anyhow::{Context as _, Result};
use bellhop_domain::fault::Found;
use bellhop_domain::{ProgramId, Timestamp};
use bellhop_programs::Definition;
use bellhop_store::programs::{NewVersion, ProgramsBook};
use std::process::ExitCode;

const NOT_CREATED: &str = "Not created";
const NOT_CHANGED: &str = "Not changed";

pub(super) async fn create(context: &Context, args: &CreateProgramArgs) -> Result<ExitCode> {
    let text = match (&args.preset, &args.file) {
        (Some(preset), _) => presets::named(preset)?.json().to_owned(),
        (None, Some(file)) => json_argument(file)?,
        (None, None) => anyhow::bail!("name a file, or a preset by --preset"),
    };
    let Some((desk, kept, found)) = ready(context, &text, NOT_CREATED, args.json).await? else {
        return Ok(ExitCode::FAILURE);
    };
    let (store, org) = (desk.parts.store.as_ref(), desk.organisation.id);
    let id = store
        .create_program(org, &kept.version(), &who(), Timestamp::now())
        .await?;
    if args.json {
        print_json(
            &serde_json::json!({ "id": id, "name": kept.name, "state": "off", "version": 1, "problems": found }),
        )?;
    } else {
        println!("{id}");
        tell(&found);
        eprintln!(
            "Program {id} {:?} created; it is off. Next: bellhop program on {id}",
            kept.name
        );
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn edit(context: &Context, id: ProgramId, file: &str, json: bool) -> Result<ExitCode> {
    let text = json_argument(file)?;
    let Some((desk, kept, found)) = ready(context, &text, NOT_CHANGED, json).await? else {
        return Ok(ExitCode::FAILURE);
    };
    let (store, org) = (desk.parts.store.as_ref(), desk.organisation.id);
    let version = store
        .edit_program(org, id, &kept.version(), &who(), Timestamp::now())
        .await?;
    if json {
        print_json(&serde_json::json!({ "id": id, "name": kept.name, "version": version, "problems": found }))?;
    } else {
        tell(&found);
        println!("Program {id}: version {version}.");
    }
    Ok(ExitCode::SUCCESS)
}

/// A definition as it is kept: the same one has the same text.
struct Kept {
    name: String,
    definition: String,
    mailing: String,
}

impl Kept {
    fn of(definition: &Definition) -> Result<Self> {
        Ok(Self {
            name: definition.name.clone(),
            definition: serde_json::to_string(definition).context("the definition")?,
            mailing: serde_json::to_string(&definition.mailing()).context("its mailing")?,
        })
    }

    fn version(&self) -> NewVersion<'_> {
        NewVersion {
            name: &self.name,
            definition: &self.definition,
            mailing: &self.mailing,
        }
    }
}

/// What may be kept, with what is worth knowing about it; `None` if it may not, which is told.
async fn ready(context: &Context, text: &str, refusal: &str, json: bool) -> Result<Option<(Desk, Kept, Vec<Found>)>> {
    let definition = match bellhop_programs::read(text) {
        Ok(definition) => definition,
        Err(faults) => {
            let found: Vec<Found> = faults.into_iter().map(Found::error).collect();
            refuse(&found, refusal, json)?;
            return Ok(None);
        }
    };
    let desk = Desk::open(context).await?;
    let found = checked(&desk, &definition, false).await?;
    if has_errors(&found) {
        refuse(&found, refusal, json)?;
        return Ok(None);
    }
    Ok(Some((desk, Kept::of(&definition)?, found)))
}
