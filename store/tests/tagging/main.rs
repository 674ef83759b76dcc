//! Automatic tags, on both databases.
// Tests say what they expect with unwrap.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod desk;
mod passes;
mod random;
mod reference;
mod rules;
mod sources;
mod told;
