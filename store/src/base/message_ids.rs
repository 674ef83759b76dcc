//! The secrets with which ids of messages are made, as the database keeps them ([`MessageIds`] says how they are used).
//!
//! They stand in the database, unsealed: whoever reads it has all the keys that a secret would hide, and a backup has what
//! its links need.

use crate::base::keyless::NO_SECRET;
use crate::base::pools::Pools;
use crate::{Result, StoreError};
use bellhop_domain::message_key::MessageSecret;
use bellhop_domain::{MessageIds, MessageKey};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// For how long a process uses secrets that it has read. A new one is used from the beginning of a month on that is further
/// away, so that then every process knows it.
pub(crate) const KNOWN_FOR: Duration = Duration::from_secs(3_600);

/// The secrets that this process has read, and when; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownIds(Arc<Mutex<Option<Known>>>);

#[derive(Debug, Clone)]
struct Known {
    ids: Arc<MessageIds>,
    /// By the clock that also runs while a computer sleeps.
    read_at: SystemTime,
}

impl KnownIds {
    /// `None` of a database without the table, which is to be migrated, and of one without a secret.
    pub async fn of(&self, pools: &Pools) -> Result<Option<Arc<MessageIds>>> {
        let known = self.known();
        let is_fresh = |known: &Known| known.read_at.elapsed().is_ok_and(|age| age < KNOWN_FOR);
        if let Some(fresh) = known.as_ref().filter(|known| is_fresh(known)) {
            return Ok(Some(fresh.ids.clone()));
        }
        let read_at = SystemTime::now();
        if known.is_none() && !is_there(pools).await? {
            return Ok(None);
        }
        let secrets = read(pools).await?;
        if secrets.is_empty() {
            return Ok(None);
        }
        let ids = Arc::new(MessageIds::new(&secrets).ok_or_else(spoilt)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            ids: ids.clone(),
            read_at,
        });
        Ok(Some(ids))
    }

    /// Reads them again the next time.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn known(&self) -> Option<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn is_there(pools: &Pools) -> Result<bool> {
    let found: Option<i32> = match pools {
        Pools::Sqlite { read, .. } => {
            let text = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'message_secrets'";
            sqlx::query_scalar(text).fetch_optional(read).await?
        }
        Pools::Postgres { pool, .. } => {
            let text = "SELECT 1 WHERE to_regclass('message_secrets') IS NOT NULL";
            sqlx::query_scalar(text).fetch_optional(pool).await?
        }
    };
    Ok(found.is_some())
}

async fn read(pools: &Pools) -> Result<Vec<MessageSecret>> {
    let text = "SELECT from_key, secret FROM message_secrets";
    let rows: Vec<(i64, Vec<u8>)> = match pools {
        Pools::Sqlite { read, .. } => sqlx::query_as(text).fetch_all(read).await?,
        Pools::Postgres { pool, .. } => sqlx::query_as(text).fetch_all(pool).await?,
    };
    let secrets = rows.into_iter().map(|(from, secret)| {
        let (from, secret) = (MessageKey(from), secret.try_into().map_err(|_| spoilt())?);
        Ok(MessageSecret { from, secret })
    });
    secrets.collect()
}

/// Adds a secret for the keys from this one on, unless there is one for them or for later ones; whether it did.
pub(crate) async fn add(pools: &Pools, from: MessageKey) -> Result<bool> {
    let secret: [u8; 32] = rand::random();
    let text = "INSERT INTO message_secrets (from_key, secret)
                SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM message_secrets WHERE from_key >= $1)
                ON CONFLICT (from_key) DO NOTHING";
    let added = match pools {
        Pools::Sqlite { write, .. } => {
            let statement = sqlx::query(text).bind(from.0).bind(secret.to_vec());
            statement.execute(write).await?.rows_affected()
        }
        Pools::Postgres { pool, .. } => {
            let statement = sqlx::query(text).bind(from.0).bind(secret.to_vec());
            statement.execute(pool).await?.rows_affected()
        }
    };
    Ok(added > 0)
}

fn spoilt() -> StoreError {
    StoreError::Corrupt {
        what: "installation",
        id: String::new(),
        problem: NO_SECRET.to_owned(),
    }
}
