//! The guest base and the ledger, on SQLite (embedded default) or PostgreSQL (fleet).
//!
//! Callers know the traits ([`GuestBase`], the roles of the [`ledger`], …) and never a backend. Both backends pass one
//! conformance suite. The ledger is the truth: whatever the broker, Redis or a process loses, what is committed here is
//! enough to go on, and nothing that is committed here is done twice silently.

pub mod audience;
pub mod base;
pub mod guests;
pub mod import;
pub mod ledger;
pub mod pruning;
pub mod schema;
pub mod settings;
pub mod statistics;

pub use base::{postgres, sole, sqlite};
pub use guests::consent;
pub use ledger::incoming;

pub(crate) use base::{db, sql};
pub(crate) use guests::live_endpoints;

pub use audience::Audience;
pub use base::outbox::Outbox;
pub use db::{Dialect, SqlStore};
pub use guests::GuestBase;
pub use live_endpoints::LiveEndpoints;
pub use pruning::Pruning;
pub use settings::SettingsBook;
pub use statistics::Statistics;

use bellhop_domain::fault::Why;
use bellhop_domain::setting::SettingsVersion;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer or refused; the same call may succeed later.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("migrating the database: {0}; restore the backup or run `bellhop migrate` with the version that wrote it")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// This program and the database's schema do not fit.
    #[error(transparent)]
    Schema(#[from] schema::Misfit),
    /// A row holds what this version cannot read.
    #[error("{what} {id}: {problem}")]
    Corrupt {
        what: &'static str,
        id: String,
        problem: String,
    },
    #[error("there is no {what} {id} in this organisation")]
    NotFound { what: &'static str, id: String },
    /// The thing is not in a state that allows this; the words of the code say what to do.
    #[error("{0}")]
    Conflict(Why),
    /// The thing has had its time (PRODUCT.md §18).
    #[error("{0}")]
    Outlived(Why),
    /// The settings are no longer what the change was made from: read them again and decide anew.
    #[error("the settings were changed meanwhile (version {found} instead of {expected}); look at them again")]
    Moved {
        expected: SettingsVersion,
        found: SettingsVersion,
    },
}

pub type Result<T, E = StoreError> = std::result::Result<T, E>;
