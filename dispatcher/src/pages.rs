//! The loop that plans page by page.

use crate::turns::Turn;
use crate::{Dispatcher, MailingPlanner, Trouble};
use bellhop_domain::RunId;
use bellhop_domain::message::RunState;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Page, Run};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// The runs a dispatcher has seen running, read once.
#[derive(Default)]
pub(crate) struct Planning(HashMap<RunId, Planned>);

struct Planned {
    planner: MailingPlanner,
    /// The size of the next page. The first is small and each later one twice as large: the first messages leave
    /// while the rest is planned, also where planning and sending share one writer.
    next: u32,
}

impl Dispatcher {
    /// One page of every run that is being planned: a small mailing does not wait for a large one's plan, nor a new
    /// one for all others. [`Turn::Busy`] if there is more.
    pub(crate) async fn plan_pages(&self, stop: &CancellationToken) -> Result<Turn, Trouble> {
        let mut planning = self.planning.lock().await;
        let runs = self.ledger.alive_runs(self.now()).await?;
        self.count_runs(&runs);
        planning.0.retain(|id, _| runs.iter().any(|run| run.id == *id));
        let (mut turn, mut trouble) = (Turn::Idle, None);
        for run in runs.iter().filter(|run| run.state == RunState::Running) {
            if stop.is_cancelled() {
                break;
            }
            match self.plan_page(&mut planning, run).await {
                Ok(true) => turn = Turn::Busy,
                Ok(false) => {}
                Err(error) => {
                    warn!(run = %run.id, %error, "a page was not planned; the other runs go on");
                    trouble = Some(error);
                }
            }
        }
        trouble.map_or(Ok(turn), |error| Err(error.into()))
    }

    /// Whether the run has more to plan. One whose file cannot be read is paused, so that a person sees it.
    async fn plan_page(&self, planning: &mut Planning, run: &Run) -> Result<bool, StoreError> {
        let planned = match planning.0.entry(run.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let kinds = self.options.kinds.get(&run.org).map_or(&[][..], Vec::as_slice);
                match MailingPlanner::of(run, kinds) {
                    Ok(planner) => new.insert(Planned {
                        planner,
                        next: self.options.first_page,
                    }),
                    Err(problem) => return self.pause_unreadable(run, &problem).await,
                }
            }
        };
        if run.planned_at.is_some() {
            return Ok(false);
        }
        let limit = planned.next.min(self.options.page);
        let page = self
            .ledger
            .plan_page(run.id, limit, &planned.planner, self.now())
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
                info!(run = %run.id, "planned");
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

    fn count_runs(&self, runs: &[Run]) {
        for state in [RunState::Scheduled, RunState::Running, RunState::Paused] {
            let alive = runs.iter().filter(|run| run.state == state).count();
            metrics::gauge!("bellhop_runs_alive", "state" => state.name()).set(alive as f64);
        }
    }
}
