//! Outcomes of attempts, and what they make of their messages.
//!
//! Two statements for a whole batch of outcomes: the attempts, then the messages that are still where the attempt
//! left them. What those leave over is late or repeated and goes one by one through [`late`](super::late). PostgreSQL
//! tries [`at_once`](super::record_at_once) first.

use super::batches::finish_if_empty;
use super::codes::{ATTEMPT_UNANSWERED, MESSAGE_LEFT_IN_BATCH};
use super::commands::absent;
use super::countries;
use super::late;
use super::months;
use super::outcomes::{Batch, MOVE, attempt_columns, message_columns};
use super::retire;
use super::source::Source;
use super::types::Recorded;
use super::wishes::withdraw;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::*;
use std::collections::{HashMap, HashSet};

/// Every case, late and repeated outcomes among them.
pub(super) async fn with_care(
    db: &Db,
    batch: BatchId,
    lease: i64,
    sender: &str,
    outcomes: &[Recorded],
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    let batch = lock(&mut tx, batch, lease).await?;
    let fresh = merge_attempts(&mut tx, &batch, sender, outcomes).await?;
    let moved = move_messages(&mut tx, &batch, outcomes).await?;
    let mut rest: Vec<_> = outcomes
        .iter()
        .filter(|o| fresh.contains(&o.message) && !moved.contains(&o.message))
        .collect();
    let ids = tx.message_ids()?;
    rest.sort_by_cached_key(|o| ids.key(o.message));
    for outcome in rest {
        late::land(&mut tx, &batch, outcome).await?;
    }
    finish(tx, &batch, sender, outcomes, now).await
}

async fn finish(mut tx: Session, batch: &Batch, sender: &str, outcomes: &[Recorded], now: Timestamp) -> Result<bool> {
    // This comes before any address is locked, because somebody who attaches an address may wait for it, and a
    // withdrawal for them.
    withdraw_consents(&mut tx, batch, sender, outcomes, now).await?;
    retire::endpoints(&mut tx, outcomes).await?;
    // One is enough for all of its country: the next start asks.
    for outcome in outcomes.iter().filter(|o| o.stops_country) {
        let why = outcome.reason.as_deref().unwrap_or("refused");
        countries::stop(&mut tx, (batch.org, sender), outcome.endpoint, why, now).await?;
    }
    let is_done = finish_if_empty(&mut tx, batch.id, batch.lease, now).await?;
    tx.commit().await?;
    Ok(is_done)
}

/// Obeys the opt-outs that the provider has told of, in the order of the addresses' ids: two records that share
/// guests then do not wait for each other.
async fn withdraw_consents(
    tx: &mut Session,
    batch: &Batch,
    sender: &str,
    outcomes: &[Recorded],
    now: Timestamp,
) -> Result<()> {
    let mut opted_out: Vec<_> = outcomes.iter().filter(|o| o.opted_out).collect();
    opted_out.sort_by_key(|o| o.endpoint);
    let source = Source {
        org: batch.org,
        sender,
        kind: batch.kind,
        peers: &[],
    };
    for outcome in opted_out {
        let why = outcome.reason.as_deref().unwrap_or("opted out");
        withdraw(tx, &source, outcome.endpoint, outcome.ended_at, why, now).await?;
    }
    Ok(())
}

async fn lock(tx: &mut Session, id: BatchId, lease: i64) -> Result<Batch> {
    let text = "SELECT org_id, run_id, kind FROM batches WHERE id = $1 {lock}";
    let row = tx.first(sql(text).int(id.0).lock("FOR NO KEY UPDATE")).await?;
    let row = row.ok_or_else(|| absent("batch", id))?;
    let c = row.columns();
    Ok(Batch {
        id,
        lease,
        org: OrgId(c.int("org_id")? as i32),
        run: RunId(c.int("run_id")?),
        kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
    })
}

/// Inserts the attempts of `{rows}`; the arguments are lease, organisation, run, kind and sender.
const INSERT: &str = "INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state,
         started_at, ended_at, provider_id, reason, cost, parts)
     SELECT r.message, $1, $2, $3, $4, $5, r.endpoint, r.outcome, r.began, r.ended, r.provider, r.why, r.price, r.pieces
     FROM {rows} WHERE TRUE";

/// An attempt without an end takes this one; one that has its end keeps it.
fn merge() -> String {
    format!(
        "ON CONFLICT (message_id, lease) DO UPDATE SET
         state = CASE WHEN attempts.state IN {ATTEMPT_UNANSWERED} THEN EXCLUDED.state ELSE attempts.state END,
         reason = CASE WHEN attempts.state IN {ATTEMPT_UNANSWERED} THEN EXCLUDED.reason ELSE attempts.reason END,
         ended_at = EXCLUDED.ended_at,
         provider_id = COALESCE(EXCLUDED.provider_id, attempts.provider_id),
         cost = COALESCE(attempts.cost, EXCLUDED.cost),
         parts = EXCLUDED.parts
     WHERE attempts.ended_at IS NULL
     RETURNING message_id, state"
    )
}

/// Writes the attempts. A receipt that came first stays, and has already moved the message. Returns the messages
/// whose attempts are now as their outcomes say.
async fn merge_attempts(
    tx: &mut Session,
    batch: &Batch,
    sender: &str,
    outcomes: &[Recorded],
) -> Result<HashSet<MessageId>> {
    let said: HashMap<MessageId, i64> = outcomes
        .iter()
        .map(|o| (o.message, i64::from(o.state.code())))
        .collect();
    let mut fresh = HashSet::with_capacity(outcomes.len());
    let statement = sql(format!("{INSERT} {}", merge()))
        .int(batch.lease)
        .int(i64::from(batch.org.0))
        .int(batch.run.0)
        .int(i64::from(batch.kind.code()))
        .text(sender)
        .rows(attempt_columns(outcomes));
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let (message, state) = (c.message("message_id")?, c.int("state")?);
        if said.get(&message) == Some(&state) {
            fresh.insert(message);
        }
    }
    Ok(fresh)
}

/// Moves the messages that are where their attempt left them, and returns them.
async fn move_messages(tx: &mut Session, batch: &Batch, outcomes: &[Recorded]) -> Result<HashSet<MessageId>> {
    let ids = Table::default().messages("message", outcomes.iter().map(|o| o.message));
    let text = format!(
        "UPDATE messages SET {MOVE} FROM {{rows}} WHERE id = r.message AND batch_id = $1 AND state IN {MESSAGE_LEFT_IN_BATCH}{}
         RETURNING id",
        months::within(tx.dialect(), "id", months::of_batch(batch.id))
    );
    let statement = sql(text).int(batch.id.0).rows(message_columns(ids, outcomes));
    let rows = tx.fetch(statement).await?;
    rows.iter().map(|row| row.columns().message("id")).collect()
}
