//! What guests' apps and the brand's till send to Bellhop's API.

use serde::Serialize;

use super::plan::{PlannedOrder, Who};

/// `POST /v1/opens`.
#[derive(Debug, Serialize)]
pub(super) struct Open<'a> {
    pub(super) message_id: &'a str,
    /// RFC 3339, UTC.
    pub(super) at: String,
}

/// `POST /v1/orders`.
#[derive(Debug, Serialize)]
pub(super) struct Orders<'a> {
    pub(super) orders: [Order<'a>; 1],
}

#[derive(Debug, Serialize)]
pub(super) struct Order<'a> {
    order_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// RFC 3339, UTC.
    placed_at: String,
    /// A decimal string with two places.
    total: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    promo: Option<&'a str>,
}

impl<'a> Order<'a> {
    pub(super) fn new(planned: &'a PlannedOrder, placed_at: String) -> Self {
        let (customer_id, phone) = match &planned.who {
            Who::Customer(id) => (Some(id.as_str()), None),
            Who::Phone(digits) => (None, Some(format!("+{digits}"))),
        };
        Self {
            order_id: &planned.order_id,
            customer_id,
            phone,
            placed_at,
            total: format!("{}.{:02}", planned.total_cents / 100, planned.total_cents % 100),
            status: "delivered",
            promo: planned.promo.as_deref(),
        }
    }
}
