//! Catching up with the settings in the database, for whoever would otherwise be refused for want of them.

use crate::{Api, Served};
use bellhop_campaigns::HEARD_WITHIN;
use bellhop_store::StoreError;
use std::sync::Arc;
use tokio::time::timeout;

impl Api {
    /// Settings newer than those of version `than`, at least as new as those in the database now; waits until this
    /// process has heard of them. `None` if there are none, or if this process does not hear of them in the time in
    /// which every process hears of a change: then it cannot read them, and nobody waits for longer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn newer_settings(&self, than: i64) -> Result<Option<Arc<Served>>, StoreError> {
        let wanted = self.desk.book.settings_version().await?.0;
        if wanted <= than {
            return Ok(None);
        }
        Ok(timeout(HEARD_WITHIN, self.settings_of(wanted)).await.ok())
    }

    /// The settings that are in force once they are at least of this version.
    async fn settings_of(&self, version: i64) -> Arc<Served> {
        // News first, so that none is missed between the two looks.
        let mut news = self.live.news();
        let mut served = self.live.now();
        while served.in_force.version < version {
            served = news.next().await;
        }
        served
    }
}
