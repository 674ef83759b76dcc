//! Statistics on both databases: a campaign counted by hand, and random ledgers against a plain-Rust reference.

mod campaign;
mod database;
mod random;
mod reference;
mod rows;
