//! `/v1/webhooks` and `/v1/deliveries`: what the command line does with outgoing webhooks (docs/webhooks.md).

mod create;
mod deliveries;
mod keep;

pub(crate) use create::{post, rotate};
pub(crate) use deliveries::{Which, deliveries, replay};
pub(crate) use keep::{list, remove, switch};
