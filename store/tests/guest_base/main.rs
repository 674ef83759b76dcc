//! The guest base's contract, on both databases.

mod cdnow;
mod database;
mod facts_model;
mod files;
mod live;
mod model;
mod refused_files;
