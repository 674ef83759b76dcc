//! What each kind says of itself.

use super::Schema;
use crate::fault::Fault;
use crate::order::OrderStatus;
use serde_json::{Map, Value};

/// What is known of a kind.
pub struct KindSpec {
    /// Its `type` on the wire.
    pub name: &'static str,
    /// What has happened: a sentence without its stop.
    pub says: &'static str,
    pub source: Source,
    pub schema: Schema,
    /// What is wrong with data of the right form.
    pub check: fn(&Map<String, Value>) -> Vec<Fault>,
}

/// Where events of a kind come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The brand tells of it.
    Told,
    /// Of the order that the brand tells of, whether as an event or as an order, if that changed its status.
    Order(OrderStatus),
    /// Bellhop makes it of other events.
    Made,
}
