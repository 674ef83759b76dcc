//! Settings in the database.

use super::JsonArg;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The file whose organisations, senders and marketing section are brought in; that of --config if absent.
    pub file: Option<PathBuf>,
    /// Say what would change, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Remove senders and organisations that the database has and the file has not.
    #[arg(long)]
    pub prune: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Who changed which setting, and when.
    History(JsonArg),
    /// Keep a sender's secret in the database, sealed by the newest of [settings] keys; it is read from standard input.
    Seal(SealArgs),
    /// Seal all sealed secrets anew by the newest of [settings] keys.
    Reseal,
}

#[derive(Debug, Args)]
pub struct SealArgs {
    /// The sender's name.
    pub sender: String,
    /// The field that holds the secret's reference now, like settings.secrets.password.
    pub field: String,
}
