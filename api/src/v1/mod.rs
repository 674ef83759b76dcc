//! Version 1: live events, what an organisation decides, its mailings, audiences and guests.

mod address;
pub(crate) mod audience;
pub(crate) mod consents;
pub(crate) mod endpoints;
pub(crate) mod guests;
pub(crate) mod mailings;
pub(crate) mod messages;
pub(crate) mod opens;
pub(crate) mod orders;
pub(crate) mod senders;
pub(crate) mod settings;
mod text;
