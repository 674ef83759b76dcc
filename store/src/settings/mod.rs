//! Settings as the database keeps them: documents with versions, and who changed what.
//!
//! What a document means is read elsewhere (crate `bellhop-settings`); here it is JSON. All settings together have one
//! version, which every write makes one higher and which a process asks for to notice a change. A write says which
//! version it was made from, and is refused if that is no longer the one.

mod implementation;
mod read;
mod troubles;
mod types;
mod write;
mod zones;

pub use troubles::Troubled;
pub use types::{Change, Changes, FileDigests, PastChange, PastOf, Setting, Snapshot};

use crate::Result;
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use bellhop_domain::setting::SettingsVersion;

/// The settings, as processes read and people change them.
#[async_trait]
pub trait SettingsBook: Send + Sync {
    /// The version of all settings together: one row of one table, cheap enough to be asked for every second.
    async fn settings_version(&self) -> Result<SettingsVersion>;
    async fn load_settings(&self) -> Result<Snapshot>;
    /// Makes the changes, with their history and audit rows and the organisations' rows, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Moved`](crate::StoreError::Moved) if the settings are not at the version they were decided on:
    /// nothing is written then.
    async fn change_settings(&self, changes: Changes<'_>) -> Result<SettingsVersion>;
    /// The latest changes, the last one first.
    async fn settings_history(&self, of: PastOf<'_>, most: u32) -> Result<Vec<PastChange>>;
    /// Keeps what a process could not make of the settings, for a minute. An empty list says that it has made all of
    /// them or that it ends.
    async fn tell_troubles(&self, it: &Troubled, now: Timestamp) -> Result<()>;
    /// What running processes have reported in the last minute, ordered by their names.
    async fn troubles(&self, now: Timestamp) -> Result<Vec<Troubled>>;
}
