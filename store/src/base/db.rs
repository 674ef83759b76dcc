//! One handle on either database.

use crate::Result;
use crate::base::horizon::Horizon;
use crate::base::silence::Silence;
use crate::base::type_map::TypeMap;
use bellhop_domain::InstallationId;
use bellhop_domain::breaker::Threshold;
use sqlx::{PgPool, SqlitePool};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// The pools of one database. SQLite has a single writer, so that a transaction never meets a busy lock
/// half-way, and several readers beside it (WAL).
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres { pool: PgPool, silence: Silence },
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
        match self {
            Db::Sqlite { .. } => Dialect::Sqlite,
            Db::Postgres { .. } => Dialect::Postgres,
        }
    }
}

impl SqlStore {
    pub(crate) fn new(db: Db) -> Self {
        Self {
            db,
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
        match &self.db {
            Db::Sqlite { read, .. } => sqlx::query("SELECT 1").execute(read).await.map(|_| ()),
            Db::Postgres { pool, silence } => silence.bounds(sqlx::query("SELECT 1").execute(pool)).await.map(|_| ()),
        }?;
        Ok(())
    }

    /// Closes the pools once their connections are idle.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres { pool, .. } => pool.close().await,
        }
    }
}
