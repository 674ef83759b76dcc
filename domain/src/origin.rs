//! Where the messages of a run come from, and what follows from that for the run (PRODUCT.md §14).

/// Where messages come from. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Origin {
    /// The audience of a mailing, which is planned as of the start.
    Audience = 1,
    /// A program, for each guest in their own time.
    Program = 2,
    /// A request of the API, one message each.
    Request = 3,
    /// An operator.
    Operator = 4,
}

impl Origin {
    pub const ALL: [Origin; 4] = [Origin::Audience, Origin::Program, Origin::Request, Origin::Operator];

    pub fn name(self) -> &'static str {
        match self {
            Origin::Audience => "audience",
            Origin::Program => "program",
            Origin::Request => "request",
            Origin::Operator => "operator",
        }
    }

    /// The stored number.
    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.code() == code)
    }

    /// Whether all messages of the run are planned at its start, rather than each when it is requested. A planned run
    /// leaves in full batches and ends when nothing of it is left; a run on demand waits for the next request until
    /// it is cancelled.
    pub fn is_planned(self) -> bool {
        match self {
            Origin::Audience => true,
            Origin::Program | Origin::Request | Origin::Operator => false,
        }
    }

    /// Whether the life of every message counts from the start of the run. Otherwise each message has a life of its
    /// own.
    pub fn lives_from_the_start(self) -> bool {
        self.is_planned()
    }

    /// Whether an address gets at most one message of the run, however many cards it is on. Otherwise it gets every
    /// message that is requested.
    pub fn is_once_per_address(self) -> bool {
        self.is_planned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_audience_is_known_at_the_start() {
        for (origin, code, name, from_the_start) in [
            (Origin::Audience, 1, "audience", true),
            (Origin::Program, 2, "program", false),
            (Origin::Request, 3, "request", false),
            (Origin::Operator, 4, "operator", false),
        ] {
            assert_eq!((origin.code(), origin.name()), (code, name));
            assert_eq!(Origin::from_code(code), Some(origin));
            assert_eq!(origin.is_planned(), from_the_start, "{origin:?}");
            assert_eq!(origin.lives_from_the_start(), from_the_start, "{origin:?}");
            assert_eq!(origin.is_once_per_address(), from_the_start, "{origin:?}");
        }
        assert_eq!(Origin::from_code(0), None);
    }
}
