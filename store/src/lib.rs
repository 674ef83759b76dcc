//! The guest base and the ledger, on SQLite (embedded default) or PostgreSQL (fleet).
//!
//! Callers know the traits ([`GuestBase`], the roles of the [`ledger`], …) and never a backend. Both backends pass one
//! conformance suite. The ledger is the truth: whatever the broker, Redis or a process loses, what is committed here is
//! enough to go on, and nothing that is committed here is done twice silently.

pub mod accounts;
pub mod audience;
pub mod base;
pub mod erasure;
pub mod events;
pub mod export;
pub mod files;
pub mod guests;
pub mod import;
pub mod landings;
pub mod ledger;
pub mod programs;
pub mod promos;
pub mod pruning;
pub mod schema;
pub mod segments;
pub mod settings;
pub mod statistics;
pub mod tagging;
pub mod webhooks;

pub use base::{postgres, sole, sqlite};
pub use guests::consent;
pub use ledger::incoming;

pub(crate) use base::{db, sql};
pub(crate) use guests::live_endpoints;

pub use audience::Audience;
pub use base::error::{Result, StoreError};
pub use base::outbox::{ChangeLog, Outbox};
pub use db::{Dialect, SqlStore};
pub use erasure::Erasing;
pub use events::{GuestPages, LiveEvents};
pub use export::Exporting;
pub use files::FilesBook;
pub use guests::GuestBase;
pub use landings::LandingBook;
pub use live_endpoints::LiveEndpoints;
pub use promos::PromoBook;
pub use pruning::Pruning;
pub use segments::SegmentBook;
pub use settings::SettingsBook;
pub use statistics::Statistics;
