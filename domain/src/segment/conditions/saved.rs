//! `{"segment":7}`: the guest is in a saved segment, as it is defined at that moment.

use crate::SegmentId;
use crate::segment::{Asked, Condition, Guest};
use serde::{Deserialize, Serialize};

/// A reference, in whose place the store puts the segment's own filter before anybody is asked ([`Segment::with_saved`]).
///
/// [`Segment::with_saved`]: crate::segment::Segment::with_saved
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InSegment(pub SegmentId);

impl Condition for InSegment {
    /// Nobody is known to be in a segment whose filter is not there.
    fn holds(&self, _: &Guest, _: &Asked) -> bool {
        false
    }

    fn clause(&self, _: &Asked) -> String {
        format!("is in segment {}", self.0)
    }

    fn fact(&self, _: &Guest, _: &Asked) -> String {
        "the segment was not looked up".to_owned()
    }
}
