//! Senders and keys.

use super::JsonArg;
use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum SenderCommand {
    /// All senders, and why one stands still.
    List(JsonArg),
    /// Delivery reports that fit no message, and what to look at.
    Receipts(JsonArg),
    /// Let a stopped sender go on, after its trouble is mended.
    Resume {
        /// Its name in the configuration.
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    Orders,
    Opens,
    Endpoints,
    /// Costs money: only if it is named.
    Messages,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKindArg {
    Backend,
    App,
}

#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make a key; it is shown this once.
    Create {
        /// What uses it, like the program's name; no two keys that are in force have one name.
        name: String,
        /// Where it will live. A backend's key speaks for every guest: it never leaves your servers. One that ships inside an
        /// app or a page, where anybody can read it, is an app's.
        #[arg(long, value_enum, default_value_t = KeyKindArg::Backend)]
        kind: KeyKindArg,
        /// What it may do. [default: orders,opens,endpoints; of an app's: opens,endpoints, which is all that it may have]
        #[arg(long, value_delimiter = ',')]
        scopes: Vec<ScopeArg>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The keys, without what is secret of them.
    List(JsonArg),
    /// Revoke the key of this name.
    Revoke {
        /// Its name.
        name: String,
    },
}
