//! Outgoing webhooks: which other systems are told of what happens to an organisation's guests, and how far that is
//! (docs/webhooks.md).
//!
//! Notices of the outbox become *deliveries*, one for each webhook that wants the kind, by a reader of the outbox. A webhook
//! has one delivery for a notice (a unique index), so a notice may be read any number of times. The body is written then and
//! stays, with an id drawn at random: every try says the same.
//!
//! # Order
//! What is about one subject (a message, a guest, a firing) is told in the order of its notices: a delivery is taken only when
//! none of its subject that is older waits. Those behind one that has to wait are put off together with it, so that nobody
//! looks at them meanwhile. A replay of an older one may come after a newer one that was delivered long ago.
//!
//! # Leases
//! Whoever takes a delivery counts a try and puts it off by the length of the lease. An answer counts only under the number of
//! its try, so that one who was slow changes nothing any more. Hence a delivery happens at least once.

mod bodies;
mod book;
mod deliveries;
mod delivering;
mod facts;
mod telling;
mod types;

pub use book::WebhooksBook;
pub use delivering::{Answered, Delivering, DueWebhook, InHand, Then};
pub use telling::TellingWebhooks;
pub use types::*;
