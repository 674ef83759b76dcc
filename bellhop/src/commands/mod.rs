//! The commands that ask and change, one per file.

pub mod api_key;
pub mod audience;
pub mod consent;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod mailing;
pub mod message;
pub mod migrate;
pub mod sender;
pub mod simulator;
pub mod table;
mod unmatched;
pub mod web_push_keys;

use crate::config::Config;
use crate::wiring::{self, Parts};
use anyhow::{Context as _, Result};
use bellhop_domain::Timestamp;
use bellhop_store::guests::Organisation;
use serde::Serialize;

/// What every command is given.
pub struct Context {
    pub config: Config,
    /// The organisation's slug, if named.
    pub organisation: Option<String>,
}

impl Context {
    /// Opens the store and finds the organisation that the command speaks of.
    pub async fn open(&self) -> Result<(Parts, Organisation)> {
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

/// A JSON argument: the text itself, or `@FILE`.
pub fn json_argument(text: &str) -> Result<String> {
    match text.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {path}")),
        None => Ok(text.to_owned()),
    }
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
