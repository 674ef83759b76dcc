//! Statistics on both databases: a campaign counted by hand, and random ledgers against a plain-Rust reference.

#![allow(clippy::unwrap_used, reason = "a fixture that cannot be set up is a failed test")]

mod campaign;
mod codes;
mod database;
mod lifetimes;
mod over_time;
mod random;
mod reference;
mod rows;
mod tallies;
