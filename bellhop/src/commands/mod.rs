//! The commands that ask and change, one per file.

pub mod api_key;
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
pub mod simulator;
pub mod table;
mod unmatched;
pub mod web_push_keys;

use crate::config::Config;
use crate::wiring::{self, Parts};
use anyhow::{Context as _, Result};
use bellhop_domain::{Timestamp, Zone};
use bellhop_store::guests::Organisation;
use serde::Serialize;

/// What every command is given.
pub struct Context {
    pub config: Config,
    /// Whether the command begins with nothing; the others refuse to answer from a database that is not there.
    pub begins: bool,
    /// The organisation's slug, if named.
    pub organisation: Option<String>,
}

impl Context {
    /// Opens the store and finds the organisation that the command speaks of.
    pub async fn open(&self) -> Result<(Parts, Organisation)> {
        if !self.begins {
            wiring::is_there(&self.config)?;
        }
        let slug = self.config.organisation(self.organisation.as_deref())?.slug.clone();
        let parts = wiring::open(&self.config).await?;
        let organisation = parts
            .organisations
            .iter()
            .find(|o| o.slug == slug)
            .cloned()
            .context("the organisation is not in the store")?;
        Ok((parts, organisation))
    }
}

/// The audit log's name for whoever typed the command.
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

/// An instant on a clock.
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
