//! Senders and keys.

use super::JsonArg;
use bellhop_domain::scope::{KeyKind, Scope};
use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};
use std::num::NonZeroU32;

#[derive(Debug, Clone, Copy, Args)]
pub struct PruneArgs {
    /// Only say what would go.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// A date or an instant by the organisation's clock: from then on. Thirty days before the end if absent.
    #[arg(long, value_name = "WHEN")]
    pub from: Option<String>,
    /// The same: until before then. Now if absent.
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Print a table for a spreadsheet.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum SenderCommand {
    /// List all senders, and why one is paused.
    List(JsonArg),
    /// Show delivery reports that fit no message, and what to check.
    Receipts(JsonArg),
    /// Make a sender send nothing until it is resumed. What is in hand ends within a second.
    Pause {
        /// Its name.
        name: String,
        /// Why; `sender list` and `doctor` show it.
        #[arg(long, default_value = "paused by hand")]
        reason: String,
    },
    /// Make every process read a sender's secrets again, after the file of a secret has changed.
    Reload {
        /// Its name.
        name: String,
    },
    /// Let a stopped sender continue, after its problem is fixed.
    Resume {
        /// Its name.
        name: String,
    },
}

/// A scope, by its name in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeArg(pub Scope);

impl ValueEnum for ScopeArg {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: [ScopeArg; Scope::ALL.len()] = {
            let mut all = [ScopeArg(Scope::ALL[0]); Scope::ALL.len()];
            let mut i = 1;
            while i < all.len() {
                all[i] = ScopeArg(Scope::ALL[i]);
                i += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()).help(self.0.allows()))
    }
}

/// The scopes of a key if none are named.
fn usual_scopes() -> String {
    let names = |kind: KeyKind| kind.usual().into_iter().map(Scope::name).collect::<Vec<_>>().join(",");
    format!(
        "What it may do. [default: {}; of an app's: {}, which is all that it may have]",
        names(KeyKind::Backend),
        names(KeyKind::App)
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKindArg {
    Backend,
    App,
}

#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Create a key; it is shown only this once.
    Create {
        /// What uses it, like the name of a program; no two keys in force may have the same name.
        name: String,
        /// Where it will be kept. A backend's key speaks for every guest and must never leave your servers. A key
        /// that ships inside an app or a page, where anybody can read it, must be an app's.
        #[arg(long, value_enum, default_value_t = KeyKindArg::Backend)]
        kind: KeyKindArg,
        #[arg(long, visible_alias = "scope", value_delimiter = ',', help = usual_scopes())]
        scopes: Vec<ScopeArg>,
        /// How many requests it may make in a minute; as many as any key if absent.
        #[arg(long, value_name = "NUMBER")]
        per_minute: Option<NonZeroU32>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the keys, without their secret parts.
    List(JsonArg),
    /// Say how many requests the key of this name may make in a minute, from its next one on.
    Limit {
        /// Its name.
        name: String,
        /// So many; as many as any key if absent.
        #[arg(long, value_name = "NUMBER")]
        per_minute: Option<NonZeroU32>,
    },
    /// Revoke the key of this name.
    Revoke {
        /// Its name.
        name: String,
    },
}
