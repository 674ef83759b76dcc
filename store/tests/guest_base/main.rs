//! The guest base's contract, on both databases.
// Tests say what they expect with unwrap.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod beyond_63;
mod by_hand;
mod cdnow;
mod database;
mod devices;
mod documented;
mod exported;
mod exports;
mod facts_model;
mod field_files;
mod field_rows;
mod file_jobs;
mod files;
mod live;
mod model;
mod promos;
mod refused_files;
mod restaurant_zones;
mod tags;
mod words;
mod workbooks;
