//! The programs of PRODUCT.md §7 as data: files that a marketer begins from.

use crate::definition::{Definition, read};
use bellhop_domain::fault::Fault;

/// A definition to begin from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    json: &'static str,
}

macro_rules! presets {
    ($($name:literal,)+) => {
        /// In the order of PRODUCT.md §7. One-time codes are not here: they are asked for one by one, without an event.
        pub const PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            json: include_str!(concat!("../presets/", $name, ".json")),
        }),+];
    };
}

presets! {
    "referral-bonus",
    "birthday-bonus",
    "birthday-message",
    "abandoned-cart",
    "bonus-expiry",
    "bonus-accrued",
    "retention-change",
    "review-bonus",
    "welcome-bonus",
    "order-placed",
    "order-cooking",
    "order-on-its-way",
    "order-delivered",
    "review-request",
    "custom",
}

impl Preset {
    pub fn named(name: &str) -> Option<Preset> {
        PRESETS.iter().copied().find(|it| it.name == name)
    }

    /// As its author wrote it, to be edited.
    pub fn json(self) -> &'static str {
        self.json
    }

    /// # Errors
    /// Never: a test reads all of them.
    pub fn definition(self) -> Result<Definition, Vec<Fault>> {
        read(self.json)
    }
}
