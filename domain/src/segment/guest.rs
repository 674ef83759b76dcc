//! A guest as conditions see them: plain values, whatever their source.

use crate::message::MessageState;
use crate::order::OrderStatus;
use crate::recent_marketing::Fate;
use crate::retention::OrderFacts;
use crate::{Channel, CustomerId, EndpointId, EndpointKind, MailingId, Money, RunId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

use super::Asked;

#[derive(Debug, Clone, PartialEq)]
pub struct Guest {
    pub customer: CustomerId,
    pub external_id: String,
    pub locale: Option<String>,
    /// month * 100 + day.
    pub birthday: Option<i16>,
    /// When they registered with the brand, if the card says so.
    pub registered_at: Option<Timestamp>,
    /// The restaurant on the card, by name: counts as theirs until they order.
    pub restaurant: Option<String>,
    pub tags: BTreeSet<String>,
    pub attributes: BTreeMap<String, String>,
    /// In no particular order, with cancelled and future ones.
    pub orders: Vec<Order>,
    /// With muted and dead ones.
    pub endpoints: Vec<Endpoint>,
    /// Channels with consent to marketing.
    pub consents: BTreeSet<Channel>,
    /// Whether any card with one of this guest's phones is marked.
    pub blacklisted: bool,
    /// Messages of runs that were not tests.
    pub messages: Vec<MailingMessage>,
    /// Marketing messages of the last week: when each was about to go, and what became of it.
    pub marketing: Vec<(Timestamp, Fate)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub placed_at: Timestamp,
    pub status: OrderStatus,
    pub total: Money,
    /// The restaurant by its name.
    pub restaurant: Option<String>,
    pub delivery: Option<String>,
    pub source: Option<String>,
    pub promo: Option<String>,
    pub items: Vec<OrderItem>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    pub dish: Option<String>,
    pub category: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub kind: EndpointKind,
    pub address: String,
    /// Neither muted nor dead.
    pub live: bool,
    pub registered_at: Timestamp,
}

/// What became of one message of a mailing to this guest.
#[derive(Debug, Clone, PartialEq)]
pub struct MailingMessage {
    pub mailing: MailingId,
    pub run: RunId,
    pub state: MessageState,
    pub reason: Option<String>,
    /// Whether a provider ever accepted it.
    pub sent: bool,
    pub opened: bool,
}

impl Guest {
    /// The orders that are visible at the instant asked about, whatever their status.
    pub fn orders_seen<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = &'a Order> {
        self.orders.iter().filter(|o| o.placed_at < asked.as_of)
    }

    /// The visible orders that count, that is, are not cancelled.
    pub fn orders_counted<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = &'a Order> {
        self.orders_seen(asked).filter(|o| o.status.counts())
    }

    /// F, L and R of PRODUCT.md §2; `None` if no order counts.
    pub fn order_facts(&self, asked: &Asked) -> Option<OrderFacts> {
        let mut placed: Vec<_> = self.orders_counted(asked).map(|o| o.placed_at).collect();
        placed.sort_unstable();
        OrderFacts::of(&placed, &asked.thresholds)
    }

    /// The endpoint that a channel uses: the live one that was registered last.
    pub fn live(&self, channel: Channel) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .filter(|e| e.live && e.kind.channel() == channel)
            .max_by_key(|e| (e.registered_at, e.id))
    }

    /// Phone numbers on the card, in E.164, whether or not they still answer.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        self.endpoints
            .iter()
            .filter(|e| matches!(e.kind, EndpointKind::Phone | EndpointKind::WhatsApp))
            .map(|e| e.address.as_str())
    }

    /// Channels on which the guest can be reached and has agreed to be, in the default order.
    pub fn reachable(&self) -> impl Iterator<Item = Channel> {
        Channel::ALL
            .into_iter()
            .filter(|c| self.consents.contains(c) && self.live(*c).is_some())
    }
}
