//! What every part of the store stands on.

pub(crate) mod audit;
pub mod outbox;
