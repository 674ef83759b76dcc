//! What can go wrong in the store, whichever room it happens in.

use super::gate::Misfit;
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
    Schema(#[from] Misfit),
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
