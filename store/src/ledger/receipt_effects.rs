//! What a receipt changes: its attempt, the message, the address.
//!
//! The order of the locks is the ledger's: the attempt, then its message.

use super::codes::{ATTEMPT_TAKEN, ATTEMPT_UNDELIVERED};
use super::kept_receipt::{KeptReceipt, Key};
use super::outcomes::place;
use super::refused_content::RefusedContent;
use super::runs::{Spec, parse_spec};
use super::types::OpenClass;
use super::{countries, opens, retire};
use crate::Result;
use crate::base::row::Columns;
use crate::sql::{Session, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState, WaitingFor};
use bellhop_domain::settlement::{LiftedMessage, after, again_at, lifted};
use bellhop_domain::*;

/// Returns what the run's circuit breaker must hear of.
pub(super) async fn apply(
    tx: &mut Session,
    receipt: &KeptReceipt,
    key: Key,
    now: Timestamp,
) -> Result<Option<RefusedContent>> {
    let text = "SELECT state, endpoint_id, run_id, sender, started_at, COALESCE(ended_at, started_at) AS answered_at FROM attempts
                WHERE message_id = $1 AND lease = $2 {lock}";
    let statement = sql(text).message(key.message).int(key.lease).lock("FOR NO KEY UPDATE");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    let attempt = c.code("state", "attempt state", AttemptState::from_code)?;
    let (endpoint, run, sender) = (
        EndpointId(c.int("endpoint_id")?),
        RunId(c.int("run_id")?),
        c.text("sender")?,
    );
    let told_at = receipt.at;
    let receipt = &KeptReceipt {
        at: happened(
            receipt.at,
            [Timestamp(c.int("started_at")?), Timestamp(c.int("answered_at")?)],
            receipt.came,
        ),
        ..receipt.clone()
    };
    write_attempt(tx, receipt, key, attempt).await?;
    let is_news = lifted(attempt, receipt.state).is_some();
    if is_news {
        move_message(tx, receipt, key, now).await?;
    }
    if receipt.gone {
        let why = receipt.reason.as_deref().unwrap_or("gone");
        retire::one(tx, endpoint, receipt.at, why).await?;
    }
    if is_news && receipt.country_stopped {
        let why = receipt.reason.as_deref().unwrap_or("refused");
        countries::stop(tx, (receipt.org, &sender), endpoint, why, now).await?;
    }
    let text = "UPDATE receipts SET settled_at = $5 WHERE org_id = $1 AND kind = $2 AND reference = $3 AND status = $4
                  AND senders = $6 AND at = $7";
    tx.execute(
        sql(text)
            .int(i64::from(receipt.org.0))
            .int(i64::from(receipt.kind.code()))
            .text(receipt.reference.as_str())
            .int(i64::from(receipt.state.code()))
            .int(now.0)
            .text(receipt.senders.as_str())
            .int(told_at.0),
    )
    .await?;
    let refused = RefusedContent {
        run,
        kind: receipt.kind,
        why: receipt.reason.clone().unwrap_or_default(),
    };
    Ok((is_news && receipt.content_refused).then_some(refused))
}

/// When it happened, given what a provider says. Some write whole minutes and some clocks differ, but nothing arrives
/// before it is sent or after it is reported. A message counts as sent when it was answered, unless the report
/// overtook the answer.
fn happened(said: Timestamp, [began, answered]: [Timestamp; 2], came: Timestamp) -> Timestamp {
    said.min(came).max(answered.min(came)).max(began)
}

/// A report that it failed after a report that it arrived does not lower the attempt; it is kept as a note.
async fn write_attempt(tx: &mut Session, receipt: &KeptReceipt, key: Key, attempt: AttemptState) -> Result<()> {
    let state = lifted(attempt, receipt.state).unwrap_or(attempt);
    let note = (receipt.state == AttemptState::Undelivered).then(|| {
        let why = receipt.reason.as_deref().unwrap_or("undelivered");
        match attempt {
            arrived if arrived.has_arrived() => format!("reported undelivered after delivered: {why}"),
            _ => why.to_owned(),
        }
    });
    let arrived = receipt.state.has_arrived().then_some(receipt.at.0);
    let read = (receipt.state == AttemptState::Read).then_some(receipt.at.0);
    // It arrived when the earliest report says: one that was read may be reported as delivered later.
    let text = "UPDATE attempts SET state = $3, reason = COALESCE($4, CASE WHEN state = $3 THEN reason END),
                    received_at = CASE WHEN received_at <= $5 THEN received_at ELSE COALESCE($5, received_at) END,
                    read_at = COALESCE(read_at, $6), cost = COALESCE($7, cost)
                WHERE message_id = $1 AND lease = $2";
    tx.execute(
        sql(text)
            .message(key.message)
            .int(key.lease)
            .int(i64::from(state.code()))
            .text(note.as_deref())
            .int(arrived)
            .int(read)
            .int(receipt.cost.map(|c| c.0)),
    )
    .await?;
    Ok(())
}

async fn move_message(tx: &mut Session, receipt: &KeptReceipt, key: Key, now: Timestamp) -> Result<()> {
    let text = format!(
        "SELECT m.state, m.waiting_for, m.step, m.run_id, runs.spec,
                NOT EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.lease > $2) AS is_latest,
                EXISTS (SELECT 1 FROM attempts a
                        WHERE a.message_id = m.id AND a.lease <> $2 AND a.state IN {ATTEMPT_TAKEN}) AS sent_otherwise,
                EXISTS (SELECT 1 FROM attempts a
                        WHERE a.message_id = m.id AND a.lease <> $2 AND a.state IN {ATTEMPT_TAKEN} AND a.kind = $3) AS taken_here,
                (SELECT COUNT(*) FROM attempts a WHERE a.message_id = m.id AND a.state = {ATTEMPT_UNDELIVERED} AND a.kind = $3) AS failures,
                runs.state AS run_state, COALESCE(m.expires_at, runs.expires_at) AS expires_at
         FROM messages m JOIN runs ON runs.id = m.run_id WHERE m.id = $1 {{lock}}"
    );
    let statement = sql(text)
        .message(key.message)
        .int(key.lease)
        .int(i64::from(receipt.kind.code()))
        .lock("FOR UPDATE OF m");
    let Some(row) = tx.first(statement).await? else {
        return Ok(());
    };
    let c = row.columns();
    let state = c.code("state", "message state", MessageState::from_code)?;
    let waiting_for = c.opt_code("waiting_for", "waiting for", WaitingFor::from_code)?;
    let step = c.int("step")? as usize;
    let run = RunId(c.int("run_id")?);
    let spec = parse_spec(run, &c.text("spec")?)?;
    let lifted_message = LiftedMessage {
        state,
        waiting_for,
        waterfall: &spec.waterfall,
        step,
        tried: step_of(&spec, receipt.kind).unwrap_or(step),
        latest: c.flag("is_latest")?,
        sent_otherwise: c.flag("sent_otherwise")?,
        taken_here: c.flag("taken_here")?,
        again: again(receipt, key, &c, now)?,
    };
    let sent = receipt.state.was_accepted().then_some(receipt.at.0);
    let text = "UPDATE messages SET sent_at = COALESCE(sent_at, $2) WHERE id = $1 AND sent_at IS NULL";
    tx.execute(sql(text).message(key.message).int(sent)).await?;
    if receipt.state == AttemptState::Read {
        // An open like any other: it ends the waterfall, and stays the first if it is.
        return opens::write(tx, receipt.org, key.message, OpenClass::Read, None, receipt.at).await;
    }
    if let Some(next) = after(receipt.state, &lifted_message, receipt.reason.as_deref(), now) {
        let place = place(&next);
        // A message that is to be sent again does not count as sent, unless another channel sent it.
        let unsent = place.waiting_for == Some(WaitingFor::Retry) && !lifted_message.sent_otherwise;
        let text = "UPDATE messages SET state = $2, waiting_for = $3, due_at = $4, reason = $5,
                        sent_at = CASE WHEN $6 THEN NULL ELSE sent_at END WHERE id = $1";
        tx.execute(
            sql(text)
                .message(key.message)
                .int(i64::from(place.state.code()))
                .int(place.waiting_for.map(|w| i64::from(w.code())))
                .int(place.due_at.map(|t| t.0))
                .text(place.reason)
                .flag(unsent),
        )
        .await?;
    }
    Ok(())
}

/// When it may be sent again: reads how many of its attempts did not arrive, its run's state and end.
fn again(receipt: &KeptReceipt, key: Key, c: &Columns<'_>, now: Timestamp) -> Result<Option<Timestamp>> {
    let failures = u16::try_from(c.int("failures")?).unwrap_or(u16::MAX);
    let run = c.code("run_state", "run state", RunState::from_code)?;
    let expires = c.opt_int("expires_at")?.map_or(Timestamp(i64::MAX), Timestamp);
    let again = receipt.again.filter(|_| run != RunState::Cancelled);
    Ok(again.and_then(|again| again_at(&again, failures, expires, now, chance(key))))
}

/// A number in [0, 1) of the attempt's own: its message's id is as good as random.
fn chance(key: Key) -> f64 {
    let mixed = key.message.0 ^ key.lease.cast_unsigned().wrapping_mul(0x9E37_79B9);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// The step that an attempt on such an address was made for: a waterfall names each channel once.
fn step_of(spec: &Spec, kind: EndpointKind) -> Option<usize> {
    spec.waterfall.iter().position(|step| step.channel == kind.channel())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens_before_it_is_sent_nor_after_it_is_told() {
        let sent = [Timestamp(100), Timestamp(150)];
        for (said, came, expected) in [
            (40, 500, 150),
            (120, 500, 150),
            (300, 500, 300),
            (900, 500, 500),
            // It overtook the answer.
            (40, 120, 120),
            (110, 120, 120),
            (40, 90, 100),
        ] {
            assert_eq!(
                happened(Timestamp(said), sent, Timestamp(came)),
                Timestamp(expected),
                "{said} {came}"
            );
        }
    }
}
