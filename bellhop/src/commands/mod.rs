//! The commands that show and change things, one per file.

pub mod api_key;
pub mod apply;
pub mod audience;
pub mod consent;
pub mod demo;
pub mod doctor;
pub mod event;
mod export;
pub mod guest;
pub mod import;
pub mod loyalty;
pub mod mailing;
pub mod message;
pub mod migrate;
pub mod next_week;
pub mod openapi;
pub mod program;
pub mod promo;
pub mod prune;
pub mod report;
pub mod restaurant;
pub mod sender;
pub mod settings;
pub mod shell;
pub mod simulator;
pub mod table;
pub mod tag_rule;
mod unmatched;
pub mod user;
pub mod web_push_keys;
pub mod webhook;

use crate::config::Config;
use crate::opening::{self, Parts};
use anyhow::{Context as _, Result, bail};
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
        let slugs: Vec<_> = parts.organisations.iter().map(|it| it.slug.as_str()).collect();
        let organisation = parts.organisations[chosen(&slugs, self.organisation.as_deref())?].clone();
        Ok((parts, organisation))
    }
}

/// The place of the organisation that a command is about: the one that was named, or the only one of the database.
fn chosen(slugs: &[&str], named: Option<&str>) -> Result<usize> {
    let there = || slugs.join(", ");
    match (named, slugs) {
        (Some(named), slugs) => slugs
            .iter()
            .position(|slug| *slug == named)
            .with_context(|| format!("there is no organisation {named:?}; there are: {}", there())),
        (None, [_]) => Ok(0),
        (None, _) => bail!(
            "the database has several organisations: {}; name the one that is meant by --organisation SLUG or \
             BELLHOP_ORGANISATION",
            there()
        ),
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

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn of_several_organisations_one_must_be_named() {
        let chosen = |slugs: &[&str], named| chosen(slugs, named).map_err(|error| error.to_string());
        assert_eq!(chosen(&["pizza"], None), Ok(0));
        assert_eq!(chosen(&["pizza", "sushi"], Some("sushi")), Ok(1));
        for (slugs, named, words) in [
            (
                &["pizza", "sushi"][..],
                None,
                &["pizza, sushi", "--organisation SLUG"][..],
            ),
            (
                &["pizza", "sushi"][..],
                Some("soup"),
                &["no organisation \"soup\"", "pizza, sushi"][..],
            ),
            (&["pizza"][..], Some(""), &["there are: pizza"][..]),
        ] {
            let told = chosen(slugs, named).unwrap_err();
            assert!(words.iter().all(|word| told.contains(word)), "{told}");
        }
    }
}
