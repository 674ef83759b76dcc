//! Saved segments inside of filters: which ones a filter names, and what it says once they are put in.

use super::conditions::InSegment;
use super::{Leaf, Segment};
use crate::SegmentId;
use std::collections::{BTreeMap, BTreeSet};

impl Segment {
    /// The saved segments that it names.
    pub fn saved(&self) -> BTreeSet<SegmentId> {
        let named = self.leaves().into_iter().filter_map(|leaf| match leaf {
            Leaf::InSegment(it) => Some(it.0),
            _ => None,
        });
        named.collect()
    }

    /// The same filter with the filters of saved segments in the places of their names.
    ///
    /// # Errors
    /// The first that is not there: a filter without it would mean somebody else.
    pub fn with_saved(&self, known: &BTreeMap<SegmentId, Segment>) -> Result<Segment, SegmentId> {
        let each = |parts: &[Segment]| -> Result<Vec<Segment>, SegmentId> {
            parts.iter().map(|part| part.with_saved(known)).collect()
        };
        Ok(match self {
            Segment::All(parts) => Segment::All(each(parts)?),
            Segment::Any(parts) => Segment::Any(each(parts)?),
            Segment::Not(part) => Segment::Not(Box::new(part.with_saved(known)?)),
            Segment::Leaf(Leaf::InSegment(it)) => {
                let InSegment(id) = **it;
                known.get(&id).cloned().ok_or(id)?
            }
            Segment::Leaf(_) => self.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(text: &str) -> Segment {
        text.parse().unwrap()
    }

    #[test]
    fn a_saved_segment_stands_where_it_is_named() {
        let filter = segment(r#"{"all":[{"segment":7},{"not":{"any":[{"segment":8},{"blacklisted":false}]}}]}"#);
        assert_eq!(filter.saved(), [SegmentId(7), SegmentId(8)].into());
        let known: BTreeMap<_, _> = [
            (SegmentId(7), segment(r#"{"retention":["lost"]}"#)),
            (SegmentId(8), segment(r#"{"any":[{"has":["sms"]}]}"#)),
        ]
        .into();
        let put_in = filter.with_saved(&known).unwrap();
        let expected =
            r#"{"all":[{"retention":["lost"]},{"not":{"any":[{"any":[{"has":["sms"]}]},{"blacklisted":false}]}}]}"#;
        assert_eq!(put_in, segment(expected));
        assert!(put_in.saved().is_empty());
    }

    #[test]
    fn a_segment_that_is_not_there_is_told_and_means_nobody_else() {
        let filter = segment(r#"{"not":{"segment":9}}"#);
        assert_eq!(filter.with_saved(&BTreeMap::new()), Err(SegmentId(9)));
    }
}
