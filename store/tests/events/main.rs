//! Events as brands tell them, on both databases.
// Tests say what they expect with unwrap.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod at_once;
mod database;
mod effects;
mod orders;
mod random;
mod referrals;
