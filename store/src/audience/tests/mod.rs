//! The database asked beside the reference.

mod borders;
mod filters;
mod property;
mod rows;
mod snapshots;
mod world;

use crate::{SqlStore, postgres, sqlite};
use bellhop_domain::Timestamp;
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};

/// Fresh stores on both databases, and what they are in.
async fn both() -> (SqlStore, SqlStore, [Home; 2]) {
    let folder = prepared_folder().await.unwrap();
    let lite = sqlite::open(&folder.path().join(FILE)).await.unwrap();
    let database = prepared_database().await.unwrap();
    let postgres = postgres::open(database.url(), 4).await.unwrap();
    // The tests' messages are of the first month of all.
    postgres.make_room(Timestamp(0)).await.unwrap();
    (lite, postgres, [Home::Folder(folder), Home::Database(database)])
}
