//! How much marketing one guest gets (PRODUCT.md §8): messages are counted, not attempts, over sliding windows.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// At most so many marketing messages to a guest; `None` is no cap. Transactional messages neither count nor wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FrequencyCap {
    /// In any 24 hours.
    pub per_day: Option<u32>,
    /// In any 7 times 24 hours.
    pub per_week: Option<u32>,
}

impl Default for FrequencyCap {
    fn default() -> Self {
        Self {
            per_day: Some(1),
            per_week: Some(3),
        }
    }
}

/// The text is not a frequency cap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} is not a cap: {why}; write caps like 1/day,3/week")]
pub struct NotACap {
    part: String,
    why: &'static str,
}

impl FromStr for FrequencyCap {
    type Err = NotACap;

    /// Reads `1/day,3/week` or one of the two; a period that is left out has no cap.
    fn from_str(text: &str) -> Result<Self, NotACap> {
        let mut cap = Self::NONE;
        for part in text.split(',').map(str::trim) {
            let refused = |why| NotACap {
                part: part.to_owned(),
                why,
            };
            let (count, span) = part.split_once('/').ok_or_else(|| refused("it has no '/'"))?;
            let count = count
                .trim()
                .parse()
                .map_err(|_| refused("it does not begin with a number of messages"))?;
            let place = match span.trim() {
                "day" => &mut cap.per_day,
                "week" => &mut cap.per_week,
                _ => return Err(refused("messages are counted by the day or the week")),
            };
            if place.replace(count).is_some() {
                return Err(refused("its span is named twice"));
            }
        }
        Ok(cap)
    }
}

/// What a cap says about one more message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Free,
    /// The message is suppressed; the next possible time.
    CappedUntil(Timestamp),
    /// The cap is zero.
    Never,
}

impl FrequencyCap {
    pub const NONE: FrequencyCap = FrequencyCap {
        per_day: None,
        per_week: None,
    };

    /// How far back the guest's messages must be known.
    pub fn look_back(&self) -> Duration {
        match (self.per_week, self.per_day) {
            (Some(_), _) => 7 * DAY,
            (None, Some(_)) => DAY,
            (None, None) => Duration::ZERO,
        }
    }

    /// Whether a marketing message may go to a guest at `at`. `sent` is when the guest's marketing messages went out, one
    /// instant for each message however many attempts and channels it took, in any order. Those planned later than `at`
    /// count as well: neither window around them may hold too many.
    pub fn verdict(&self, sent: &[Timestamp], at: Timestamp) -> Verdict {
        let mut sent = sent.to_vec();
        sent.sort_unstable();
        let windows = [(self.per_day, DAY), (self.per_week, 7 * DAY)];
        let mut next = at;
        // An instant that satisfies one window may violate the other. The loop ends because each turn moves past at
        // least one message.
        loop {
            let before = next;
            for (cap, span) in windows {
                match cap.map(|cap| next_free(&sent, cap as usize, span, next)) {
                    None => {}
                    Some(None) => return Verdict::Never,
                    Some(Some(free)) => next = free,
                }
            }
            if next == before {
                break;
            }
        }
        if next == at {
            Verdict::Free
        } else {
            Verdict::CappedUntil(next)
        }
    }
}

/// The first instant from `at` on at which one more message leaves no window of `span` with more than `cap`.
fn next_free(sent: &[Timestamp], cap: usize, span: Duration, at: Timestamp) -> Option<Timestamp> {
    let mut next = at;
    let crowded = |next: Timestamp| {
        // Only windows that would contain the new message matter: those with `cap` messages close enough to it.
        let near = |t: &&Timestamp| t.plus(span) > next && next.plus(span) > **t;
        let near: Vec<Timestamp> = sent.iter().filter(near).copied().collect();
        let together = |first: &&[Timestamp]| {
            let (from, to) = (first[0].min(next), first[cap - 1].max(next));
            from.plus(span) > to
        };
        near.windows(cap).filter(together).map(|first| first[0]).max()
    };
    if cap == 0 {
        return None;
    }
    while let Some(first) = crowded(next) {
        next = first.plus(span);
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_764_000_000_000;
    const HOUR: i64 = 3_600_000;

    fn verdict(cap: FrequencyCap, hours: &[i64]) -> Verdict {
        let sent: Vec<_> = hours.iter().map(|h| Timestamp(NOW + h * HOUR)).collect();
        cap.verdict(&sent, Timestamp(NOW))
    }

    #[test]
    fn one_a_day_and_three_a_week() {
        let until = |hours: i64| Verdict::CappedUntil(Timestamp(NOW + hours * HOUR));
        for (sent, expected) in [
            (&[][..], Verdict::Free),
            (&[-24], Verdict::Free),
            (&[-23], until(1)),
            (&[-24, -72], Verdict::Free),
            (&[-24, -72, -168], Verdict::Free),
            (&[-24, -72, -167], until(1)),
            // The day opens after an hour, the week after three more.
            (&[-23, -72, -164], until(4)),
            // One that is planned for tonight.
            (&[5], until(29)),
        ] {
            assert_eq!(verdict(FrequencyCap::default(), sent), expected, "{sent:?}");
        }
        assert_eq!(verdict(FrequencyCap::NONE, &[0, 0, 0]), Verdict::Free);
        let zero = FrequencyCap {
            per_day: Some(0),
            per_week: None,
        };
        assert_eq!(verdict(zero, &[]), Verdict::Never);
    }

    #[test]
    fn sliding_to_the_second() {
        let cap = FrequencyCap::default();
        let sent = [Timestamp(NOW)];
        let at = |ms: i64| cap.verdict(&sent, Timestamp(NOW + ms));
        assert_eq!(at(24 * HOUR - 1), Verdict::CappedUntil(Timestamp(NOW + 24 * HOUR)));
        assert_eq!(at(24 * HOUR), Verdict::Free);
    }

    #[test]
    fn it_is_read_as_written() {
        let read = |text: &str| serde_json::from_str::<FrequencyCap>(text);
        assert_eq!(read("{}").unwrap(), FrequencyCap::default());
        assert_eq!(read(r#"{"per_day":null,"per_week":5}"#).unwrap().per_week, Some(5));
        assert!(read(r#"{"per_month":5}"#).is_err());
    }

    #[test]
    fn the_one_spelling() {
        let cap = |per_day, per_week| FrequencyCap { per_day, per_week };
        for (written, expected) in [
            ("1/day,3/week", cap(Some(1), Some(3))),
            (" 5/week , 2/day ", cap(Some(2), Some(5))),
            ("3/week", cap(None, Some(3))),
            ("0/day", cap(Some(0), None)),
        ] {
            assert_eq!(written.parse(), Ok(expected), "{written}");
        }
        for (written, why) in [
            ("", "no '/'"),
            ("3", "no '/'"),
            ("-1/day", "not begin with a number"),
            ("1/month", "by the day or the week"),
            ("1/day,2/day", "named twice"),
        ] {
            let message = written.parse::<FrequencyCap>().unwrap_err().to_string();
            assert!(
                message.contains(why) && message.contains("1/day,3/week"),
                "{written}: {message}"
            );
        }
    }

    fn most_within(sent: &[Timestamp], span: Duration) -> usize {
        let mut sent = sent.to_vec();
        sent.sort();
        let window = |first: usize| {
            sent[first..]
                .iter()
                .take_while(|t| **t < sent[first].plus(span))
                .count()
        };
        (0..sent.len()).map(window).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn a_guest_who_is_written_to_when_allowed_never_gets_too_many(
            wishes in prop::collection::vec(0..20 * 24 * HOUR, 1..40), per_day in 1..4u32, per_week in 1..8u32,
        ) {
            let cap = FrequencyCap { per_day: Some(per_day), per_week: Some(per_week) };
            let mut sent = Vec::new();
            for wish in wishes {
                let wish = Timestamp(NOW + wish);
                let at = match cap.verdict(&sent, wish) {
                    Verdict::Free => wish,
                    Verdict::CappedUntil(at) => at,
                    Verdict::Never => unreachable!("no cap is zero"),
                };
                prop_assert!(at >= wish);
                if at > wish {
                    // A second earlier would be too many.
                    let early = [sent.clone(), vec![Timestamp(at.0 - 1)]].concat();
                    prop_assert!(most_within(&early, DAY) > per_day as usize || most_within(&early, 7 * DAY) > per_week as usize);
                }
                sent.push(at);
                prop_assert!(most_within(&sent, DAY) <= per_day as usize);
                prop_assert!(most_within(&sent, 7 * DAY) <= per_week as usize);
            }
        }
    }
}
