//! Which queue a task waits in.

use bellhop_domain::{EndpointKind, Lane};

/// One queue: the tasks of one kind of endpoint and one lane, of all organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Queue {
    pub kind: EndpointKind,
    pub lane: Lane,
}

impl Queue {
    /// Every queue there is.
    pub fn all() -> impl Iterator<Item = Queue> {
        EndpointKind::ALL
            .into_iter()
            .flat_map(|kind| Lane::ALL.map(|lane| Queue { kind, lane }))
    }

    /// The queue's name on a broker that several systems share: `<prefix>.fcm.marketing`.
    pub fn name(self, prefix: &str) -> String {
        format!("{prefix}.{}.{}", self.kind.name(), self.lane.name())
    }
}

impl std::fmt::Display for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.kind.name(), self.lane.name())
    }
}
