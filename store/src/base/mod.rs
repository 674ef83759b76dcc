//! What every part of the store stands on.

pub(crate) mod audit;
pub(crate) mod db;
pub mod outbox;
pub mod postgres;
pub mod sole;
pub(crate) mod sql;
pub mod sqlite;
