//! The secret behind the ids of messages, as the installation's owner sees it.

use super::commands::absent;
use crate::base::message_ids;
use crate::{Result, SqlStore};
use bellhop_domain::{Era, MessageIds, Timestamp, time};
use std::sync::Arc;
use std::time::Duration;

/// All processes have read a new secret long before it is used, whatever their clocks say.
const KNOWN_BEFORE: Duration = Duration::from_millis(time::DAY_MS.unsigned_abs());

impl SqlStore {
    /// How ids of messages are made of the ledger's own keys, for whoever reads its tables beside the store.
    pub async fn message_ids(&self) -> Result<Arc<MessageIds>> {
        self.db
            .message_ids()
            .await?
            .ok_or_else(|| absent("secret", "of messages"))
    }

    /// Makes the ids of messages with a new secret, from the beginning of a month on that is a day away at least; returns it.
    /// Ids that were given out before stay what they are. Asked again before that month, it changes nothing.
    pub async fn change_message_secret(&self, now: Timestamp) -> Result<Era> {
        let from = Era::of(now.plus(KNOWN_BEFORE)).next();
        message_ids::add(&self.db.pools, from.first_key()).await?;
        self.db.known_ids.forget();
        Ok(from)
    }
}
