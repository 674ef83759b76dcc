//! Where a client is in the log of changes: the `id` of an event, which it sends back as `Last-Event-ID`. Pure.

use bellhop_domain::Timestamp;
use bellhop_store::base::outbox::{KEPT, LogEnd, Place};
use std::time::Duration;

/// For so long a client may be away and misses nothing. What it asks for is kept for longer, so that clocks may differ.
const AWAY: Duration = Duration::from_secs(KEPT.as_secs() - 5 * 60);

/// A place as a client knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub place: Place,
    /// When it was told.
    pub at: Timestamp,
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    pub place: Place,
    pub what: Beginning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// The client comes for the first time.
    New,
    /// It comes back, and misses nothing.
    Resumed,
    /// It was away for too long, or knows another database: it has to read everything anew.
    Reset,
}

impl Seen {
    pub fn text(self) -> String {
        format!("{}-{}", self.place.0, self.at.0)
    }

    pub fn read(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<u64>().ok().and_then(|it| i64::try_from(it).ok());
        let (place, at) = text.trim().split_once('-')?;
        Some(Seen {
            place: Place(number(place)?),
            at: Timestamp(number(at)?),
        })
    }
}

impl Begin {
    /// Where a client begins that was last told `seen`; `None` of one that says nothing. What cannot be read is a client that was
    /// away too long.
    pub fn of(seen: Option<Option<Seen>>, end: LogEnd, now: Timestamp) -> Self {
        let Some(seen) = seen else {
            return Begin {
                place: end.complete,
                what: Beginning::New,
            };
        };
        match seen.filter(|it| it.place <= end.last && it.at.plus(AWAY) >= now) {
            Some(seen) => Begin {
                place: seen.place,
                what: Beginning::Resumed,
            },
            None => Begin {
                place: end.complete,
                what: Beginning::Reset,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_772_355_600_000);

    #[test]
    fn a_place_is_what_it_was_written_as() {
        let seen = Seen {
            place: Place(17),
            at: NOW,
        };
        assert_eq!(Seen::read(&seen.text()), Some(seen));
        for odd in ["", "17", "17-", "-17-5", "17-x", "99999999999999999999-5", "17-5-5"] {
            assert_eq!(Seen::read(odd), None, "{odd}");
        }
    }

    #[test]
    fn who_was_away_for_too_long_begins_anew_and_is_told_so() {
        let end = LogEnd {
            complete: Place(20),
            last: Place(25),
        };
        let seen = |place: i64, minutes: u64| {
            Some(Some(Seen {
                place: Place(place),
                at: NOW.minus(Duration::from_secs(minutes * 60)),
            }))
        };
        let begin = |seen| {
            let begin = Begin::of(seen, end, NOW);
            (begin.place.0, begin.what)
        };
        assert_eq!(begin(None), (20, Beginning::New));
        assert_eq!(begin(seen(7, 1)), (7, Beginning::Resumed));
        assert_eq!(begin(seen(7, 10)), (7, Beginning::Resumed));
        assert_eq!(begin(seen(7, 11)), (20, Beginning::Reset));
        // Another process may have been further than this one.
        assert_eq!(begin(seen(25, 1)), (25, Beginning::Resumed));
        // Of a database that was restored since.
        assert_eq!(begin(seen(26, 1)), (20, Beginning::Reset));
        assert_eq!(begin(Some(None)), (20, Beginning::Reset));
    }
}
