//! Audience filters (PRODUCT.md §3): a tree of conditions, what it means for one guest, and why.
//!
//! [`Segment::holds`] is the meaning: a plain function over plain values. The store renders the same tree to
//! SQL; property tests ask both the same question. Each condition is one file of `conditions/` and one line of
//! the registry in `leaf.rs`.

mod audience;
mod clauses;
mod condition;
pub mod conditions;
mod error;
mod explain;
mod guest;
mod leaf;
mod parse;
mod period;
mod range;
mod saved;
#[cfg(test)]
mod tests;

pub use audience::{AudienceCount, audience};
pub use clauses::{Alike, ClauseCount, MOST_CONDITIONS};
pub use condition::Condition;
pub use error::FilterError;
pub use explain::{Explanation, Finding};
pub use guest::{Endpoint, Guest, MailingMessage, Order, OrderItem};
pub use leaf::Leaf;
pub use period::{Moment, Period, Span};
pub use range::Bounds;

use crate::frequency_cap::FrequencyCap;
use crate::phone::Region;
use crate::retention::Thresholds;
use crate::{Timestamp, Zone};

/// A filter. Reads and writes the JSON of `docs/audience.md`.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// Every part holds; everybody if there are no parts.
    All(Vec<Segment>),
    /// At least one part holds; everybody if there are no parts, because an empty list restricts nothing.
    Any(Vec<Segment>),
    Not(Box<Segment>),
    Leaf(Leaf),
}

/// The circumstances of a question: when, and by which organisation's rules.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Orders placed at or after this instant are not visible.
    pub as_of: Timestamp,
    /// The organisation's time zone, for dates in the filter and for birthdays.
    pub zone: Zone,
    /// The country to which phone numbers without `+` belong.
    pub region: Region,
    pub thresholds: Thresholds,
    pub cap: FrequencyCap,
}

impl Segment {
    pub fn everybody() -> Self {
        Segment::All(Vec::new())
    }

    /// Whether the filter is written as no restriction at all.
    pub fn is_everybody(&self) -> bool {
        match self {
            Segment::All(parts) => parts.iter().all(Segment::is_everybody),
            Segment::Any(parts) => parts.is_empty() || parts.iter().any(Segment::is_everybody),
            Segment::Not(_) | Segment::Leaf(_) => false,
        }
    }

    /// The same filter without enclosing lists of a single part.
    pub fn unwrapped(&self) -> &Self {
        match self {
            Segment::All(parts) | Segment::Any(parts) if parts.len() == 1 => parts[0].unwrapped(),
            _ => self,
        }
    }

    /// Whether the guest is in.
    pub fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        match self {
            Segment::All(parts) => parts.iter().all(|p| p.holds(guest, asked)),
            Segment::Any(parts) => parts.is_empty() || parts.iter().any(|p| p.holds(guest, asked)),
            Segment::Not(part) => !part.holds(guest, asked),
            Segment::Leaf(leaf) => leaf.condition().holds(guest, asked),
        }
    }

    /// Every condition of the tree, from left to right.
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Segment::All(parts) | Segment::Any(parts) => parts.iter().flat_map(Segment::leaves).collect(),
            Segment::Not(part) => part.leaves(),
            Segment::Leaf(leaf) => vec![leaf],
        }
    }
}
