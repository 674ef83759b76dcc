//! The orders for requests, as the world answers them.

use std::time::Duration;

use crate::answers::{Order, Told};
use crate::ledger::Channel;
use crate::world::{Outcome, World};

impl World {
    /// Replaces the orders in force by these.
    ///
    /// # Errors
    /// When one is impossible; then the old ones stay.
    pub(crate) fn order(&self, orders: Vec<Order>) -> Result<(), String> {
        self.answers.replace(orders)
    }

    /// The answer that is ordered for a request about this recipient. With it nothing is accepted.
    pub(crate) fn ordered(&self, channel: Channel, recipient: &str) -> Option<Outcome> {
        let (reply, after_ms) = self
            .answers
            .next(channel, recipient, |order| Some((order.reply()?, order.after_ms)))?;
        if !reply.status().is_success() {
            self.ledger.book(channel).refuse();
        }
        Some(Outcome::later(Duration::from_millis(after_ms), reply))
    }

    /// The `command_status` that is ordered for this destination or `system_id`.
    pub(crate) fn ordered_status(&self, recipient: &str) -> Option<u32> {
        self.answers.next(Channel::Smpp, recipient, |order| order.status)
    }

    /// What is to be reported about a message to this recipient.
    pub(crate) fn ordered_report(&self, channel: Channel, recipient: &str) -> Option<Told> {
        self.answers.next(channel, recipient, |order| order.report.clone())
    }
}
