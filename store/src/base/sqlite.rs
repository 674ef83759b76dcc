//! The embedded backend: one file, no server.

use crate::Result;
use crate::base::pools::Pools;
use crate::db::SqlStore;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

const READERS: u32 = 4;

/// Opens the database file, creating it and its folder's contents if absent. What is committed stays, also after a power cut
/// (`synchronous = FULL`: the log is on the disk before a commit returns): a *started* that was lost with the power would be
/// an SMS that goes twice.
pub async fn open(file: &Path) -> Result<SqlStore> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        // Of a new file: what has had its time gives its pages back bit by bit.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(30))
        // On a Mac a plain fsync leaves the data in the drive's cache.
        .pragma("fullfsync", "1")
        .pragma("checkpoint_fullfsync", "1")
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
    Ok(SqlStore::new(Pools::Sqlite { write, read }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_commit_is_on_the_disk_when_it_returns() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("bellhop.db")).await.unwrap();
        let Pools::Sqlite { write, read } = &store.db.pools else {
            panic!("not SQLite");
        };
        for pool in [write, read] {
            // Every connection of the pool, held together.
            let mut held = Vec::new();
            for _ in 0..pool.options().get_max_connections() {
                held.push(pool.acquire().await.unwrap());
            }
            for connection in &mut held {
                let mut ask = async |what: &'static str| -> i64 {
                    sqlx::query_scalar(what).fetch_one(&mut **connection).await.unwrap()
                };
                assert_eq!(ask("PRAGMA synchronous").await, 2, "2 is FULL");
                assert_eq!(ask("PRAGMA fullfsync").await, 1);
                assert_eq!(ask("PRAGMA checkpoint_fullfsync").await, 1);
            }
            let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
                .fetch_one(&mut *held[0])
                .await
                .unwrap();
            assert_eq!(mode, "wal");
        }
    }
}
