//! What rendering asks of guests, and what it gets.

use super::promo_need::{MessagePromo, PromoNeed, PromoUse};
use bellhop_domain::{Money, Timestamp};
use std::collections::BTreeMap;

/// What rendering asks of a guest; only what a template uses is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenderNeeds {
    /// Name, locale, time zone, external id.
    pub profile: bool,
    pub last_dish: bool,
    /// What was ordered most often of late.
    pub favourite_dish: bool,
    pub favourite_category: bool,
    /// How many orders there are, their sum, and when the latest was.
    pub orders: bool,
    /// The home restaurant's name, phone and address.
    pub restaurant: bool,
    /// Keys of custom attributes.
    pub attributes: Vec<String>,
    /// When the guest last wrote to the sender.
    pub last_inbound: bool,
    /// What the request of a message on demand gave.
    pub given: bool,
    /// What the texts show of a list of promo codes.
    pub promo: Option<PromoNeed>,
}

impl RenderNeeds {
    /// All that both need.
    #[must_use]
    pub fn with(mut self, other: RenderNeeds) -> Self {
        self.attributes.extend(other.attributes);
        RenderNeeds {
            profile: self.profile || other.profile,
            last_dish: self.last_dish || other.last_dish,
            favourite_dish: self.favourite_dish || other.favourite_dish,
            favourite_category: self.favourite_category || other.favourite_category,
            orders: self.orders || other.orders,
            restaurant: self.restaurant || other.restaurant,
            attributes: self.attributes,
            last_inbound: self.last_inbound || other.last_inbound,
            given: self.given || other.given,
            promo: match (self.promo, other.promo) {
                (Some(one), Some(other)) => Some(PromoNeed {
                    used: one.used.max(other.used),
                    ..one
                }),
                (one, other) => one.or(other),
            },
        }
    }

    /// Whether the message gets a code of a list.
    pub fn takes_code(&self) -> bool {
        self.promo.as_ref().is_some_and(|it| it.used == PromoUse::Code)
    }

    /// The same for a test, which takes no code.
    #[must_use]
    pub fn without_taking(mut self) -> Self {
        if let Some(promo) = &mut self.promo {
            promo.used = promo.used.min(PromoUse::Sample);
        }
        self
    }
}

/// What rendering gets of a guest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub external_id: Option<String>,
    pub name: Option<String>,
    pub locale: Option<String>,
    /// The guest's own zone, else their home restaurant's.
    pub timezone: Option<String>,
    pub last_dish: Option<String>,
    pub favourite_dish: Option<String>,
    pub favourite_category: Option<String>,
    /// Absent if there is no guest, only an address.
    pub orders: Option<OrderSums>,
    pub restaurant: HomeRestaurant,
    pub attributes: BTreeMap<String, String>,
    pub promo: Option<MessagePromo>,
}

/// All orders of a guest that are not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderSums {
    pub count: u64,
    pub revenue: Money,
    pub last_at: Option<Timestamp>,
}

/// A guest's home restaurant, as the settings tell it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HomeRestaurant {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
}
