//! The kinds of event, a file for each subject.

pub(super) mod app;
pub(super) mod bonuses;
pub(super) mod cart;
pub(super) mod custom;
pub(super) mod guest;
pub(super) mod order;
pub(super) mod referral;
pub(super) mod review;

use crate::fault::Fault;
use serde_json::{Map, Value};

/// Data of the right form that is right.
fn whatever(_: &Map<String, Value>) -> Vec<Fault> {
    Vec::new()
}
