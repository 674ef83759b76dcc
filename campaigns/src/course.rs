//! Changing the course of a mailing that is under way.

use crate::runs::alive;
use crate::{CampaignError, Result};
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::message::RunState;
use bellhop_domain::{MailingId, OrgId, RunId, Timestamp};
use bellhop_store::ledger::{Commanding, Reading};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Pause,
    Resume,
    Cancel,
}

/// Why a run is paused that a person pauses.
const BY_HAND: &str = "paused by hand";

/// Pauses, resumes or cancels the run of a mailing that is not over; returns it with its state from now on. `who` goes to
/// the audit log.
///
/// # Errors
/// [`CampaignError::Refused`] if nothing is under way; a conflict if the run's state does not allow the change.
pub async fn change<S: Commanding + Reading + ?Sized>(
    store: &S,
    org: OrgId,
    mailing: MailingId,
    change: Change,
    who: &str,
    now: Timestamp,
) -> Result<(RunId, RunState)> {
    let run = current(store, org, mailing).await?;
    let state = match change {
        Change::Pause => store
            .pause(org, run, BY_HAND, who, now)
            .await
            .map(|()| RunState::Paused),
        Change::Resume => store.resume(org, run, who, now).await.map(|()| RunState::Running),
        Change::Cancel => store.cancel(org, run, who, now).await.map(|()| RunState::Cancelled),
    }?;
    Ok((run, state))
}

async fn current<S: Reading + ?Sized>(store: &S, org: OrgId, id: MailingId) -> Result<RunId> {
    let runs = store.runs_of(org, id).await?;
    if let Some(run) = alive(&runs) {
        return Ok(run.id);
    }
    let mailing = id.0;
    let why = match runs.iter().find(|run| !run.test) {
        Some(last) => Why::MailingNotUnderWay {
            mailing,
            state: Term(last.state.name()),
        },
        None => Why::MailingNeverLaunched { mailing },
    };
    Err(CampaignError::Refused(why))
}
