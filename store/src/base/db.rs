//! One handle on either database.

use crate::Result;
use crate::base::horizon::Horizon;
use crate::base::message_ids::KnownIds;
use crate::base::pools::Pools;
use crate::base::type_map::TypeMap;
use bellhop_domain::breaker::Threshold;
use bellhop_domain::{InstallationId, MessageIds};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

pub use crate::base::pools::Dialect;

/// One database, and what its ids of messages are made with.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    pub pools: Pools,
    pub known_ids: KnownIds,
}

/// The store on either backend: implements every trait of this crate.
#[derive(Debug, Clone)]
pub struct SqlStore {
    pub(crate) db: Db,
    /// When reports of refused content pause a run.
    pub(crate) breaker: Threshold,
    /// Which one this is, once it was asked.
    pub(crate) installation: Arc<OnceCell<InstallationId>>,
    /// Up to where the outbox is known to be whole.
    pub(crate) horizon: Arc<Mutex<Horizon>>,
    /// What this process has read or looked at.
    pub(crate) memory: TypeMap,
}

impl Db {
    pub fn dialect(&self) -> Dialect {
        self.pools.dialect()
    }

    /// How ids of messages are made of their keys; `None` before the database is migrated.
    pub async fn message_ids(&self) -> Result<Option<Arc<MessageIds>>> {
        self.known_ids.of(&self.pools).await
    }
}

impl SqlStore {
    pub(crate) fn new(pools: Pools) -> Self {
        Self {
            db: Db {
                pools,
                known_ids: KnownIds::default(),
            },
            breaker: Threshold::default(),
            installation: Arc::default(),
            horizon: Arc::default(),
            memory: TypeMap::default(),
        }
    }

    /// With another circuit breaker than the default one.
    pub fn with_breaker(self, breaker: Threshold) -> Self {
        Self { breaker, ..self }
    }

    pub fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    /// Whether the database answers.
    pub async fn answers(&self) -> Result<()> {
        match &self.db.pools {
            Pools::Sqlite { read, .. } => sqlx::query("SELECT 1").execute(read).await.map(|_| ()),
            Pools::Postgres { pool, silence, .. } => {
                silence.bounds(sqlx::query("SELECT 1").execute(pool)).await.map(|_| ())
            }
        }?;
        Ok(())
    }

    /// Closes the pools once their connections are idle.
    pub async fn close(&self) {
        match &self.db.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { pool, repeating, .. } => {
                repeating.close().await;
                pool.close().await;
            }
        }
    }
}
