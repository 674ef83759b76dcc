//! What never changes of a run that has begun, its text above all: read once by a process, and known from then on.
//!
//! A run's state, its cursors and its end do change, and are asked of the ledger by whoever needs them. A run is known by its
//! number and the instant at which it began: in a database that was restored, the number may be another run's.

use super::runs::{Spec, parse_spec, read};
use super::types::Run;
use crate::Result;
use crate::sql::Session;
use bellhop_domain::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Runs known at once. Of more than that, those asked for longest ago are read again.
const AT_MOST: usize = 1_000;

#[derive(Debug)]
pub(crate) struct KnownRun {
    pub id: RunId,
    pub org: OrgId,
    pub purpose: Purpose,
    pub origin: Origin,
    pub lane: Lane,
    pub test: bool,
    pub mailing: MailingId,
    pub start_at: Timestamp,
    pub as_of: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub spec: Spec,
    /// Whether its messages go at each guest's own time.
    pub is_at_own_time: bool,
    /// For how long a guest of an earlier run of its mailing is left alone.
    pub rest: Option<Duration>,
}

impl KnownRun {
    /// The month of its messages, if it is planned as a whole: all are of that in which it began, however long the plan takes.
    pub fn era(&self, now: Timestamp) -> Era {
        Era::of(self.as_of.unwrap_or(now))
    }

    pub(super) fn of(run: &Run) -> Result<Self> {
        Ok(Self {
            id: run.id,
            org: run.org,
            purpose: run.purpose,
            origin: run.origin,
            lane: run.lane,
            test: run.test,
            mailing: run.mailing,
            start_at: run.start_at,
            as_of: run.as_of,
            expires_at: run.expires_at,
            spec: parse_spec(run.id, &run.spec)?,
            is_at_own_time: run.own_time.is_some(),
            rest: run.rest,
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct KnownRuns(Mutex<KeptRuns>);

#[derive(Debug, Default)]
struct KeptRuns {
    /// Each with the number of the question that it last answered.
    runs: HashMap<RunId, (Arc<KnownRun>, u64)>,
    asked: u64,
}

impl KnownRuns {
    /// The run that began then; read if it is new here. One that has not begun is read each time, for its life is not fixed.
    pub async fn of(&self, session: &mut Session, id: RunId, began: Option<Timestamp>) -> Result<Arc<KnownRun>> {
        if let Some(known) = self.find(id, began) {
            return Ok(known);
        }
        let run = Arc::new(KnownRun::of(&read(session, id).await?)?);
        if run.as_of.is_some() {
            self.keep(&run);
        }
        Ok(run)
    }

    fn find(&self, id: RunId, began: Option<Timestamp>) -> Option<Arc<KnownRun>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let asked = kept.asked;
        let (run, last) = kept.runs.get_mut(&id)?;
        *last = asked;
        (began.is_some() && run.as_of == began).then(|| run.clone())
    }

    fn keep(&self, run: &Arc<KnownRun>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = kept.asked;
        kept.runs.insert(run.id, (run.clone(), asked));
        if kept.runs.len() > AT_MOST {
            let oldest = kept.runs.iter().min_by_key(|(id, (_, last))| (*last, **id));
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                kept.runs.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: i64, began: i64) -> Arc<KnownRun> {
        let spec = r#"{"name":"m","audience":{"all":[]},"contents":{"push":{"title":"t","body":"b"}},
            "waterfall":[{"channel":"push"}]}"#;
        Arc::new(KnownRun {
            id: RunId(id),
            org: OrgId(1),
            purpose: Purpose::Marketing,
            origin: Origin::Audience,
            lane: Lane::Marketing,
            test: false,
            mailing: MailingId(1),
            start_at: Timestamp(began),
            as_of: Some(Timestamp(began)),
            expires_at: None,
            spec: parse_spec(RunId(id), spec).unwrap(),
            is_at_own_time: false,
            rest: None,
        })
    }

    #[test]
    fn a_run_is_known_by_its_number_and_its_beginning() {
        let known = KnownRuns::default();
        known.keep(&run(7, 100));
        for (id, began, is_known) in [
            (7, Some(100), true),
            (7, Some(101), false),
            (7, None, false),
            (8, Some(100), false),
        ] {
            let found = known.find(RunId(id), began.map(Timestamp));
            assert_eq!(found.is_some(), is_known, "run {id} that began at {began:?}");
        }
    }

    #[test]
    fn of_too_many_those_asked_for_longest_ago_are_forgotten() {
        let known = KnownRuns::default();
        let many = AT_MOST as i64;
        for id in 0..many {
            known.find(RunId(id), Some(Timestamp(1)));
            known.keep(&run(id, 1));
        }
        assert!(known.find(RunId(0), Some(Timestamp(1))).is_some());
        for id in many..many + 10 {
            known.find(RunId(id), Some(Timestamp(1)));
            known.keep(&run(id, 1));
        }
        let is_known = |id| known.find(RunId(id), Some(Timestamp(1))).is_some();
        assert!(is_known(0), "it was asked for lately");
        assert!(!is_known(1) && !is_known(10) && is_known(11));
        assert_eq!(known.0.lock().unwrap().runs.len(), AT_MOST);
    }
}
