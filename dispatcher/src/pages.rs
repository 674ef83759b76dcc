//! The loop that plans page by page.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::{HEARD_WITHIN, MailingPlanner};
use bellhop_domain::message::RunState;
use bellhop_domain::{OrgId, RunId, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::ledger::{Page, Run, Unplanned};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How long a turn keeps beginning new pages. A mailing that is launched meanwhile comes first in the next turn, so
/// however many others are being planned, it waits at most this long and for one page of theirs.
const TURN: Duration = Duration::from_millis(500);

/// The runs that are being planned, each read once, and when each had its turn.
#[derive(Default)]
pub(crate) struct Planning {
    known: HashMap<RunId, Planned>,
    /// Pages begun so far.
    begun: u64,
    /// The latest page of each run and each organisation, counted in pages begun.
    latest_of_run: HashMap<RunId, u64>,
    latest_of_org: HashMap<OrgId, u64>,
}

impl Planning {
    /// Keeps what is known about the runs that are still to be planned, if they are the same runs, which began at the
    /// same time.
    fn keep_only(&mut self, waiting: &HashMap<RunId, Unplanned>) {
        let began = |id: &RunId| waiting.get(id).map(|run| run.began);
        self.known.retain(|id, known| began(id) == Some(known.began));
        self.latest_of_run.retain(|id, _| waiting.contains_key(id));
        let orgs: HashSet<OrgId> = waiting.values().map(|run| run.org).collect();
        self.latest_of_org.retain(|org, _| orgs.contains(org));
    }

    /// The runs in the order in which they have waited, the longest first: one run of each organisation, then the
    /// second of each.
    fn in_turn(&self, runs: &[(OrgId, RunId)]) -> Vec<RunId> {
        let mut runs = runs.to_vec();
        runs.sort_by_key(|(_, run)| (self.latest_of_run.get(run), *run));
        let mut seen: HashMap<OrgId, usize> = HashMap::new();
        let ranked = runs.into_iter().map(|(org, run)| {
            let rank = seen.entry(org).or_default();
            *rank += 1;
            ((*rank, self.latest_of_org.get(&org), run), run)
        });
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, run)| run).collect()
    }

    fn note_turn(&mut self, run: &Unplanned) {
        self.begun += 1;
        self.latest_of_run.insert(run.run, self.begun);
        self.latest_of_org.insert(run.org, self.begun);
    }
}

struct Planned {
    /// When the run began.
    began: Option<Timestamp>,
    planner: MailingPlanner,
    /// The version of the settings when this process met the run: whoever launched it counted on no later one.
    counted_on: i64,
    met: Instant,
    /// The size of the next page. The first is small and each later one twice as large: the first messages leave
    /// while the rest is planned, even where planning and sending share one writer.
    next: u32,
}

/// Whether this process has yet to hear of settings that a run counts on: a sender that it does not know would leave
/// the guests out whom it is for. Settings that cannot be read hold up nobody for longer than all others take to hear.
fn is_too_early(in_force: i64, counted_on: i64, since_met: Duration) -> bool {
    in_force < counted_on && since_met < HEARD_WITHIN
}

impl Dispatcher {
    /// Plans pages for about [`TURN`], one of each run and organisations in turn, so that a small mailing does not
    /// wait for the plan of a large one, nor one organisation for the many mailings of another. [`Turn::Busy`] if
    /// there is more.
    pub(crate) async fn plan_pages(&self, stop: &CancellationToken) -> Result<Turn, Trouble> {
        let mut planning = self.planning.lock().await;
        for run in self.ledger.begin_due(self.now()).await? {
            info!(%run, "begun");
        }
        let waiting = self.ledger.unplanned().await?;
        let unplanned: HashMap<RunId, Unplanned> = waiting.iter().map(|run| (run.run, *run)).collect();
        planning.keep_only(&unplanned);
        let waiting: Vec<_> = waiting.iter().map(|run| (run.org, run.run)).collect();
        let (mut turn, mut trouble, begun) = (Turn::Idle, None, Instant::now());
        for run in planning.in_turn(&waiting).iter().filter_map(|id| unplanned.get(id)) {
            if stop.is_cancelled() {
                break;
            }
            if begun.elapsed() > TURN {
                turn = Turn::Busy;
                break;
            }
            planning.note_turn(run);
            match self.plan_page(&mut planning, run).await {
                Ok(true) => turn = Turn::Busy,
                Ok(false) => {}
                Err(error) => {
                    warn!(run = %run.run, %error, "a page was not planned; the other runs go on");
                    trouble = Some(error);
                }
            }
        }
        trouble.map_or(Ok(turn), |error| Err(error.into()))
    }

    /// Plans a page and returns whether the run has more to plan. A run whose file cannot be read is paused, so that
    /// a person sees it.
    async fn plan_page(&self, planning: &mut Planning, of: &Unplanned) -> Result<bool, StoreError> {
        let in_force = self.live.now();
        let planned = match planning.known.entry(of.run) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let run = self.ledger.run(of.run).await?;
                match MailingPlanner::of(&run, in_force.kinds(of.org)) {
                    Ok(planner) => new.insert(Planned {
                        began: of.began,
                        planner,
                        counted_on: self.ledger.settings_version().await?.0,
                        met: Instant::now(),
                        next: self.options.first_page,
                    }),
                    Err(problem) => return self.pause_unreadable(&run, &problem).await,
                }
            }
        };
        if is_too_early(in_force.version, planned.counted_on, planned.met.elapsed()) {
            return Ok(false);
        }
        planned.planner.set_kinds(in_force.kinds(of.org));
        let limit = planned.next.min(self.options.page);
        let page = self
            .ledger
            .plan_page(of.run, limit, &planned.planner, self.now())
            .await?;
        self.announce();
        planned.next = limit.saturating_mul(2);
        match page {
            Page::Planned { messages, excluded } => {
                metrics::counter!("bellhop_messages_planned_total").increment(messages);
                metrics::counter!("bellhop_guests_excluded_total").increment(excluded);
                Ok(true)
            }
            Page::Complete => {
                info!(run = %of.run, "planned");
                Ok(false)
            }
            Page::NotNow => Ok(false),
        }
    }

    async fn pause_unreadable(&self, run: &Run, problem: &StoreError) -> Result<bool, StoreError> {
        error!(run = %run.id, mailing = %run.mailing, %problem, "paused");
        let reason = problem.to_string();
        self.ledger
            .pause(run.org, run.id, &reason, "dispatcher", self.now())
            .await?;
        Ok(false)
    }

    /// Reports how many runs are alive.
    pub(crate) async fn count_runs(&self) -> Result<Turn, Trouble> {
        let alive: HashMap<RunState, u64> = self.ledger.count_alive().await?.into_iter().collect();
        for state in [RunState::Scheduled, RunState::Running, RunState::Paused] {
            let count = alive.get(&state).copied().unwrap_or(0);
            metrics::gauge!("bellhop_runs_alive", "state" => state.name()).set(count as f64);
        }
        Ok(Turn::Idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_waits_for_the_settings_that_it_counts_on_and_not_for_ever() {
        let soon = HEARD_WITHIN - Duration::from_millis(1);
        for (in_force, counted_on, since_met, expected) in [
            (5, 6, Duration::ZERO, true),
            (5, 6, soon, true),
            (5, 6, HEARD_WITHIN, false),
            (6, 6, Duration::ZERO, false),
            (7, 6, Duration::ZERO, false),
        ] {
            assert_eq!(
                is_too_early(in_force, counted_on, since_met),
                expected,
                "{in_force} {counted_on}"
            );
        }
    }

    #[test]
    fn organisations_plan_in_turn_and_a_new_run_is_first() {
        let run = |org: i32, id: i64| (OrgId(org), RunId(id));
        let mut planning = Planning::default();
        let of_two = [run(1, 1), run(1, 2), run(1, 3), run(2, 4)];
        let order = |planning: &Planning, runs: &[(OrgId, RunId)]| -> Vec<i64> {
            planning.in_turn(runs).iter().map(|run| run.0).collect()
        };
        assert_eq!(order(&planning, &of_two), [1, 4, 2, 3]);
        for (nth, (org, run)) in [run(1, 1), run(2, 4), run(1, 2)].into_iter().enumerate() {
            planning.latest_of_run.insert(run, nth as u64 + 1);
            planning.latest_of_org.insert(org, nth as u64 + 1);
        }
        assert_eq!(order(&planning, &of_two), [4, 3, 1, 2], "who waits longest");
        let and_a_third = [&of_two[..], &[run(3, 5)]].concat();
        assert_eq!(order(&planning, &and_a_third), [5, 4, 3, 1, 2], "who never had a turn");
    }
}
