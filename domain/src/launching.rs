//! Whether a mailing may be launched. Unless whoever launches it says so, a mailing that was sent is not sent again,
//! and a start in the past does not mean *now*.

use crate::fault::{Term, Why};
use crate::message::RunState;
use crate::{MailingId, Origin, RunId, Timestamp};
use std::time::Duration;

/// A start that lies no further back than this counts as *now*: typing takes time, and clocks differ.
const STILL_NOW: Duration = Duration::from_secs(60);

/// What the person who launches a mailing confirms beside its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meant {
    /// Send it once more, to everybody who is in its audience now.
    pub again: bool,
    /// Start it at once, although the time named is past.
    pub now: bool,
}

/// `runs` are those of the mailing, the latest first, without test sends. Launching a mailing on demand sends
/// nothing, so it may be launched again after a cancel.
pub fn may_launch(
    mailing: MailingId,
    origin: Origin,
    runs: &[(RunId, RunState)],
    start: Timestamp,
    meant: Meant,
    now: Timestamp,
) -> Result<(), Why> {
    let mailing = mailing.0;
    for &(RunId(run), state) in runs {
        match state {
            RunState::Running => return Err(Why::LaunchOfRunning { mailing, run }),
            RunState::Paused => return Err(Why::LaunchOfPaused { mailing, run }),
            RunState::Scheduled => return Err(Why::LaunchOfScheduled { mailing, run }),
            RunState::Finished | RunState::Cancelled => {}
        }
    }
    if let Some(&(RunId(run), state)) = runs.first().filter(|_| origin.is_planned() && !meant.again) {
        let state = Term(state.name());
        return Err(Why::LaunchAgain { mailing, run, state });
    }
    if start.plus(STILL_NOW) < now && !meant.now {
        let start = start.to_string();
        return Err(Why::LaunchPast { start });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use RunState::{Cancelled, Finished, Paused, Running, Scheduled};

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn launched(origin: Origin, states: &[RunState], ago: i64, meant: Meant) -> Result<(), String> {
        let runs: Vec<_> = (1..).map(RunId).zip(states.iter().copied()).collect();
        let start = Timestamp(NOW.0 - ago);
        may_launch(MailingId(5), origin, &runs, start, meant, NOW).map_err(|no| no.to_string())
    }

    #[test]
    fn what_runs_waits_or_was_sent_is_not_launched_by_itself() {
        let plain = Meant::default();
        let again = Meant { again: true, ..plain };
        for (states, meant, expected) in [
            (vec![], plain, None),
            (vec![Finished], plain, Some("--again")),
            (vec![Cancelled], plain, Some("run 1 is cancelled")),
            (vec![Cancelled, Finished], plain, Some("was launched before")),
            (vec![Finished], again, None),
            (vec![Cancelled, Finished], again, None),
            // No confirmation allows two runs side by side.
            (vec![Running], again, Some("wait for its end")),
            (vec![Paused], again, Some("resume it")),
            (vec![Scheduled], again, Some("scheduled already")),
            (vec![Scheduled, Finished], again, Some("scheduled already")),
            (vec![Running], plain, Some("wait for its end")),
        ] {
            let answer = launched(Origin::Audience, &states, 0, meant);
            match expected {
                None => assert_eq!(answer, Ok(()), "{states:?}"),
                Some(words) => assert!(
                    answer.as_ref().is_err_and(|no| no.contains(words)),
                    "{states:?}: {answer:?}"
                ),
            }
        }
        assert_eq!(launched(Origin::Request, &[Cancelled], 0, plain), Ok(()));
        assert!(launched(Origin::Request, &[Running], 0, plain).is_err());
    }

    #[test]
    fn a_start_that_is_over_is_no_start_now() {
        let now = Meant {
            now: true,
            ..Meant::default()
        };
        for (ago, meant, allowed) in [
            (0, Meant::default(), true),
            (-86_400_000, Meant::default(), true),
            (60_000, Meant::default(), true),
            (60_001, Meant::default(), false),
            (365 * 86_400_000, Meant::default(), false),
            (365 * 86_400_000, now, true),
        ] {
            let answer = launched(Origin::Audience, &[], ago, meant);
            assert_eq!(answer.is_ok(), allowed, "{ago}: {answer:?}");
        }
        let answer = launched(Origin::Audience, &[], 86_400_000, Meant::default()).unwrap_err();
        assert!(
            answer.contains("2027-01-14T08:00:00Z") && answer.contains("--now"),
            "{answer}"
        );
        // One confirmation does not imply the other.
        assert!(launched(Origin::Audience, &[Finished], 0, now).is_err());
    }
}
