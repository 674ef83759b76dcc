//! What a brand tells of a guest as it happens (PRODUCT.md §13): a cart was changed, an order is on its way, a review was left.
//!
//! A kind is a file of [`kinds`] and a line of its registry: a name on the wire, and a [`Schema`] of its data, by which an
//! event is read and checked ([`Told::read`]), documented (`docs/events/*.json`), filtered and put into texts ([`text_of`]).

mod json_schema;
mod kind;
mod kinds;
mod path;
mod read;
mod schema;
mod spec;
mod values;

pub use json_schema::json_schema;
pub use kind::EventKind;
pub use kinds::order::became_at;
pub use kinds::review::STARS;
pub use path::{instant_of, money_of, text_of, value_of};
pub use read::{MAX_EVENTS, Told};
pub use schema::{Field, FieldKind, MAX_FIELDS, MAX_ITEMS, NAME_CHARS, Schema, TEXT_CHARS};
pub use spec::{KindSpec, Source};
pub use values::money;

use crate::{CustomerId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An event as it is stored: what programs are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// No two have the same, and of those told of together, the later has the higher. In which order events came about is the
    /// order of the outbox.
    pub number: i64,
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Of a custom event: which one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub customer: CustomerId,
    /// When it happened, as the brand says.
    pub at: Timestamp,
    /// By the kind's schema, with every value in the one form of its kind.
    pub data: Map<String, Value>,
}

impl Event {
    /// The value at a path like `cart.items[0].dish`, as a text says it.
    pub fn text(&self, path: &str) -> Option<String> {
        text_of(&self.data, path)
    }
}
