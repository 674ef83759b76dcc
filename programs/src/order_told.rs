//! The order that an event is about.

use bellhop_domain::event::{Event, EventKind, text_of};

/// Where the kinds of event name the order that they are about.
const ORDER_PATHS: [&str; 3] = ["order.number", "review.order", "order"];

/// The order that an event is about, by the brand's id.
pub(crate) fn order_of(event: &Event) -> Option<String> {
    ORDER_PATHS.iter().find_map(|path| text_of(&event.data, path))
}

/// Whether events of a kind tell of an order.
pub(crate) fn tells_of_orders(kind: EventKind) -> bool {
    ORDER_PATHS.iter().any(|path| kind.field(path).is_some())
}
