//! When a login is tried too often, and when a session ends: pure, with instants as arguments.

use crate::Timestamp;
use std::time::Duration;

/// How long an attempt is remembered, counted from the first of a series.
pub const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// A session in which nothing is asked for so long is over.
pub const IDLE: Duration = Duration::from_secs(12 * 3600);

/// A session ends so long after its login, whatever is asked in it.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// A person's link is good for so long.
pub const LINK: Duration = Duration::from_secs(72 * 3600);

/// What attempts are counted by. An account is counted for each address too, so that a stranger who tries somebody's
/// e-mail keeps out themselves long before they keep out its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Address,
    AccountFromAddress,
    Account,
}

impl About {
    pub const ALL: [About; 3] = [About::Address, About::AccountFromAddress, About::Account];

    /// How many attempts may be made within [`REMEMBERED`].
    pub const fn most(self) -> i64 {
        match self {
            About::Address => 30,
            About::AccountFromAddress => 10,
            About::Account => 100,
        }
    }
}

/// Whether a session is open: neither idle for too long, nor past its end, which is exclusive.
pub fn is_open(seen_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> bool {
    now < ends_at && now < seen_at.plus(IDLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_idleness_and_by_age() {
        let login = Timestamp(1_800_000_000_000);
        let ends = login.plus(LONGEST);
        let later = |hours: u64| login.plus(Duration::from_secs(hours * 3600));
        for (seen, now, open) in [
            (0, 0, true),
            (0, 11, true),
            (0, 12, false),
            (5, 12, true),
            (167, 167, true),
            (167, 168, false),
        ] {
            assert_eq!(is_open(later(seen), ends, later(now)), open, "{seen} {now}");
        }
    }

    #[test]
    fn a_stranger_is_kept_out_before_the_owner_of_an_account() {
        assert!(About::AccountFromAddress.most() < About::Address.most());
        assert!(About::Address.most() < About::Account.most());
    }
}
