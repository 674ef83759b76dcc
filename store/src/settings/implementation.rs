//! The settings on either database.

use super::{Changes, PastChange, PastOf, SettingsBook, Snapshot, read, write};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::setting::SettingsVersion;

#[async_trait]
impl SettingsBook for SqlStore {
    async fn settings_version(&self) -> Result<SettingsVersion> {
        read::version(&self.db).await
    }

    async fn load_settings(&self) -> Result<Snapshot> {
        read::all(&self.db).await
    }

    async fn change_settings(&self, changes: Changes<'_>) -> Result<SettingsVersion> {
        write::change(&self.db, changes).await
    }

    async fn settings_history(&self, of: PastOf<'_>, most: u32) -> Result<Vec<PastChange>> {
        read::history(&self.db, of, most).await
    }
}
