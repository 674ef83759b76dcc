//! An order as it is written.

use super::endpoint_rows::Attach;
use super::whose::Whose;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, EndpointKind, Money, Phone, Timestamp};

pub use bellhop_domain::order::MAX_TOTAL;
/// The most items of one order.
pub const MAX_ITEMS: usize = 1_000;
/// The longest external id or name, in characters: an index entry of PostgreSQL holds 2.7 kB.
pub const NAME_CHARS: usize = 200;

/// An order as a CRM, a site or an app tells it, once or at every change.
///
/// A status moves only forward (placed → … → delivered → cancelled): a report with an earlier status than the
/// known one is old, and only fills what is empty. So reports may come repeated and in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOrder {
    pub external_id: String,
    /// The customer's external id. Without one, the customer is the one with `phone`, and if there is none,
    /// a new one whose external id is the phone.
    pub customer: Option<String>,
    /// Becomes one of the customer's phones.
    pub phone: Option<Phone>,
    /// By name; an unknown one is created in the organisation's time zone.
    pub restaurant: Option<String>,
    pub placed_at: Timestamp,
    pub status: OrderStatus,
    pub total: Money,
    pub delivery: Option<String>,
    pub source: Option<String>,
    pub promo: Option<String>,
    /// `None` leaves the known items as they are.
    pub items: Option<Vec<OrderItem>>,
}

impl LiveOrder {
    pub(super) fn whose(&self) -> Whose<'_> {
        Whose {
            customer: self.customer.as_ref(),
            phone: self.phone.as_ref(),
        }
    }
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    pub dish: Option<String>,
    pub category: Option<String>,
    /// Pieces.
    pub quantity: i64,
    /// Of one piece.
    pub price: Money,
}

/// The phones that orders name, each its customer's.
pub(super) fn phones_of(orders: &[LiveOrder], customers: &[CustomerId]) -> Vec<Attach> {
    let phone = |(order, customer): (&LiveOrder, &CustomerId)| {
        let address = order.phone.as_ref()?.e164().to_owned();
        Some(Attach {
            customer: *customer,
            kind: EndpointKind::Phone,
            address,
        })
    };
    orders.iter().zip(customers).filter_map(phone).collect()
}
