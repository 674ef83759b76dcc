//! The commands that show and change things, one per file.

pub mod api_key;
pub mod apply;
pub mod audience;
pub mod consent;
pub mod demo;
pub mod doctor;
pub mod guest;
pub mod import;
pub mod mailing;
pub mod message;
pub mod migrate;
pub mod openapi;
pub mod restaurant;
pub mod sender;
pub mod settings;
pub mod simulator;
pub mod table;
mod unmatched;
pub mod web_push_keys;

use crate::config::Config;
use crate::opening::{self, Parts};
use anyhow::{Context as _, Result};
use bellhop_domain::{Timestamp, Zone};
use bellhop_store::guests::Organisation;
use serde::Serialize;
use std::path::PathBuf;

/// What every command is given.
pub struct Context {
    pub config: Config,
    /// The file that the configuration was read from.
    pub file: Option<PathBuf>,
    /// Whether the command may be the first on a new SQLite file; the others refuse to answer from a database that is
    /// not there.
    pub begins: bool,
    /// The organisation's slug, if named.
    pub organisation: Option<String>,
}

impl Context {
    /// Opens the store and finds the organisation that the command is about.
    pub async fn open(&self) -> Result<(Parts, Organisation)> {
        let parts = match self.begins {
            true => opening::begin(&self.config, &who()).await?,
            false => opening::open(&self.config).await?,
        };
        // If the file names organisations, its first one is the one that commands are about.
        let first = self
            .config
            .organisations
            .first()
            .filter(|_| self.config.said.organisations);
        let first = first.and_then(|first| parts.organisations.iter().find(|o| o.slug == first.slug));
        let organisation = match &self.organisation {
            None => first.or(parts.organisations.first()),
            Some(slug) => parts.organisations.iter().find(|o| o.slug == *slug),
        };
        let known = || {
            let slugs = parts.organisations.iter().map(|o| o.slug.as_str());
            slugs.collect::<Vec<_>>().join(", ")
        };
        let named = self.organisation.as_deref().unwrap_or_default();
        let organisation = organisation
            .cloned()
            .with_context(|| format!("there is no organisation {named:?}; there are: {}", known()))?;
        Ok((parts, organisation))
    }
}

/// The name in the audit log of the person who typed the command.
pub fn who() -> String {
    std::env::var("USER").map_or_else(|_| "command line".to_owned(), |user| format!("command line: {user}"))
}

/// A JSON argument: the text itself, `@FILE`, or the name of a file.
pub fn json_argument(text: &str) -> Result<String> {
    let path = match text.strip_prefix('@') {
        Some(path) => path,
        None if text.trim_start().starts_with(['{', '[']) => return Ok(text.to_owned()),
        None => text,
    };
    let read = std::fs::read_to_string(path);
    let read =
        read.with_context(|| format!("{path}: cannot be read; give the name of a file, or JSON that begins with {{"))?;
    // Editors on Windows put a byte order mark before the text.
    Ok(read.trim_start_matches('\u{feff}').to_owned())
}

/// An instant as a wall clock in this zone shows it.
pub fn clock(zone: &Zone, at: Timestamp) -> String {
    let local = zone.local(at);
    local.map_or_else(|_| at.to_rfc3339(), |it| it.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// An instant from an argument; now if absent.
pub fn instant(text: Option<&str>, organisation: &Organisation) -> Result<Timestamp> {
    match text {
        None => Ok(Timestamp::now()),
        Some(text) => Ok(organisation.timezone.parse(text)?),
    }
}

/// Prints one JSON object on one line.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}
