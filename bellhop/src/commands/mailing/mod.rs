//! `bellhop mailing …`: from a file to its statistics.

mod check;
mod create;
mod forecast;
mod list;
mod preview;
mod rehearsal;
mod runs;
mod stats;
mod test;

pub use stats::render as render_statistics;

use super::Context;
use crate::cli::{JsonArg, MailingCommand};
use anyhow::{Context as _, Result};
use bellhop_domain::launching::Meant;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_store::ledger::Mailing;
use std::process::ExitCode;
use std::time::Duration;

pub async fn run(context: &Context, command: MailingCommand) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        MailingCommand::Create { file, json } => create::run(context, &file, json).await.map(done),
        MailingCommand::Check { id, json } => check::run(context, id, json).await,
        MailingCommand::Preview { id, customer, json } => preview::run(context, id, &customer, json).await.map(done),
        MailingCommand::Test {
            id,
            customer,
            wait,
            json,
        } => test::run(context, id, &customer, Duration::from_secs(wait), json)
            .await
            .map(done),
        MailingCommand::List(JsonArg { json }) => list::run(context, json).await.map(done),
        MailingCommand::Launch {
            id,
            at,
            again,
            now,
            json,
        } => runs::launch(context, id, at.as_deref(), Meant { again, now }, json).await,
        MailingCommand::Pause { id, json } => runs::change(context, id, runs::Change::Pause, json).await.map(done),
        MailingCommand::Resume { id, json } => runs::change(context, id, runs::Change::Resume, json).await.map(done),
        MailingCommand::Cancel { id, json } => runs::change(context, id, runs::Change::Cancel, json).await.map(done),
        MailingCommand::Forecast { id, by, json } => forecast::run(context, id, by.as_deref(), json).await,
        MailingCommand::Stats { id, watch, json } => stats::run(context, id, watch, json).await.map(done),
    }
}

/// A stored mailing's file.
fn spec_of(mailing: &Mailing) -> Result<MailingSpec<Segment>> {
    serde_json::from_str(&mailing.spec).with_context(|| format!("mailing {}: its file cannot be read", mailing.id))
}
