//! Orders as the guest base keeps them (PRODUCT.md §1).

use crate::Money;
use crate::money::UNITS;
use serde::{Deserialize, Serialize};

/// The largest total: sums of thousands of such still fit their column. 100 billion.
pub const MAX_TOTAL: Money = Money(100_000_000_000 * UNITS);

/// The numbers are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum OrderStatus {
    /// Also the status of an order whose status is not told: unless somebody says that an order has arrived, it has
    /// not.
    #[default]
    Placed = 1,
    Cooking = 2,
    OnItsWay = 3,
    Delivered = 4,
    /// It does not count unless a filter asks for this status.
    Cancelled = 5,
}

impl OrderStatus {
    pub const ALL: [OrderStatus; 5] = [
        OrderStatus::Placed,
        OrderStatus::Cooking,
        OrderStatus::OnItsWay,
        OrderStatus::Delivered,
        OrderStatus::Cancelled,
    ];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            OrderStatus::Placed => "placed",
            OrderStatus::Cooking => "cooking",
            OrderStatus::OnItsWay => "on_its_way",
            OrderStatus::Delivered => "delivered",
            OrderStatus::Cancelled => "cancelled",
        }
    }

    /// Whether the order counts for retention, sums and averages.
    pub fn counts(self) -> bool {
        self != OrderStatus::Cancelled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_round_trip() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::from_code(status.code()), Some(status));
            assert_eq!(OrderStatus::parse(status.name()), Some(status));
        }
        assert_eq!(OrderStatus::parse("On its way"), Some(OrderStatus::OnItsWay));
        assert_eq!(OrderStatus::parse("CANCELED"), Some(OrderStatus::Cancelled));
        assert_eq!(OrderStatus::parse("eaten"), None);
        assert_eq!(OrderStatus::from_code(0), None);
        assert_eq!(
            OrderStatus::default(),
            OrderStatus::Placed,
            "what nobody says was delivered is not"
        );
    }
}
