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

pub use troubles::{TroubleReports, Troubled};
pub use types::{Change, Changes, FileSections, PastChange, PastOf, Setting, Snapshot};

use crate::Result;
use async_trait::async_trait;
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
}
