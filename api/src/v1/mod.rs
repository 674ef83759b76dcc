//! Version 1: live events. One endpoint per file.

mod address;
pub(crate) mod endpoints;
pub(crate) mod messages;
pub(crate) mod opens;
pub(crate) mod orders;
mod text;
