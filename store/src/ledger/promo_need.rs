//! What texts show of lists of promo codes.

use crate::promos::PromoList;
use bellhop_domain::Timestamp;
use bellhop_domain::promo::sample;

/// A list of promo codes, and what of it texts show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoNeed {
    /// By its name.
    pub list: String,
    pub used: PromoUse,
}

/// What a text shows of a list of promo codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PromoUse {
    /// When its codes end.
    End,
    /// Something that looks like a code of it: of tests and previews, which take none.
    Sample,
    /// A code of it, which is the message's from then on.
    Code,
}

/// What a message shows of a list of promo codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessagePromo {
    pub code: Option<String>,
    /// From then on it is not valid.
    pub ends_at: Option<Timestamp>,
}

impl MessagePromo {
    /// What a test or a preview shows of a list: its common code, or something that looks like one of its codes.
    pub fn sample_of(list: &PromoList) -> Self {
        Self {
            code: Some(list.common_code.clone().unwrap_or_else(|| sample(list.longest))),
            ends_at: list.ends_at,
        }
    }
}
