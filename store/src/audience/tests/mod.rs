//! The database asked beside the reference.

mod borders;
mod filters;
mod property;
mod rows;
mod snapshots;
mod world;

use crate::{SqlStore, postgres, sqlite};
use tempfile::TempDir;

/// Fresh stores on both databases; the folder holds the SQLite file.
async fn both() -> (SqlStore, SqlStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lite = sqlite::open(&folder.path().join("bellhop.db")).await.unwrap();
    let url = bellhop_test_services::fresh_database().await.unwrap();
    let postgres = postgres::open(&url, 4).await.unwrap();
    lite.migrate().await.unwrap();
    postgres.migrate().await.unwrap();
    (lite, postgres, folder)
}
