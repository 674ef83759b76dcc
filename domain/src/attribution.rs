//! Which mailing an order is credited to (PRODUCT.md §9).
//!
//! An order counts for one mailing. The use of a target promo, from the mailing's launch on, decides first: of several
//! mailings with that promo, the one sent to the guest last. Otherwise the latest open within the window before the
//! order decides. A cancelled order counts for none.

use crate::order::OrderStatus;
use crate::{MailingId, Timestamp};
use std::time::Duration;

/// What attribution needs to know of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedOrder<'a> {
    pub placed_at: Timestamp,
    pub status: OrderStatus,
    pub promo: Option<&'a str>,
}

/// What a guest did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A push tapped; the app reported it.
    Tap,
    /// A web push clicked.
    Click,
    /// The personal link followed.
    Link,
    /// A WhatsApp message read: an open, but no reason to credit an order.
    Read,
}

impl Action {
    pub fn credits(self) -> bool {
        self != Action::Read
    }
}

/// One open by the guest who placed the order. A robot's open is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    pub mailing: MailingId,
    pub at: Timestamp,
    pub action: Action,
}

/// A launched mailing with a target promo, as seen from the guest who placed the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromoMailing<'a> {
    pub mailing: MailingId,
    pub target_promo: &'a str,
    pub launched_at: Timestamp,
    /// When its messages were sent to this guest; empty for a guest who was no recipient.
    pub sent: &'a [Timestamp],
}

/// Why an order counts for a mailing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The target promo, used by a recipient.
    Promo,
    /// The target promo, used by somebody who was no recipient: shown apart.
    PromoByNonRecipient,
    /// The guest's latest open within the window.
    Open { at: Timestamp },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    pub mailing: MailingId,
    pub reason: Reason,
}

/// The mailing that `order` counts for, if any. The window includes both of its ends. Of equals, the mailing created
/// last (the greater id) gets the order, so that the answer does not depend on the order of the arguments.
pub fn credit(
    order: &PlacedOrder<'_>,
    opens: &[Open],
    promos: &[PromoMailing<'_>],
    window: Duration,
) -> Option<Credit> {
    if !order.status.counts() {
        return None;
    }
    by_promo(order, promos).or_else(|| by_open(order, opens, window))
}

fn by_promo(order: &PlacedOrder<'_>, promos: &[PromoMailing<'_>]) -> Option<Credit> {
    let used = order.promo?;
    let best = promos
        .iter()
        .filter(|p| p.target_promo == used && p.launched_at <= order.placed_at)
        .max_by_key(|p| {
            let last_sent = p.sent.iter().filter(|at| **at <= order.placed_at).max();
            (last_sent, !p.sent.is_empty(), p.launched_at, p.mailing)
        })?;
    let reason = if best.sent.is_empty() {
        Reason::PromoByNonRecipient
    } else {
        Reason::Promo
    };
    Some(Credit {
        mailing: best.mailing,
        reason,
    })
}

fn by_open(order: &PlacedOrder<'_>, opens: &[Open], window: Duration) -> Option<Credit> {
    let latest = opens
        .iter()
        .filter(|o| o.action.credits() && o.at <= order.placed_at && order.placed_at <= o.at.plus(window))
        .max_by_key(|o| (o.at, o.mailing))?;
    Some(Credit {
        mailing: latest.mailing,
        reason: Reason::Open { at: latest.at },
    })
}

#[cfg(test)]
#[path = "attribution_tests.rs"]
mod tests;
