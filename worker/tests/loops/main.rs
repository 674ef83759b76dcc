//! The loops of dispatcher and worker together, over the real ledger, broker and limiter.

#![allow(clippy::unwrap_used)]

mod dispatchers;
mod provider;
mod stage;
mod stopping;
mod trouble;
mod waterfall;
