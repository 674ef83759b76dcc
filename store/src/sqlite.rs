//! The embedded backend: one file, no server.

use crate::Result;
use crate::db::{Db, SqlStore};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

const READERS: u32 = 4;

/// Opens the database file, creating it and its folder's contents if absent. Durable against a crash of the process;
/// a crash of the whole machine may lose the last commits (`synchronous = NORMAL`).
pub async fn open(file: &Path) -> Result<SqlStore> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(30))
        .pragma("cache_size", "-262144")
        .pragma("temp_store", "memory")
        .foreign_keys(false)
        .disable_statement_logging();
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(options.read_only(false))
        .await?;
    Ok(SqlStore::new(Db::Sqlite { write, read }))
}
