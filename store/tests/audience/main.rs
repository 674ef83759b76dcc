//! The audience's contract, on both databases.
#![allow(clippy::unwrap_used, reason = "tests say what they expect with unwrap")]

mod cdnow;
#[path = "../guest_base/database.rs"]
#[allow(dead_code, reason = "the guest base's tests use the rest")]
mod database;
mod documentation;
mod exclusions;
