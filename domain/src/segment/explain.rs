//! Why a guest is in or out, clause by clause.

use super::{Asked, Guest, Segment};
use crate::exclusion::Exclusion;
use crate::{Channel, Timestamp};
use serde::Serialize;
use std::fmt;

/// A clause of the filter, its verdict and the fact behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub clause: String,
    pub holds: bool,
    /// The fact behind a condition; a clause that combines others has parts instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Finding>,
}

impl Segment {
    pub fn explain(&self, guest: &Guest, asked: &Asked) -> Finding {
        let (clause, parts) = match self {
            Segment::Leaf(leaf) => return leaf.condition().explain(guest, asked),
            Segment::All(parts) if parts.is_empty() => ("everybody", &parts[..]),
            Segment::Any(parts) if parts.is_empty() => ("everybody", &parts[..]),
            Segment::All(parts) => ("all of", &parts[..]),
            Segment::Any(parts) => ("any of", &parts[..]),
            Segment::Not(part) => ("not", std::slice::from_ref(&**part)),
        };
        Finding {
            clause: clause.to_owned(),
            holds: self.holds(guest, asked),
            fact: None,
            parts: parts.iter().map(|p| p.explain(guest, asked)).collect(),
        }
    }
}

impl Finding {
    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let mark = if self.holds { "yes" } else { "no " };
        write!(f, "{:indent$}{mark} {}", "", self.clause)?;
        match &self.fact {
            Some(fact) => writeln!(f, ": {fact}")?,
            None => writeln!(f)?,
        }
        self.parts.iter().try_for_each(|p| p.write(f, indent + 4))
    }
}

impl fmt::Display for Finding {
    /// One line per clause, with its parts indented.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// The whole answer about one customer: the filter's verdict, then the exclusions'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The customer's external id.
    pub customer: String,
    pub as_of: Timestamp,
    /// Whether the guest passes the filter.
    pub matches: bool,
    pub filter: Finding,
    /// Why a guest who passes the filter would still get nothing.
    pub excluded: Option<Exclusion>,
    /// Channels on which the guest can be reached and has agreed to be.
    pub channels: Vec<Channel>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match (self.matches, self.excluded) {
            (false, _) => "is not in the audience".to_owned(),
            (true, None) => "is in the audience".to_owned(),
            (true, Some(why)) => format!("is in the audience, but would get nothing: {}", why.name()),
        };
        writeln!(f, "customer {} {verdict} (as of {})", self.customer, self.as_of)?;
        self.filter.fmt(f)?;
        let channels: Vec<_> = self.channels.iter().map(|c| c.name()).collect();
        match channels.is_empty() {
            true => writeln!(f, "reachable on no channel"),
            false => writeln!(f, "reachable on {}", channels.join(", ")),
        }
    }
}
