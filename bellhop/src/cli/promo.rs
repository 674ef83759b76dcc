//! Promo codes.

use super::{JsonArg, LanguageArg};
use clap::{ArgGroup, Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum PromoCommand {
    /// Import personal codes into a list, which is made if need be; or set the code that all guests share.
    Import(PromoImportArgs),
    /// List all lists: their kind, how many codes are left, when they end.
    List(JsonArg),
    /// Show a list.
    Show {
        /// The list, by its name.
        list: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Delete a list with the codes that nobody got. Codes that were given stay given: no list can bring them again.
    Delete {
        /// The list, by its name.
        list: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the promos whose use in an order sets tags.
    Tags(JsonArg),
    /// Say which tags guests get who use a promo in an order from now on; they replace those said before.
    #[command(group = ArgGroup::new("change").required(true))]
    SetTags {
        /// The promo, as orders have it.
        promo: String,
        /// A tag; may be repeated.
        #[arg(long, value_name = "TAG", group = "change")]
        tag: Vec<String>,
        /// No tags any more. Guests keep those that they have.
        #[arg(long, group = "change")]
        none: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("codes").required(true))]
pub struct PromoImportArgs {
    /// The list, by the name that mailings and programs use.
    pub list: String,
    /// Text with one code a line, or CSV with a column `code`.
    #[arg(group = "codes")]
    pub file: Option<PathBuf>,
    /// One code for all guests instead.
    #[arg(long, value_name = "CODE", group = "codes")]
    pub common: Option<String>,
    /// Until when the codes are valid: the last day, like 2026-12-31, or an instant (RFC 3339). From then on none is given.
    #[arg(long, value_name = "DAY|RFC3339")]
    pub ends_at: Option<String>,
    /// Write every bad row to this file (CSV: line, column, value, code, problem).
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// In which language to say what is wrong with a row.
    #[arg(long, value_enum, default_value = "en")]
    pub language: LanguageArg,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
