//! What every part of the store stands on.

pub(crate) mod audit;
pub(crate) mod codes;
pub(crate) mod copy;
pub(crate) mod crossed;
pub(crate) mod db;
pub mod error;
pub mod gate;
pub(crate) mod happened;
pub(crate) mod horizon;
pub mod keyed_hash;
pub(crate) mod keyless;
pub(crate) mod message_ids;
pub mod outbox;
pub(crate) mod pools;
pub mod postgres;
pub(crate) mod rendered;
pub(crate) mod row;
pub(crate) mod session;
pub(crate) mod silence;
pub mod sole;
pub(crate) mod sql;
pub mod sqlite;
pub(crate) mod statement;
pub(crate) mod table;
pub(crate) mod type_map;
pub mod wants;
