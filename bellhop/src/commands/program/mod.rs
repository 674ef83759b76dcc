//! `bellhop program …`: what sends by itself, from its file to its statistics.

mod create;
mod findings;
mod journal;
mod list;
mod presets;
mod rehearse;
mod show;
mod stats;
mod switch;

pub(super) use rehearse::cells as rehearsed_cells;

use super::Context;
use crate::cli::{JsonArg, ProgramCommand};
use anyhow::Result;
use bellhop_domain::{FiringId, ProgramId};
use std::process::ExitCode;

pub async fn run(context: &Context, command: ProgramCommand) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        ProgramCommand::List(JsonArg { json }) => list::run(context, json).await.map(done),
        ProgramCommand::Show { id, json } => show::run(context, ProgramId(id), json).await.map(done),
        ProgramCommand::Create(args) => create::create(context, &args).await,
        ProgramCommand::Edit { id, file, json } => create::edit(context, ProgramId(id), &file, json).await,
        ProgramCommand::On { id, json } => switch::on(context, ProgramId(id), json).await,
        ProgramCommand::Off {
            id,
            after_waiting,
            json,
        } => switch::off(context, ProgramId(id), after_waiting, json).await.map(done),
        ProgramCommand::Rehearse { id, time } => rehearse::run(context, ProgramId(id), &time).await.map(done),
        ProgramCommand::Stats { id, days, json } => stats::run(context, ProgramId(id), days, json).await.map(done),
        ProgramCommand::Journal {
            id,
            state,
            before,
            limit,
            json,
        } => {
            let page = journal::Page {
                state: state.as_deref(),
                before: before.map(FiringId),
                limit,
            };
            journal::run(context, ProgramId(id), &page, json).await.map(done)
        }
        ProgramCommand::Presets { name, json } => presets::run(name.as_deref(), json).map(done),
    }
}
