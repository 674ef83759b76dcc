//! Promo codes of messages: given at the claim, kept by whatever may have been seen, and free again after a sure failure.
//!
//! A code is given in the claim's transaction, which waits for the disk: a code that went out to a guest is never free after a
//! power cut. A message has one code, whatever is claimed again, by a unique index; two workers who claim at once pass over
//! the codes that the other has in hand.

use super::batches;
use super::codes::{ATTEMPT_MAY_BE_OUT, KINDS_SENT_AGAIN, MESSAGE_PENDING};
use super::months;
use super::promo_need::{MessagePromo, PromoNeed, PromoUse};
use super::types::Claimed;
use crate::Result;
use crate::promos::PromoList;
use crate::promos::lists::find;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::promo::{CodeFate, GivenCode, first_look, has_ended};
use bellhop_domain::{BatchId, MessageId, OrgId, RunId, Timestamp};
use std::collections::HashMap;

/// Codes looked at in one transaction.
const LOOKED_AT_ONCE: u32 = 1_000;

const DEFERRED: i16 = AttemptState::Deferred.code();

/// Why a message gets no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoCode {
    /// All are given, or the list is not there any more.
    Exhausted,
    /// They are valid no longer.
    Ended,
    /// Others who claim have the last ones in hand, and may give some back.
    InOtherHands,
}

/// What a look at given codes has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PromoLook {
    pub looked: u64,
    /// Codes that are free again.
    pub returned: u64,
    /// Whether there may be more to look at.
    pub more: bool,
}

/// What a text shows of a list without a code being taken: of a test, a preview, or a text that tells the end alone.
fn shown(need: &PromoNeed, list: &PromoList) -> MessagePromo {
    let all = MessagePromo::sample_of(list);
    MessagePromo {
        code: all.code.filter(|_| need.used != PromoUse::End),
        ..all
    }
}

/// Gives each of these messages its code, and says which get none.
pub(super) async fn give(
    session: &mut Session,
    (org, run): (OrgId, RunId),
    need: &PromoNeed,
    messages: &mut [Claimed],
    now: Timestamp,
) -> Result<Vec<(MessageId, NoCode)>> {
    let all = |why| messages.iter().map(|it| (it.id, why)).collect();
    let Some(list) = find(session, org, &need.list).await? else {
        return Ok(all(NoCode::Exhausted));
    };
    if need.used == PromoUse::Code && has_ended(list.ends_at, now) {
        return Ok(all(NoCode::Ended));
    }
    if need.used != PromoUse::Code || list.is_common() {
        let shown = shown(need, &list);
        for message in messages {
            message.profile.promo = Some(shown.clone());
        }
        return Ok(Vec::new());
    }
    let mut codes = held(session, messages).await?;
    let without: Vec<MessageId> = messages
        .iter()
        .map(|it| it.id)
        .filter(|id| !codes.contains_key(id))
        .collect();
    codes.extend(take(session, (&list, run), &without, now).await?);
    for message in messages.iter_mut() {
        message.profile.promo = codes.get(&message.id).map(|code| MessagePromo {
            code: Some(code.clone()),
            ends_at: list.ends_at,
        });
    }
    let short: Vec<MessageId> = without.into_iter().filter(|id| !codes.contains_key(id)).collect();
    if short.is_empty() {
        return Ok(Vec::new());
    }
    let why = match is_any_free(session, &list).await? {
        true => NoCode::InOtherHands,
        false => NoCode::Exhausted,
    };
    Ok(short.into_iter().map(|id| (id, why)).collect())
}

fn message_and_code(rows: &[Row]) -> Result<HashMap<MessageId, String>> {
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok((c.message("message_id")?, c.text("code")?))
        })
        .collect()
}

/// The codes that these messages were given before.
async fn held(session: &mut Session, messages: &[Claimed]) -> Result<HashMap<MessageId, String>> {
    let table = Table::default().messages("message", messages.iter().map(|it| it.id));
    let text = "SELECT p.message_id, p.code FROM {rows} JOIN promo_codes p ON p.message_id = r.message";
    message_and_code(&session.fetch(sql(text).rows(table)).await?)
}

/// Takes the next free codes for messages that have none. The number of them stands in the text (ARCHITECTURE.md, "Two
/// plans").
async fn take(
    session: &mut Session,
    (list, run): (&PromoList, RunId),
    messages: &[MessageId],
    now: Timestamp,
) -> Result<HashMap<MessageId, String>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!(
        "WITH wanting AS (SELECT r.message, ROW_NUMBER() OVER (ORDER BY r.message) AS place FROM {{rows}}),
              free AS MATERIALIZED (SELECT id FROM promo_codes WHERE list_id = $1 AND message_id IS NULL
                                    ORDER BY id LIMIT {} {{lock}}),
              numbered AS (SELECT id AS taken, ROW_NUMBER() OVER (ORDER BY id) AS place FROM free)
         UPDATE promo_codes SET message_id = wanting.message, given_at = $2, look_at = $3, run_id = $4
         FROM wanting JOIN numbered ON numbered.place = wanting.place WHERE promo_codes.id = numbered.taken
         RETURNING message_id, code",
        messages.len()
    );
    let table = Table::default().messages("message", messages.iter().copied());
    let statement = sql(text)
        .int(list.id)
        .int(now.0)
        .int(first_look(now).0)
        .int(run.0)
        .rows(table)
        .lock("FOR UPDATE SKIP LOCKED");
    message_and_code(&session.fetch(statement).await?)
}

/// Whether somebody else holds the last free codes: one that is not committed yet still looks free.
async fn is_any_free(session: &mut Session, list: &PromoList) -> Result<bool> {
    let text = "SELECT 1 FROM promo_codes WHERE list_id = $1 AND message_id IS NULL ORDER BY id LIMIT 1";
    Ok(session.first(sql(text).int(list.id)).await?.is_some())
}

/// A worker was lost that had claimed messages of a batch. Where nothing is written before the request, whatever was pending
/// may have gone out, and its code may have been seen.
pub(super) async fn may_be_seen(tx: &mut Session, batch: BatchId) -> Result<()> {
    let text = format!(
        "UPDATE promo_codes SET may_be_seen = TRUE WHERE message_id IN (
             SELECT m.id FROM messages m JOIN batches b ON b.id = $1
             WHERE {} AND m.state = {MESSAGE_PENDING} AND b.kind IN {KINDS_SENT_AGAIN}{})",
        batches::has(tx.dialect(), "$1", "m"),
        months::within(tx.dialect(), "m.id", months::of_batch(batch))
    );
    tx.execute(sql(text).int(batch.0)).await?;
    Ok(())
}

/// A given code that is due for a look.
struct Due {
    id: i64,
    given: GivenCode,
}

/// Looks at what became of codes: those of messages that failed for good, and that surely nobody saw, are free again. Several
/// who look do so at different ones.
pub(super) async fn look(tx: &mut Session, now: Timestamp) -> Result<PromoLook> {
    let due = due(tx, now).await?;
    let fates: Vec<(i64, CodeFate)> = due.iter().map(|it| (it.id, it.given.fate(now))).collect();
    let returned = fates.iter().filter(|(_, fate)| *fate == CodeFate::Returned);
    let returned: Vec<i64> = returned.map(|(id, _)| *id).collect();
    let others: Vec<(i64, Option<i64>)> = fates
        .iter()
        .filter_map(|(id, fate)| match fate {
            CodeFate::Returned => None,
            CodeFate::Kept => Some((*id, None)),
            CodeFate::Open { look_at } => Some((*id, Some(look_at.0))),
        })
        .collect();
    if !returned.is_empty() {
        let text = "UPDATE promo_codes SET message_id = NULL, run_id = NULL, given_at = NULL, look_at = NULL
                    WHERE id IN (SELECT r.code FROM {rows})";
        let table = Table::default().ints("code", returned.iter().copied());
        tx.execute(sql(text).rows(table)).await?;
    }
    if !others.is_empty() {
        let text = "UPDATE promo_codes SET look_at = r.again FROM {rows} WHERE id = r.code";
        let table = Table::default()
            .ints("code", others.iter().map(|(id, _)| *id))
            .ints("again", others.iter().map(|(_, at)| *at));
        tx.execute(sql(text).rows(table)).await?;
    }
    Ok(PromoLook {
        looked: due.len() as u64,
        returned: returned.len() as u64,
        more: due.len() == LOOKED_AT_ONCE as usize,
    })
}

/// A push of which the provider said *not now* may have been shown all the same: a proxy in front of it may have said so.
async fn due(tx: &mut Session, now: Timestamp) -> Result<Vec<Due>> {
    let text = format!(
        "SELECT p.id, p.given_at, p.may_be_seen, m.state, m.sent_at,
                EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = p.message_id
                        AND (a.state IN {ATTEMPT_MAY_BE_OUT} OR a.state = {DEFERRED} AND a.kind IN {KINDS_SENT_AGAIN})) AS is_out
         FROM (SELECT id, message_id, given_at, may_be_seen FROM promo_codes
               WHERE look_at <= $1 ORDER BY look_at LIMIT {LOOKED_AT_ONCE} {{lock}}) p
         LEFT JOIN messages m ON m.id = p.message_id"
    );
    let statement = sql(text).int(now.0).lock("FOR UPDATE SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok(Due {
                id: c.int("id")?,
                given: GivenCode {
                    given_at: Timestamp(c.opt_int("given_at")?.unwrap_or(now.0)),
                    state: c.opt_code("state", "state of a message", MessageState::from_code)?,
                    was_sent: c.opt_int("sent_at")?.is_some(),
                    may_be_seen: c.flag("may_be_seen")? || c.flag("is_out")?,
                },
            })
        })
        .collect()
}
