//! What the calendar knows of a guest.

use bellhop_domain::retention::{OrderFacts, Thresholds};
use bellhop_domain::{Money, Timestamp};

/// The dates of a guest, from which programs by dates plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GuestDates {
    pub birthday: Option<Birthday>,
    /// The guest's bonuses that burn, as last reported.
    pub burns: Vec<Burn>,
    /// Of the orders that count.
    pub orders: Option<OrderFacts>,
    pub thresholds: Thresholds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday {
    /// month * 100 + day, as birthdays are kept.
    pub month_day: i16,
    /// When the guest, or the site for them, told this date. `None` for what was imported, which fires nothing at once.
    pub told_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burn {
    pub amount: Money,
    /// From this instant on they cannot be spent.
    pub at: Timestamp,
}
