//! The loops of dispatcher and worker together, over the real ledger, broker and limiter.

#![allow(clippy::unwrap_used)]

mod bulkheads;
mod caps;
mod countries;
mod dispatchers;
mod following;
mod logs;
mod night;
mod options;
mod organisations;
mod people;
mod provider;
mod questions;
mod sessions;
mod settings;
mod shares;
mod stage;
mod stopping;
mod transactional;
mod trouble;
mod warm_up;
mod waterfall;
mod webhooks;
