//! Why messages under way are waiting, and when they will continue.

use super::codes::{FOR_SETTLEMENT, PENDING, RUN_PAUSED};
use super::counts::number;
use crate::Result;
use crate::ledger::{HELD_BY_QUOTA, QUIET_HOURS, batches, months};
use crate::sql::{Session, sql};
use bellhop_domain::Timestamp;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::statistics::ReasonCount;

/// The run is paused until a human resumes it.
const PAUSED: &str = "paused";
/// They wait only for the pace of the senders and their turn among others.
const IN_TURN: &str = "in turn";
const NO_OPEN_YET: &str = "no open yet";
const NO_NEWS_YET: &str = "no news yet";

/// `runs` is a list of run ids in SQL. What has outlived its life at `now` is not under way.
pub(super) async fn under_way(session: &mut Session, runs: &str, now: Timestamp) -> Result<Vec<ReasonCount>> {
    let mut reasons = pending(session, runs, now).await?;
    reasons.extend(waiting(session, runs, now).await?);
    Ok(reasons)
}

const ALIVE: &str = "(m.sent_at IS NOT NULL OR COALESCE(m.expires_at, r.expires_at) IS NULL OR COALESCE(m.expires_at, r.expires_at) > $1)";

// What holds a batch, as the next statement numbers it.
const BY_PAUSE: i64 = 1;
const BY_QUIET_HOURS: i64 = 2;
const BY_QUOTA: i64 = 3;
const BY_NOTHING: i64 = 4;

/// By what holds their batches.
async fn pending(session: &mut Session, runs: &str, now: Timestamp) -> Result<Vec<ReasonCount>> {
    let text = format!(
        "SELECT why, CAST(SUM(left_in_it) AS BIGINT) AS messages, MIN(next_at) AS next_from, MAX(next_at) AS next_until FROM (
            SELECT CASE WHEN r.state = {RUN_PAUSED} THEN {BY_PAUSE} WHEN b.waits_until > $1 THEN {BY_QUIET_HOURS}
                        WHEN b.quota_until >= b.held_until AND b.held_until > $1 THEN {BY_QUOTA} ELSE {BY_NOTHING} END AS why,
                   CASE WHEN r.state = {RUN_PAUSED} THEN NULL WHEN b.waits_until > $1 THEN b.waits_until
                        WHEN b.quota_until >= b.held_until AND b.held_until > $1 THEN b.quota_until END AS next_at,
                   (SELECT COUNT(*) FROM messages m WHERE {its} AND m.state = {PENDING}{of_its_month} AND {ALIVE}) AS left_in_it
            FROM runs r JOIN batches b ON b.run_id = r.id AND b.done_at IS NULL
            WHERE r.id IN ({runs})) held
        WHERE left_in_it > 0 GROUP BY why",
        its = batches::has(session.dialect(), "b.id", "m"),
        of_its_month = months::beside(session.dialect(), "m.id", "b.id"),
    );
    let mut reasons = Vec::new();
    for row in session.fetch(sql(text).int(now.0)).await? {
        let c = row.columns();
        let reason = match c.int("why")? {
            BY_PAUSE => PAUSED,
            BY_QUIET_HOURS => QUIET_HOURS,
            BY_QUOTA => HELD_BY_QUOTA,
            _ => IN_TURN,
        };
        reasons.push(ReasonCount {
            state: MessageState::Pending.name(),
            reason: reason.to_owned(),
            messages: number(&c, "messages")?,
            next_from: c.opt_int("next_from")?.map(Timestamp),
            next_until: c.opt_int("next_until")?.map(Timestamp),
        });
    }
    Ok(reasons)
}

/// By what they wait for.
async fn waiting(session: &mut Session, runs: &str, now: Timestamp) -> Result<Vec<ReasonCount>> {
    let text = format!(
        "SELECT m.waiting_for, CASE WHEN m.waiting_for <> {FOR_SETTLEMENT} THEN m.reason END AS why, COUNT(*) AS messages,
            MIN(m.due_at) AS next_from, MAX(m.due_at) AS next_until
         FROM runs r JOIN messages m ON m.run_id = r.id AND m.due_at IS NOT NULL
         WHERE r.id IN ({runs}) AND (m.waiting_for = {FOR_SETTLEMENT} OR {ALIVE}) GROUP BY m.waiting_for, why"
    );
    let mut reasons = Vec::new();
    for row in session.fetch(sql(text).int(now.0)).await? {
        let c = row.columns();
        let waits_for = c.code("waiting_for", "waiting for", WaitingFor::from_code)?;
        let reason = match (waits_for, c.opt_text("why")?) {
            (WaitingFor::Settlement, _) => NO_NEWS_YET.to_owned(),
            (_, Some(reason)) => reason,
            (WaitingFor::NextStep, None) => NO_OPEN_YET.to_owned(),
            (WaitingFor::Retry, None) => String::new(),
        };
        reasons.push(ReasonCount {
            state: MessageState::Waiting.name(),
            reason,
            messages: number(&c, "messages")?,
            next_from: c.opt_int("next_from")?.map(Timestamp),
            next_until: c.opt_int("next_until")?.map(Timestamp),
        });
    }
    Ok(reasons)
}
