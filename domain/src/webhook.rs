//! What outgoing webhooks tell other systems, and when an attempt that failed is made again.

use crate::Timestamp;
use crate::message::MessageState;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A kind of what is told. Its name is the `type` of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WebhookKind {
    /// A message was sent, delivered, opened, or has ended without that.
    #[serde(rename = "message.state")]
    MessageState,
    #[serde(rename = "consent.changed")]
    ConsentChanged,
    /// A program's message tells a guest of bonuses, which the brand's loyalty system is to give.
    #[serde(rename = "program.granted")]
    ProgramGranted,
    /// That message will not reach the guest.
    #[serde(rename = "program.revoked")]
    ProgramRevoked,
    #[serde(rename = "guest.tagged")]
    GuestTagged,
    /// A guest was erased; other systems are to do the same.
    #[serde(rename = "guest.erased")]
    GuestErased,
}

impl WebhookKind {
    pub const ALL: [WebhookKind; 6] = [
        WebhookKind::MessageState,
        WebhookKind::ConsentChanged,
        WebhookKind::ProgramGranted,
        WebhookKind::ProgramRevoked,
        WebhookKind::GuestTagged,
        WebhookKind::GuestErased,
    ];

    pub fn name(self) -> &'static str {
        match self {
            WebhookKind::MessageState => "message.state",
            WebhookKind::ConsentChanged => "consent.changed",
            WebhookKind::ProgramGranted => "program.granted",
            WebhookKind::ProgramRevoked => "program.revoked",
            WebhookKind::GuestTagged => "guest.tagged",
            WebhookKind::GuestErased => "guest.erased",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How long a delivery is tried.
const TRIED_FOR: Duration = Duration::from_secs(86_400);
/// The wait after the first failure; each following one is twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// When to try again what has failed so many times (1 after the first), or `None` if its day is over. `chance` is uniform in
/// [0, 1): waits are up to a quarter shorter or longer, so that what failed together does not come back together.
pub fn next_try(tries: u32, began: Timestamp, now: Timestamp, chance: f64) -> Option<Timestamp> {
    let doublings = tries.saturating_sub(1).min(20);
    let wait = FIRST_WAIT
        .saturating_mul(2u32.saturating_pow(doublings))
        .min(LONGEST_WAIT);
    let next = now.plus(wait.mul_f64(0.75 + chance.clamp(0.0, 1.0) / 2.0));
    (next <= began.plus(TRIED_FOR)).then_some(next)
}

/// For how long a message is watched.
const WATCHED_FOR: Duration = Duration::from_secs(7 * 86_400);
const LONGEST_LOOK: Duration = Duration::from_secs(900);
const LONGEST_LOOK_BEFORE_THE_END: Duration = Duration::from_secs(60);

/// What to tell of a watched message: its state, if it is final and was not told, or that a step of it was sent.
pub fn news(told: Option<MessageState>, state: MessageState, was_sent: bool) -> Option<MessageState> {
    let known = match state {
        state if state.is_final() => Some(state),
        _ if was_sent => Some(MessageState::Sent),
        _ => None,
    };
    known.filter(|known| told != Some(*known))
}

/// When to look at a message again that was made then: after a tenth of its age, often enough while it may still go. `None`
/// when there is nothing more to come, or its time is over.
pub fn next_look(state: MessageState, made: Timestamp, now: Timestamp) -> Option<Timestamp> {
    if state == MessageState::Opened || now >= made.plus(WATCHED_FOR) {
        return None;
    }
    let longest = match state.is_final() {
        true => LONGEST_LOOK,
        false => LONGEST_LOOK_BEFORE_THE_END,
    };
    let wait = (now.since(made) / 10).clamp(Duration::from_secs(1), longest);
    Some(now.plus(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in WebhookKind::ALL {
            assert_eq!(WebhookKind::named(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(WebhookKind::named("message"), None);
    }

    #[test]
    fn waits_double_up_to_an_hour_for_a_day() {
        for (tries, now, chance, expected) in [
            (1, 0, 0.0, Some(3_750)),
            (1, 0, 0.5, Some(5_000)),
            (1, 0, 0.999_999, Some(6_249)),
            (2, 10_000, 0.5, Some(20_000)),
            (5, 100_000, 0.5, Some(180_000)),
            (10, 0, 0.5, Some(2_560_000)),
            (11, 0, 0.5, Some(HOUR)),
            (u32::MAX, 0, 0.5, Some(HOUR)),
            (33, 23 * HOUR, 0.5, Some(24 * HOUR)),
            (33, 23 * HOUR, 0.6, None),
            (34, 24 * HOUR, 0.0, None),
        ] {
            let next = next_try(tries, Timestamp(0), Timestamp(now), chance).map(|at| at.0);
            assert_eq!(next, expected, "{tries} at {now} by {chance}");
        }
    }

    #[test]
    fn a_day_has_some_thirty_tries() {
        let (mut now, mut tries) = (Timestamp(0), 1);
        while let Some(next) = next_try(tries, Timestamp(0), now, 0.5) {
            (now, tries) = (next, tries + 1);
        }
        assert_eq!(tries, 33);
    }

    #[test]
    fn a_state_is_told_once() {
        use MessageState::*;
        for (told, state, sent, expected) in [
            (None, Pending, false, None),
            (None, Waiting, true, Some(Sent)),
            (Some(Sent), Waiting, true, None),
            (None, Sent, true, Some(Sent)),
            (Some(Sent), Sent, true, None),
            (Some(Sent), Opened, true, Some(Opened)),
            (None, Suppressed, false, Some(Suppressed)),
            (Some(Failed), Delivered, true, Some(Delivered)),
            (Some(Sent), Failed, true, Some(Failed)),
        ] {
            assert_eq!(news(told, state, sent), expected, "{told:?} {state:?}");
        }
    }

    #[test]
    fn looks_are_a_tenth_of_the_age_apart() {
        use MessageState::*;
        for (state, age, expected) in [
            (Pending, 0, Some(1_000)),
            (Pending, 30_000, Some(3_000)),
            (Pending, HOUR, Some(60_000)),
            (Sent, HOUR, Some(360_000)),
            (Sent, 48 * HOUR, Some(900_000)),
            (Sent, 7 * 24 * HOUR, None),
            (Opened, 1, None),
        ] {
            let next = next_look(state, Timestamp(0), Timestamp(age)).map(|at| at.0 - age);
            assert_eq!(next, expected, "{state:?} {age}");
        }
    }
}
