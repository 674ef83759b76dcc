//! Settings in the database.

use super::JsonArg;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The file whose organisations, senders and marketing section are applied; that of --config if absent.
    pub file: Option<PathBuf>,
    /// Show what would change, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Remove senders and organisations that are in the database but not in the file.
    #[arg(long)]
    pub prune: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Show who changed which setting, and when.
    History(JsonArg),
    /// Store a sender's secret in the database, sealed with the newest key of [settings] keys; it is read from
    /// standard input.
    Seal(SealArgs),
    /// Seal all secrets again with the newest key of [settings] keys.
    Reseal,
}

#[derive(Debug, Args)]
pub struct SealArgs {
    /// The sender's name.
    pub sender: String,
    /// The field that now holds the reference to the secret, like settings.secrets.password.
    pub field: String,
}
