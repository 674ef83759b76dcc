//! Outcomes whose message has changed meanwhile: the lease was lost, or the message was opened, withdrawn or
//! cancelled while the request was under way.

use super::outcomes::{Batch, place, sent_at};
use super::tallied;
use super::types::Recorded;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::message::{MessageState, WaitingFor};

/// Where a late outcome finds its message.
#[derive(Debug, Clone, Copy)]
struct Found {
    state: MessageState,
    waiting_for: Option<WaitingFor>,
    same_batch: bool,
}

/// What a late outcome does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It is the answer that the message waits for.
    Settle,
    /// It went out after all: the message is lifted.
    Lift(MessageState),
    /// The attempt keeps it; the message has moved on.
    Note,
}

fn effect(found: Found, accepted: bool) -> Effect {
    match (found.state, found.waiting_for) {
        (MessageState::Waiting, Some(WaitingFor::Settlement)) if found.same_batch => Effect::Settle,
        (MessageState::Waiting, Some(WaitingFor::Retry)) if found.same_batch && accepted => Effect::Settle,
        (state, _) if accepted && state.is_final() && state.admits(MessageState::Sent) => {
            Effect::Lift(MessageState::Sent)
        }
        _ => Effect::Note,
    }
}

/// Whether the message was stopped while the request was under way.
fn raced(state: MessageState) -> bool {
    matches!(
        state,
        MessageState::Opened | MessageState::Suppressed | MessageState::Cancelled
    )
}

/// Lands one outcome whose attempt has newly ended.
pub(super) async fn land(tx: &mut Session, batch: &Batch, outcome: &Recorded) -> Result<()> {
    let text = "SELECT state, waiting_for, batch_id FROM messages WHERE id = $1 {lock}";
    let id = outcome.message;
    let Some(row) = tx.first(sql(text).message(id).lock("FOR UPDATE")).await? else {
        return Ok(());
    };
    let c = row.columns();
    let found = Found {
        state: c.code("state", "message state", MessageState::from_code)?,
        waiting_for: c.opt_code("waiting_for", "waiting for", WaitingFor::from_code)?,
        same_batch: c.int("batch_id")? == batch.id.0,
    };
    if raced(found.state) {
        let text = "UPDATE attempts SET raced = TRUE WHERE message_id = $1 AND lease = $2";
        tx.execute(sql(text).message(id).int(batch.lease)).await?;
    }
    tallied::touch(tx, batch.run).await?;
    let sent = sent_at(outcome);
    match effect(found, sent.is_some()) {
        Effect::Settle => {
            let place = place(&outcome.next);
            let text = "UPDATE messages SET state = $2, waiting_for = $3, due_at = $4, reason = $5, tries = tries + 1,
                            sent_at = COALESCE(sent_at, $6) WHERE id = $1";
            let statement = sql(text)
                .message(id)
                .int(i64::from(place.state.code()))
                .int(place.waiting_for.map(|w| i64::from(w.code())))
                .int(place.due_at.map(|t| t.0))
                .text(place.reason)
                .int(sent);
            tx.execute(statement).await?;
        }
        Effect::Lift(state) => {
            let text = "UPDATE messages SET state = $2, reason = NULL, sent_at = COALESCE(sent_at, $3) WHERE id = $1";
            tx.execute(sql(text).message(id).int(i64::from(state.code())).int(sent))
                .await?;
        }
        Effect::Note if sent.is_some() => {
            let text = "UPDATE messages SET sent_at = COALESCE(sent_at, $2) WHERE id = $1";
            tx.execute(sql(text).message(id).int(sent)).await?;
        }
        Effect::Note => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Effect::*;
    use MessageState::*;

    #[test]
    fn a_late_outcome_settles_lifts_or_is_noted() {
        for (state, waiting_for, same_batch, accepted, expected) in [
            (Waiting, Some(WaitingFor::Settlement), true, true, Settle),
            (Waiting, Some(WaitingFor::Settlement), true, false, Settle),
            (Waiting, Some(WaitingFor::Settlement), false, true, Note),
            (Waiting, Some(WaitingFor::Retry), true, true, Settle),
            (Waiting, Some(WaitingFor::Retry), true, false, Note),
            (Waiting, Some(WaitingFor::NextStep), true, true, Note),
            (Unknown, None, true, true, Lift(Sent)),
            (Cancelled, None, true, true, Lift(Sent)),
            (Unknown, None, true, false, Note),
            (Opened, None, true, true, Note),
            (Delivered, None, true, true, Note),
            (Pending, None, false, true, Note),
        ] {
            let found = Found {
                state,
                waiting_for,
                same_batch,
            };
            assert_eq!(effect(found, accepted), expected, "{found:?} accepted: {accepted}");
        }
    }
}
