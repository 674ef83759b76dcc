//! What every part of the store stands on.

pub(crate) mod audit;
pub(crate) mod codes;
pub(crate) mod crossed;
pub(crate) mod db;
pub mod error;
pub mod gate;
pub(crate) mod horizon;
pub mod outbox;
pub mod postgres;
pub(crate) mod rendered;
pub(crate) mod row;
pub(crate) mod silence;
pub mod sole;
pub(crate) mod sql;
pub mod sqlite;
pub(crate) mod type_map;
