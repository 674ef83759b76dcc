//! Delivery reports: kept as they come, applied when their attempt has its end.
//!
//! The order of the locks is the ledger's: the attempt, then its message.

use super::record::place;
use super::runs::{Spec, parse_spec};
use super::types::OpenClass;
use super::{opens, retire};
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::receipt::{Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::settlement::{Standing, after, lifted, reported};
use bellhop_domain::*;

/// How long a receipt without an attempt is looked at: longer than any settlement.
const KEPT_MS: i64 = 7 * time::DAY_MS;
/// Receipts applied per call of [`settle`].
const AT_ONCE: i64 = 500;

/// A receipt as the ledger keeps it.
struct Kept {
    org: OrgId,
    kind: EndpointKind,
    /// The provider's id, or our own attempt's key with a leading `#`.
    reference: String,
    own: Option<Key>,
    state: AttemptState,
    at: Timestamp,
    reason: Option<String>,
    cost: Option<Money>,
    gone: bool,
}

impl Kept {
    fn new(org: OrgId, kind: EndpointKind, receipt: &Receipt, now: Timestamp) -> Self {
        let (reference, own) = match &receipt.attempt {
            ReceiptFor::Provider(id) => (id.clone(), None),
            ReceiptFor::Ours(key) => {
                let own = Key {
                    message: key.message.to_sql(),
                    lease: key.lease,
                };
                (format!("#{key}"), Some(own))
            }
        };
        let (reason, gone) = match &receipt.status {
            ReceiptStatus::Undelivered { why, gone } => (Some(why.clone()), *gone),
            ReceiptStatus::Rejected { why } => (Some(why.clone()), false),
            ReceiptStatus::Pending | ReceiptStatus::Delivered | ReceiptStatus::Read => (None, false),
        };
        Kept {
            org,
            kind,
            reference,
            own,
            state: reported(&receipt.status),
            at: receipt.at.unwrap_or(now),
            reason,
            cost: receipt.cost,
            gone,
        }
    }
}

pub(crate) async fn receipt(db: &Db, org: OrgId, kind: EndpointKind, receipt: &Receipt, now: Timestamp) -> Result<()> {
    let receipt = Kept::new(org, kind, receipt, now);
    let mut tx = Session::begin(db).await?;
    if keep(&mut tx, &receipt, now).await?
        && let Some(key) = attempt_of(&mut tx, &receipt).await?
    {
        apply(&mut tx, &receipt, key, now).await?;
    }
    tx.commit().await
}

/// An attempt's key.
#[derive(Debug, Clone, Copy)]
struct Key {
    message: i64,
    lease: i64,
}

/// Writes the receipt down; `false` if it came before.
async fn keep(tx: &mut Session, receipt: &Kept, now: Timestamp) -> Result<bool> {
    let text =
        "INSERT INTO receipts (org_id, kind, reference, status, at, reason, cost, gone, message_id, lease, came_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                ON CONFLICT (org_id, kind, reference, status) DO NOTHING";
    let kept = tx
        .execute(
            sql(text)
                .int(i64::from(receipt.org.0))
                .int(i64::from(receipt.kind.code()))
                .text(receipt.reference.as_str())
                .int(i64::from(receipt.state.code()))
                .int(receipt.at.0)
                .text(receipt.reason.as_deref())
                .int(receipt.cost.map(|c| c.0))
                .flag(receipt.gone)
                .int(receipt.own.map(|k| k.message))
                .int(receipt.own.map(|k| k.lease))
                .int(now.0),
        )
        .await?;
    Ok(kept > 0)
}

/// The attempt that a receipt is about, if it has its end.
async fn attempt_of(tx: &mut Session, receipt: &Kept) -> Result<Option<Key>> {
    let org = i64::from(receipt.org.0);
    let row = match receipt.own {
        Some(key) => {
            let text = "SELECT message_id, lease FROM attempts
                        WHERE message_id = $1 AND lease = $2 AND org_id = $3 AND state <> 1";
            tx.first(sql(text).int(key.message).int(key.lease).int(org)).await?
        }
        None => {
            // The literal list lets PostgreSQL use the partial index.
            let text = "SELECT message_id, lease FROM attempts
                        WHERE org_id = $1 AND kind = $2 AND kind IN (4, 5) AND provider_id = $3 AND state <> 1
                        ORDER BY lease DESC LIMIT 1";
            let kind = i64::from(receipt.kind.code());
            tx.first(sql(text).int(org).int(kind).text(receipt.reference.as_str()))
                .await?
        }
    };
    row.map(|row| {
        let mut c = row.cells();
        Ok(Key {
            message: c.int()?,
            lease: c.int()?,
        })
    })
    .transpose()
}

async fn apply(tx: &mut Session, receipt: &Kept, key: Key, now: Timestamp) -> Result<()> {
    let text = "SELECT state, endpoint_id FROM attempts WHERE message_id = $1 AND lease = $2 {lock}";
    let statement = sql(text).int(key.message).int(key.lease).lock("FOR NO KEY UPDATE");
    let Some(row) = tx.first(statement).await? else {
        return Ok(());
    };
    let mut c = row.cells();
    let attempt = c.code("attempt state", AttemptState::from_code)?;
    let endpoint = EndpointId(c.int()?);
    write_attempt(tx, receipt, key, attempt).await?;
    if lifted(attempt, receipt.state).is_some() {
        move_message(tx, receipt, key, now).await?;
    }
    if receipt.gone {
        let why = receipt.reason.as_deref().unwrap_or("gone");
        retire::one(tx, endpoint, receipt.at, why).await?;
    }
    let text = "UPDATE receipts SET settled_at = $5 WHERE org_id = $1 AND kind = $2 AND reference = $3 AND status = $4";
    tx.execute(
        sql(text)
            .int(i64::from(receipt.org.0))
            .int(i64::from(receipt.kind.code()))
            .text(receipt.reference.as_str())
            .int(i64::from(receipt.state.code()))
            .int(now.0),
    )
    .await?;
    Ok(())
}

/// A report that it failed after a report that it arrived does not lower the attempt; it is kept as a note.
async fn write_attempt(tx: &mut Session, receipt: &Kept, key: Key, attempt: AttemptState) -> Result<()> {
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
            .int(key.message)
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

async fn move_message(tx: &mut Session, receipt: &Kept, key: Key, now: Timestamp) -> Result<()> {
    let text = "SELECT m.state, m.waiting_for, m.step, m.run_id, runs.spec,
                       NOT EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.lease > $2),
                       EXISTS (SELECT 1 FROM attempts a
                               WHERE a.message_id = m.id AND a.lease <> $2 AND a.state IN (2, 7, 9))
                FROM messages m JOIN runs ON runs.id = m.run_id WHERE m.id = $1 {lock}";
    let statement = sql(text).int(key.message).int(key.lease).lock("FOR UPDATE OF m");
    let Some(row) = tx.first(statement).await? else {
        return Ok(());
    };
    let mut c = row.cells();
    let state = c.code("message state", MessageState::from_code)?;
    let waiting_for = c.opt_code("waiting for", WaitingFor::from_code)?;
    let step = c.int()? as usize;
    let run = RunId(c.int()?);
    let spec = parse_spec(run, &c.text()?)?;
    let standing = Standing {
        state,
        waiting_for,
        waterfall: &spec.waterfall,
        step,
        tried: step_of(&spec, receipt.kind).unwrap_or(step),
        latest: c.flag()?,
        sent_otherwise: c.flag()?,
    };
    let sent = receipt.state.was_accepted().then_some(receipt.at.0);
    let text = "UPDATE messages SET sent_at = COALESCE(sent_at, $2) WHERE id = $1 AND sent_at IS NULL";
    tx.execute(sql(text).int(key.message).int(sent)).await?;
    if receipt.state == AttemptState::Read {
        // An open like any other: it ends the waterfall, and stays the first if it is.
        let message = MessageId::from_sql(key.message);
        return opens::write(tx, receipt.org, message, OpenClass::Read, None, receipt.at).await;
    }
    if let Some(next) = after(receipt.state, &standing, receipt.reason.as_deref(), now) {
        let place = place(&next);
        let text = "UPDATE messages SET state = $2, waiting_for = $3, due_at = $4, reason = $5 WHERE id = $1";
        tx.execute(
            sql(text)
                .int(key.message)
                .int(i64::from(place.state.code()))
                .int(place.waiting_for.map(|w| i64::from(w.code())))
                .int(place.due_at.map(|t| t.0))
                .text(place.reason),
        )
        .await?;
    }
    Ok(())
}

/// The step that an attempt on such an address was made for: a waterfall names each channel once.
fn step_of(spec: &Spec, kind: EndpointKind) -> Option<usize> {
    spec.waterfall.iter().position(|step| step.channel == kind.channel())
}

/// Applies receipts that came before their attempt had its end, each in a transaction of its own.
pub(super) async fn settle(db: &Db, now: Timestamp) -> Result<u64> {
    let mut settled = 0;
    for (receipt, key) in early(db, now).await? {
        let mut tx = Session::begin(db).await?;
        apply(&mut tx, &receipt, key, now).await?;
        tx.commit().await?;
        settled += 1;
    }
    Ok(settled)
}

async fn early(db: &Db, now: Timestamp) -> Result<Vec<(Kept, Key)>> {
    let columns = "r.org_id, r.kind, r.reference, r.status, r.at, r.reason, r.cost, r.gone, r.message_id, r.lease,
                   a.message_id, a.lease";
    let open = "r.settled_at IS NULL AND r.came_at > $1 AND a.state <> 1";
    let text = format!(
        "SELECT {columns} FROM receipts r
         JOIN attempts a ON a.org_id = r.org_id AND a.kind = r.kind AND a.provider_id = r.reference AND a.kind IN (4, 5)
         WHERE {open} AND r.message_id IS NULL
         UNION ALL
         SELECT {columns} FROM receipts r JOIN attempts a ON a.message_id = r.message_id AND a.lease = r.lease
         WHERE {open} AND a.org_id = r.org_id
         LIMIT $2"
    );
    let mut session = Session::read(db).await?;
    let rows = session.fetch(sql(text).int(now.0 - KEPT_MS).int(AT_ONCE)).await?;
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    // As they happened: *accepted* before *delivered*.
    found.sort_by_key(|(receipt, _)| receipt.at);
    Ok(found)
}

fn read(row: &Row) -> Result<(Kept, Key)> {
    let mut c = row.cells();
    let org = OrgId(c.int()? as i32);
    let kind = c.code("endpoint kind", EndpointKind::from_code)?;
    let reference = c.text()?;
    let state = c.code("attempt state", AttemptState::from_code)?;
    let (at, reason) = (Timestamp(c.int()?), c.opt_text()?);
    let (cost, gone) = (c.opt_int()?.map(Money), c.flag()?);
    let own = c
        .opt_int()?
        .zip(c.opt_int()?)
        .map(|(message, lease)| Key { message, lease });
    let receipt = Kept {
        org,
        kind,
        reference,
        own,
        state,
        at,
        reason,
        cost,
        gone,
    };
    let key = Key {
        message: c.int()?,
        lease: c.int()?,
    };
    Ok((receipt, key))
}
