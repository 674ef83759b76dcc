//! `bellhop mailing …`: from a file to its statistics.

mod check;
mod create;
mod draft;
mod forecast;
mod launch;
mod list;
mod preview;
mod rehearse;
mod runs;
mod schedule;
mod series;
mod stats;
mod test;

pub(super) use rehearse::stretch;
pub use stats::render as render_statistics;

use super::Context;
use crate::cli::{JsonArg, MailingCommand};
use crate::opening::Parts;
use crate::{secrets, wiring};
use anyhow::{Context as _, Result};
use bellhop_campaigns::{Brand, Rendering, Senders};
use bellhop_domain::MailingId;
use bellhop_domain::launching::Meant;
use bellhop_store::guests::Organisation;
use std::process::ExitCode;
use std::time::Duration;

pub async fn run(context: &Context, command: MailingCommand) -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        MailingCommand::Create { file, json } => create::run(context, &file, json).await.map(done),
        MailingCommand::Show { id, json } => draft::show(context, MailingId(id), json).await.map(done),
        MailingCommand::Edit {
            id,
            file,
            from_version,
            json,
        } => draft::edit(context, MailingId(id), &file, from_version, json)
            .await
            .map(done),
        MailingCommand::Duplicate { id, name, json } => draft::duplicate(context, MailingId(id), name.as_deref(), json)
            .await
            .map(done),
        MailingCommand::Delete { id, json } => draft::delete(context, MailingId(id), json).await.map(done),
        MailingCommand::Check { id, json } => check::run(context, MailingId(id), json).await,
        MailingCommand::Preview { id, customer, json } => {
            preview::run(context, MailingId(id), &customer, json).await.map(done)
        }
        MailingCommand::Test {
            id,
            customer,
            wait,
            json,
        } => test::run(context, MailingId(id), &customer, Duration::from_secs(wait), json)
            .await
            .map(done),
        MailingCommand::List(JsonArg { json }) => list::run(context, json).await.map(done),
        MailingCommand::Launch {
            id,
            at,
            again,
            now,
            json,
        } => launch::run(context, MailingId(id), at.as_deref(), Meant { again, now }, json).await,
        MailingCommand::Schedule { id, file, json } => schedule::set(context, MailingId(id), &file, json).await,
        MailingCommand::Unschedule { id, json } => schedule::remove(context, MailingId(id), json).await.map(done),
        MailingCommand::Pause { id, json } => runs::change(context, id, runs::Change::Pause, json).await.map(done),
        MailingCommand::Resume { id, json } => runs::change(context, id, runs::Change::Resume, json).await.map(done),
        MailingCommand::Cancel { id, json } => runs::change(context, id, runs::Change::Cancel, json).await.map(done),
        MailingCommand::Forecast { id, by, json } => forecast::run(context, MailingId(id), by.as_deref(), json).await,
        MailingCommand::Rehearse { id, time } => rehearse::run(context, MailingId(id), &time).await.map(done),
        MailingCommand::Stats {
            id,
            series: Some(by),
            json,
            ..
        } => series::run(context, MailingId(id), by, json).await.map(done),
        MailingCommand::Stats { id, watch, json, .. } => stats::run(context, id, watch, json).await.map(done),
    }
}

/// What questions about a mailing need.
pub(super) struct Desk {
    pub(super) parts: Parts,
    pub(super) organisation: Organisation,
    senders: Senders,
}

impl Desk {
    pub(super) async fn open(context: &Context) -> Result<Self> {
        let (parts, organisation) = context.open().await?;
        // Senders of other organisations do not matter here, and it need not even be possible to make them.
        let mut own = parts.sections.clone();
        own.senders.retain(|it| it.organisation == organisation.slug);
        let keys = secrets::keys(&context.config)?;
        let senders = wiring::senders(&keys, &own, std::slice::from_ref(&organisation))?;
        Ok(Self {
            parts,
            organisation,
            senders,
        })
    }

    pub(super) fn brand(&self) -> Brand<'_> {
        Brand {
            store: self.parts.store.as_ref(),
            organisation: &self.organisation,
            senders: &self.senders,
        }
    }
}

/// What is needed to render the organisation's texts.
pub(super) fn rendering(context: &Context, parts: &Parts, organisation: &Organisation) -> Result<Rendering> {
    let mut defaults = wiring::defaults(&parts.sections, &parts.organisations)?;
    let own = defaults.remove(&organisation.id);
    Ok(Rendering {
        defaults: own.context("the organisation has no settings")?,
        public_url: context.config.http.public_url.trim_end_matches('/').to_owned(),
    })
}
