//! The circuit breaker: content that is refused for everybody pauses the run, and credentials that fail pause the
//! sender (PROVIDERS.md §7 rule 6), so that a mistake does not burn through an audience or a token base.

use crate::Outcome;

/// What has been seen of one run on one endpoint kind, or of one sender, since it last started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: u32,
    pub rejected: u32,
    pub misconfigured: u32,
    /// Misconfigured replies since the last accepted one.
    pub misconfigured_in_a_row: u32,
}

/// When to trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// At least this many rejections of the content, if they are more than the acceptances, pause the run.
    pub rejections: u32,
    /// This many misconfiguration replies in a row pause the sender.
    pub misconfigurations: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            rejections: 5,
            misconfigurations: 3,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trip {
    /// Pause the run: this content will be refused for all.
    Run { why: String },
    /// Pause the sender: its credentials or account are broken.
    Sender { why: String },
}

impl Tally {
    /// Counts an outcome; `Some` if it trips the breaker.
    pub fn count(&mut self, outcome: &Outcome, threshold: &Threshold) -> Option<Trip> {
        match outcome {
            Outcome::Accepted { .. } => {
                self.accepted = self.accepted.saturating_add(1);
                self.misconfigured_in_a_row = 0;
                None
            }
            Outcome::Rejected { why } => {
                self.rejected = self.rejected.saturating_add(1);
                (self.rejected >= threshold.rejections && self.rejected > self.accepted)
                    .then(|| Trip::Run { why: why.clone() })
            }
            Outcome::Misconfigured { why } => {
                self.misconfigured = self.misconfigured.saturating_add(1);
                self.misconfigured_in_a_row += 1;
                (self.misconfigured_in_a_row >= threshold.misconfigurations).then(|| Trip::Sender { why: why.clone() })
            }
            _ => None,
        }
    }
}

/// Whether delivery reports of refused content pause the run. The rule is the one for refusals in answers, but it
/// counts messages that arrived instead of messages that were accepted. `refused` includes the latest report.
pub fn reports_trip(refused: u32, arrived: u32, threshold: &Threshold) -> bool {
    let mut before = Tally {
        accepted: arrived,
        rejected: refused.saturating_sub(1),
        ..Tally::default()
    };
    let latest = Outcome::Rejected { why: String::new() };
    before.count(&latest, threshold).is_some()
}

/// The reason recorded on a run that is paused because its content is refused.
pub fn refused_by_all(why: &str) -> String {
    format!("the provider refuses this content for everybody: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(outcomes: &[Outcome]) -> Option<Trip> {
        let mut tally = Tally::default();
        outcomes
            .iter()
            .fold(None, |tripped, o| tally.count(o, &Threshold::default()).or(tripped))
    }

    fn rejected() -> Outcome {
        Outcome::Rejected { why: "too long".into() }
    }
    fn misconfigured() -> Outcome {
        Outcome::Misconfigured {
            why: "key revoked".into(),
        }
    }
    fn accepted() -> Outcome {
        Outcome::Accepted {
            provider_id: None,
            cost: None,
            parts: None,
        }
    }

    #[test]
    fn content_refused_for_all_pauses_the_run() {
        assert_eq!(feed(&vec![rejected(); 4]), None);
        assert_eq!(feed(&vec![rejected(); 5]), Some(Trip::Run { why: "too long".into() }));
    }

    #[test]
    fn content_that_passed_for_most_does_not() {
        let mut seen = vec![accepted(); 100];
        seen.extend(vec![rejected(); 50]);
        assert_eq!(feed(&seen), None);
    }

    #[test]
    fn reports_of_a_refused_content_pause_the_run_unless_it_arrives_at_most() {
        for (refused, arrived, trips) in [
            (1, 0, false),
            (4, 0, false),
            (5, 0, true),
            (5, 4, true),
            (5, 5, false),
            (50, 100, false),
            (101, 100, true),
        ] {
            assert_eq!(
                reports_trip(refused, arrived, &Threshold::default()),
                trips,
                "{refused} refused, {arrived} arrived"
            );
        }
    }

    #[test]
    fn failing_credentials_pause_the_sender_unless_others_pass() {
        assert_eq!(
            feed(&vec![misconfigured(); 3]),
            Some(Trip::Sender {
                why: "key revoked".into()
            })
        );
        assert_eq!(
            feed(&[
                misconfigured(),
                misconfigured(),
                accepted(),
                misconfigured(),
                misconfigured()
            ]),
            None
        );
    }
}
