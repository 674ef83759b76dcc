//! Version 1: live events, and what an organisation decides. One endpoint per file.

mod address;
pub(crate) mod consents;
pub(crate) mod endpoints;
pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod opens;
pub(crate) mod orders;
pub(crate) mod senders;
pub(crate) mod settings;
mod text;
