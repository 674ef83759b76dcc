//! The latest changes in memory, so that hundreds of streams do not each ask the database for them. Pure.

use bellhop_domain::OrgId;
use bellhop_store::base::outbox::{Change, Changes, Place};
use std::collections::VecDeque;

/// The most changes that are remembered. Who needs older ones asks the database.
const MOST: usize = 10_000;

/// All changes between two places.
#[derive(Debug, Default)]
pub(super) struct Ring {
    changes: VecDeque<Change>,
    /// It has whatever is behind this place.
    from: Place,
    upto: Place,
}

impl Ring {
    /// Begins anew at a place.
    pub fn begin(&mut self, at: Place) {
        self.changes.clear();
        (self.from, self.upto) = (at, at);
    }

    pub fn upto(&self) -> Place {
        self.upto
    }

    /// Adds what follows [`upto`](Self::upto).
    pub fn add(&mut self, more: Changes) {
        self.upto = self.upto.max(more.upto);
        self.changes.extend(more.changes);
        while self.changes.len() > MOST {
            self.from = self.changes.pop_front().map_or(self.from, |gone| gone.place);
        }
    }

    /// What an organisation has behind a place; `None` if that is not remembered any more.
    pub fn since(&self, after: Place, org: OrgId) -> Option<Changes> {
        if after < self.from {
            return None;
        }
        let first = self.changes.partition_point(|it| it.place <= after);
        let of = self.changes.range(first..).filter(|it| it.notice.org == org);
        Some(Changes {
            changes: of.cloned().collect(),
            upto: self.upto.max(after),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::Timestamp;
    use bellhop_store::base::outbox::{Notice, What};

    fn change(place: i64, org: i32) -> Change {
        let what = What::Audited {
            who: "tester".into(),
            action: "test".into(),
            object: place.to_string(),
        };
        Change {
            place: Place(place),
            notice: Notice {
                org: OrgId(org),
                at: Timestamp(0),
                what,
            },
        }
    }

    fn places(found: Option<Changes>) -> Option<(Vec<i64>, i64)> {
        found.map(|it| (it.changes.iter().map(|it| it.place.0).collect(), it.upto.0))
    }

    #[test]
    fn everybody_gets_their_own_from_where_they_are() {
        let mut ring = Ring::default();
        ring.begin(Place(10));
        ring.add(Changes {
            changes: vec![change(11, 1), change(13, 2), change(14, 1)],
            upto: Place(16),
        });
        assert_eq!(places(ring.since(Place(10), OrgId(1))), Some((vec![11, 14], 16)));
        assert_eq!(places(ring.since(Place(11), OrgId(1))), Some((vec![14], 16)));
        assert_eq!(places(ring.since(Place(10), OrgId(2))), Some((vec![13], 16)));
        assert_eq!(places(ring.since(Place(16), OrgId(1))), Some((vec![], 16)));
        // Another process was further: nothing is told twice for that.
        assert_eq!(places(ring.since(Place(18), OrgId(1))), Some((vec![], 18)));
        assert_eq!(places(ring.since(Place(9), OrgId(1))), None);
    }

    #[test]
    fn what_is_forgotten_is_known_to_be() {
        let mut ring = Ring::default();
        ring.begin(Place(0));
        let many = i64::try_from(MOST).unwrap() + 5;
        ring.add(Changes {
            changes: (1..=many).map(|place| change(place, 1)).collect(),
            upto: Place(many),
        });
        assert_eq!(places(ring.since(Place(4), OrgId(1))), None);
        assert_eq!(ring.since(Place(5), OrgId(1)).unwrap().changes.len(), MOST);
    }
}
