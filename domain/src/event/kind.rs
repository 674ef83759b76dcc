//! The registry of kinds.

use super::kinds::{app, bonuses, cart, custom, guest, order, referral, review};
use super::{FieldKind, KindSpec, Schema, Source};
use crate::order::OrderStatus;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! kinds {
    ($($variant:ident = $code:literal => $spec:path,)+) => {
        /// Of which kind an event is. The numbers are stored; never reuse one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum EventKind {
            $($variant = $code),+
        }

        impl EventKind {
            pub const ALL: [EventKind; [$($code),+].len()] = [$(EventKind::$variant),+];

            pub fn spec(self) -> &'static KindSpec {
                match self {
                    $(EventKind::$variant => &$spec),+
                }
            }
        }
    };
}

kinds! {
    OrderPlaced = 1 => order::PLACED,
    OrderCooking = 2 => order::COOKING,
    OrderOnItsWay = 3 => order::ON_ITS_WAY,
    OrderDelivered = 4 => order::DELIVERED,
    OrderCancelled = 5 => order::CANCELLED,
    CartChanged = 6 => cart::CHANGED,
    GuestRegistered = 7 => guest::REGISTERED,
    ReferralJoined = 8 => referral::JOINED,
    ReferralOrdered = 9 => referral::ORDERED,
    ReviewLeft = 10 => review::LEFT,
    BonusesAccrued = 11 => bonuses::ACCRUED,
    BonusesChanged = 12 => bonuses::CHANGED,
    AppOpened = 13 => app::OPENED,
    Custom = 14 => custom::CUSTOM,
}

impl EventKind {
    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Its `type` on the wire, like `cart.changed`.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn schema(self) -> &'static Schema {
        &self.spec().schema
    }

    /// What stands at a path of its data; a custom event may have any value under any name.
    pub fn field(self, path: &str) -> Option<&'static FieldKind> {
        if self == EventKind::Custom {
            return custom::is_field_name(path).then_some(&FieldKind::Plain);
        }
        self.schema().field(path)
    }

    /// Whether the brand may send it.
    pub fn is_told(self) -> bool {
        self.spec().source != Source::Made
    }

    /// What an order becomes by it.
    pub fn order_status(self) -> Option<OrderStatus> {
        match self.spec().source {
            Source::Order(status) => Some(status),
            Source::Told | Source::Made => None,
        }
    }

    /// What is told when an order has become this.
    pub fn of_order(status: OrderStatus) -> Self {
        match status {
            OrderStatus::Placed => EventKind::OrderPlaced,
            OrderStatus::Cooking => EventKind::OrderCooking,
            OrderStatus::OnItsWay => EventKind::OrderOnItsWay,
            OrderStatus::Delivered => EventKind::OrderDelivered,
            OrderStatus::Cancelled => EventKind::OrderCancelled,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(d)?;
        let known = || EventKind::ALL.map(EventKind::name).join("`, `");
        EventKind::parse(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown variant `{name}`, expected one of `{}`", known())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_codes_round_trip() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_code(kind.code()), Some(kind));
            assert_eq!(EventKind::parse(kind.name()), Some(kind));
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.name());
            assert_eq!(serde_json::from_value::<EventKind>(json).unwrap(), kind);
        }
        let names: BTreeSet<_> = EventKind::ALL.map(EventKind::name).into();
        assert_eq!(names.len(), EventKind::ALL.len());
        assert!(serde_json::from_str::<EventKind>("\"cart\"").is_err());
    }

    #[test]
    fn an_orders_kind_says_its_status() {
        for status in OrderStatus::ALL {
            let kind = EventKind::of_order(status);
            assert_eq!(kind.order_status(), Some(status));
            assert_eq!(kind.name(), format!("order.{}", status.name()));
        }
        assert_eq!(EventKind::CartChanged.order_status(), None);
        assert!(!EventKind::ReferralOrdered.is_told());
    }
}
