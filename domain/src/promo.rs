//! Promo codes (PRODUCT.md §5): what a code may look like, whether it may be given at an instant, and what becomes of one
//! that was given to a message.

use crate::fault::Why;
use crate::message::MessageState;
use crate::{Timestamp, Zone, visible};
use jiff::civil::Date;
use std::time::Duration;

/// The longest code in characters.
pub const CODE_CHARS: usize = 64;
/// The longest name of a list in characters.
pub const LIST_CHARS: usize = 100;

/// Why a message was not sent that was to bring a code: the list had none left.
pub const NO_PROMO_CODE: &str = "no_promo_code";
/// The same, because the list's codes are valid no longer.
pub const PROMO_ENDED: &str = "promo_ended";
/// Why a message waits: others hold the last codes, and may yet give some back.
pub const AWAITS_PROMO_CODE: &str = "waits for a promo code";

/// The shortest and the longest time between two looks at a message that has a code.
const SHORTEST_LOOK: Duration = Duration::from_secs(60);
const LONGEST_LOOK: Duration = Duration::from_secs(6 * 3600);

/// A code as it is kept and given: without what nobody sees; `None` if nothing is left.
///
/// # Errors
/// When nobody could type it at a till: it is too long, or has a space in it.
pub fn code(text: &str) -> Result<Option<String>, Why> {
    let code = visible::key(text);
    if code.chars().count() > CODE_CHARS {
        return Err(Why::PromoCodeLong { most: CODE_CHARS });
    }
    if code.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Why::PromoCodeSpaced);
    }
    Ok((!code.is_empty()).then(|| code.into_owned()))
}

/// What stands for a code in previews and tests, which take none: as long as the longest of the list, so that the parts of an
/// SMS are counted right.
pub fn sample(longest: usize) -> String {
    let digits = ('0'..='9').cycle();
    "SAMPLE"
        .chars()
        .chain(digits)
        .take(longest.clamp(1, CODE_CHARS))
        .collect()
}

/// Whether codes that end then are given no more.
pub fn has_ended(ends_at: Option<Timestamp>, now: Timestamp) -> bool {
    ends_at.is_some_and(|end| end <= now)
}

/// The last day on which a code is valid that ends at an instant, by the organisation's clock.
pub fn last_day(ends_at: Timestamp, zone: &Zone) -> Option<Date> {
    zone.local(Timestamp(ends_at.0 - 1)).ok().map(|local| local.date())
}

/// A code that was given to a message, and how that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenCode {
    pub given_at: Timestamp,
    /// `None`: the message has had its time.
    pub state: Option<MessageState>,
    /// A provider has taken it at some time.
    pub was_sent: bool,
    /// Something of it went out, or may have: an attempt without a sure *no*, or a worker that was lost with it.
    pub may_be_seen: bool,
}

/// What becomes of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFate {
    /// It is its message's for ever.
    Kept,
    /// It is free again: the message failed for good, and surely nobody has seen the code.
    Returned,
    /// The message may still go, so one looks again.
    Open { look_at: Timestamp },
}

impl GivenCode {
    /// In doubt a code is kept: once shown to a guest, it is never another's.
    pub fn fate(&self, now: Timestamp) -> CodeFate {
        let Some(state) = self.state else {
            return CodeFate::Kept;
        };
        if self.was_sent || state.rank() >= MessageState::Unknown.rank() {
            return CodeFate::Kept;
        }
        if !state.is_final() {
            let wait = (now.since(self.given_at) / 10).clamp(SHORTEST_LOOK, LONGEST_LOOK);
            return CodeFate::Open {
                look_at: now.plus(wait),
            };
        }
        match self.may_be_seen {
            true => CodeFate::Kept,
            false => CodeFate::Returned,
        }
    }
}

/// When to look first at what became of a code's message.
pub fn first_look(given_at: Timestamp) -> Timestamp {
    given_at.plus(SHORTEST_LOOK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use MessageState::*;

    #[test]
    fn a_code_is_what_one_can_type() {
        assert_eq!(code(" A-1\u{200B} "), Ok(Some("A-1".to_owned())));
        assert_eq!(code("ПИЦЦА20"), Ok(Some("ПИЦЦА20".to_owned())));
        assert_eq!(code(" \u{FEFF}"), Ok(None));
        assert_eq!(code("A 1"), Err(Why::PromoCodeSpaced));
        assert_eq!(
            code(&"x".repeat(CODE_CHARS + 1)),
            Err(Why::PromoCodeLong { most: CODE_CHARS })
        );
        assert!(code(&"x".repeat(CODE_CHARS)).is_ok());
    }

    #[test]
    fn a_sample_is_as_long_as_the_longest_code() {
        assert_eq!(sample(9), "SAMPLE012");
        assert_eq!(sample(3), "SAM");
        assert_eq!(sample(1_000).chars().count(), CODE_CHARS);
    }

    #[test]
    fn a_code_is_returned_only_if_surely_nobody_saw_it() {
        let day = 86_400_000;
        for (state, was_sent, may_be_seen, expected) in [
            (Some(Failed), false, false, CodeFate::Returned),
            (Some(Suppressed), false, false, CodeFate::Returned),
            (Some(Cancelled), false, false, CodeFate::Returned),
            (Some(Expired), false, false, CodeFate::Returned),
            (Some(Failed), false, true, CodeFate::Kept),
            (Some(Suppressed), false, true, CodeFate::Kept),
            (Some(Failed), true, false, CodeFate::Kept),
            (Some(Unknown), false, false, CodeFate::Kept),
            (Some(Sent), true, true, CodeFate::Kept),
            (Some(Delivered), true, true, CodeFate::Kept),
            (Some(Opened), true, true, CodeFate::Kept),
            // An open can come before the answer.
            (Some(Opened), false, false, CodeFate::Kept),
            (None, false, false, CodeFate::Kept),
            // It waits for the next step, after one that was sent.
            (Some(Waiting), true, true, CodeFate::Kept),
        ] {
            let given = GivenCode {
                given_at: Timestamp(0),
                state,
                was_sent,
                may_be_seen,
            };
            assert_eq!(given.fate(Timestamp(day)), expected, "{given:?}");
        }
    }

    #[test]
    fn an_open_message_is_looked_at_ever_less_often() {
        for (state, now, wait) in [
            (Pending, 60_000, 60_000),
            (InFlight, 3_600_000, 360_000),
            (Waiting, 10 * 86_400_000, 6 * 3_600_000),
        ] {
            let given = GivenCode {
                given_at: Timestamp(0),
                state: Some(state),
                was_sent: false,
                may_be_seen: true,
            };
            let look_at = Timestamp(now + wait);
            assert_eq!(given.fate(Timestamp(now)), CodeFate::Open { look_at }, "{state:?}");
        }
    }

    #[test]
    fn the_last_day_is_the_one_before_the_end() {
        let zone = Zone::named("Europe/Moscow").unwrap();
        for (end, day) in [
            ("2027-01-01T00:00:00", "2026-12-31"),
            ("2026-12-31T18:00:00", "2026-12-31"),
            ("2026-12-31T00:00:01", "2026-12-31"),
        ] {
            let end = zone.parse(end).unwrap();
            assert_eq!(last_day(end, &zone).unwrap().to_string(), day);
            assert!(has_ended(Some(end), end) && !has_ended(Some(end), Timestamp(end.0 - 1)));
        }
        assert!(!has_ended(None, Timestamp(i64::MAX)));
    }
}
