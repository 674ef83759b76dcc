//! What Meta's error codes mean: PROVIDERS.md §5.5 row by row. The code alone decides; status and title do not.

use bellhop_domain::receipt::Again;
use std::time::Duration;

/// What should follow a code, whether it comes in an answer or in a later status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Token, permission, account or number: nothing goes out until a human has acted.
    Stop,
    /// The request or the template is wrong for everybody.
    Fix,
    /// This recipient's address or content is refused.
    Failed,
    /// Not to this person now.
    Hold,
    /// Try once more after this wait, and then never again.
    OnceMore(Duration),
    /// The account may not write to this person's country.
    Country,
    /// The person stopped our marketing messages.
    OptOut,
    /// Not to this person before this wait is over.
    WaitForPerson(Duration),
    /// The number or the app is too fast.
    WaitForAll(Duration),
    /// A passing fault; not before this wait, if Meta names one.
    Retry(Option<Duration>),
}

/// How often a message is sent again after a passing fault that a status reports (PROVIDERS.md says twice for
/// 131000).
const TIMES: u16 = 2;

impl Class {
    /// Whether a message that was accepted and then failed with this class by a status is sent again.
    pub fn again(self) -> Option<Again> {
        let (after, times) = match self {
            Class::OnceMore(after) => (after, 1),
            Class::Retry(after) => (after.unwrap_or(MINUTE), TIMES),
            Class::WaitForPerson(after) | Class::WaitForAll(after) => (after, TIMES),
            Class::Stop | Class::Fix | Class::Failed | Class::Hold | Class::Country | Class::OptOut => {
                return None;
            }
        };
        Some(Again { after, times })
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// PROVIDERS.md says *later* without a number.
const LATER: Duration = Duration::from_secs(15 * 60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The class of a code; `None` if it is not in Meta's table (yet).
pub(super) fn class(code: i64) -> Option<Class> {
    use Class::{Country, Failed, Fix, Hold, OnceMore, OptOut, Retry, Stop, WaitForAll, WaitForPerson};
    Some(match code {
        // Token invalid or expired; permission missing.
        0 | 190 | 3 | 10 | 200..=299 => Stop,
        // API unknown, temporarily down.
        1 | 2 => Retry(None),
        // The app's own call rate.
        4 => WaitForAll(MINUTE),
        // The phone number id is deleted.
        33 => Stop,
        100 => Fix,
        // Blocked for policy; account locked.
        368 | 131_031 => Stop,
        // The business account's call rate.
        80_007 => WaitForAll(MINUTE),
        // We blocked this user ourselves.
        130_403 => Hold,
        // 80 messages a second and number (1,000 for large ones).
        130_429 => WaitForAll(SECOND),
        // The user is in an experiment of Meta's.
        130_472 => Hold,
        // The account may not write to this person's country.
        130_497 => Country,
        // Groups are not supported.
        130_501 => Fix,
        131_000 => Retry(None),
        131_005 => Stop,
        131_008 | 131_009 => Fix,
        131_016 | 133_004 => Retry(None),
        // The recipient is the sender: our own number is among the guests' numbers.
        131_021 => Fix,
        // No WhatsApp, an old app, or terms not accepted: an app may be updated, terms accepted.
        131_026 => OnceMore(LATER),
        // Not on a test number's list.
        131_030 => Fix,
        // Display name not approved, payment, registration.
        131_037 | 131_042 | 131_045 => Stop,
        // More than 24 hours since the guest's last message.
        131_047 => Hold,
        // Too many of this number's messages were reported as spam.
        131_048 => Stop,
        // The person has had enough marketing from all businesses; repeating sooner blocks them for longer.
        131_049 => WaitForPerson(DAY),
        131_050 => OptOut,
        131_051 => Fix,
        // A guest's file could not be fetched (131052); ours could not be (131053).
        131_052 => Retry(Some(MINUTE)),
        131_053 => Fix,
        // The marketing endpoint's state; marketing on the Cloud API switched off.
        131_055 | 131_063 => Stop,
        // One message per 6 s to the same person; the burst of 45 is borrowed from the future.
        131_056 => WaitForPerson(Duration::from_secs(6)),
        // The number is in maintenance, e.g. while its throughput is raised.
        131_057 => WaitForAll(Duration::from_secs(3 * 60)),
        // This template needs a phone, not a user id.
        131_062 => Failed,
        131_064 => Fix,
        // Parameter count; template or language missing; filled text too long.
        132_000 | 132_001 | 132_005 => Fix,
        // Policy, parameter format, paused, disabled, flow blocked or throttled: this template, for everybody.
        132_007 | 132_008 | 132_012 | 132_015 | 132_016 | 132_018 | 132_068 | 132_069 => Fix,
        // The number's registration.
        133_000 | 133_005 | 133_006 | 133_008..=133_010 | 133_015 | 133_016 => Stop,
        // Marketing onboarding is syncing, up to ten minutes.
        134_101 => WaitForAll(Duration::from_secs(10 * 60)),
        134_011 | 134_100 | 134_102 => Fix,
        135_000 => Fix,
        // The recipient's identity changed.
        137_000 => Hold,
        _ => return None,
    })
}
