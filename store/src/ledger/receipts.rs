//! Delivery reports: kept as they come, applied when their attempt has its end.

use super::in_vain;
use super::kept_receipt::{KeptReceipt, Key};
use super::receipt_effects::apply;
use super::receipt_owner::attempt_of;
use super::refused_content;
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::receipt::Again;
use bellhop_domain::*;
use std::time::Duration;

/// Receipts looked at in one transaction.
pub(super) const AT_ONCE: usize = 200;

/// Whether it is a repeat although its key differs, because the provider gives no time and each report gets its own.
/// An id that was given a second time does not make a repeat.
pub(super) async fn came_before(tx: &mut Session, receipt: &KeptReceipt, attempt: Option<Key>) -> Result<bool> {
    if receipt.said.is_some() {
        return Ok(false);
    }
    let text =
        "SELECT 1 FROM receipts WHERE org_id = $1 AND kind = $2 AND senders = $3 AND reference = $4 AND status = $5
                  AND CASE WHEN $6 IS NULL THEN settled_at IS NULL
                      ELSE came_at >= (SELECT a.started_at FROM attempts a WHERE a.message_id = $6 AND a.lease = $7) END
                LIMIT 1";
    let statement = sql(text)
        .int(i64::from(receipt.org.0))
        .int(i64::from(receipt.kind.code()))
        .text(receipt.senders.as_str())
        .text(receipt.reference.as_str())
        .int(i64::from(receipt.state.code()))
        .message(attempt.map(|key| key.message))
        .int(attempt.map(|key| key.lease));
    Ok(tx.first(statement).await?.is_some())
}

/// Writes the receipt down; `false` if it came before.
pub(super) async fn keep(tx: &mut Session, receipt: &KeptReceipt) -> Result<bool> {
    let text =
        "INSERT INTO receipts (org_id, kind, reference, status, at, reason, cost, gone, message_id, lease, came_at,
                    again_after_ms, again_times, content_refused, country_stopped, senders)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                ON CONFLICT (org_id, kind, senders, reference, status, at) DO NOTHING";
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
                .message(receipt.own.map(|k| k.message))
                .int(receipt.own.map(|k| k.lease))
                .int(receipt.came.0)
                .int(receipt.again.map(|again| again.after.as_millis() as i64))
                .int(receipt.again.map(|again| i64::from(again.times)))
                .flag(receipt.content_refused)
                .flag(receipt.country_stopped)
                .text(receipt.senders.as_str()),
        )
        .await?;
    Ok(kept > 0)
}

/// Whether its attempt has its end now.
pub(super) async fn settle_one(store: &SqlStore, receipt: &KeptReceipt, now: Timestamp) -> Result<bool> {
    let mut tx = Session::begin(&store.db).await?;
    let Some(key) = attempt_of(&mut tx, receipt, now).await? else {
        return Ok(false);
    };
    let refused = apply(&mut tx, receipt, key, now).await?;
    tx.commit().await?;
    if let Some(refused) = refused {
        refused_content::count(store, &refused, now).await?;
    }
    Ok(true)
}

/// Receipts without an attempt whose next look is due, and whether that is the last look. The following look is
/// scheduled at once, so that only one of two dispatchers looks. If that one dies, the next look finds what it would
/// have found.
pub(super) async fn early(db: &Db, now: Timestamp) -> Result<Vec<(KeptReceipt, bool)>> {
    let due = |most: usize| {
        format!(
            "SELECT org_id, kind, senders, reference, status, at FROM receipts WHERE settled_at IS NULL AND look_at <= $1
             ORDER BY look_at LIMIT {most}"
        )
    };
    let mut session = Session::read(db).await?;
    let found = session.first(sql(due(1)).int(now.0)).await?.is_some();
    session.commit().await?;
    if !found {
        return Ok(Vec::new());
    }
    let text = format!(
        "UPDATE receipts SET look_at = {}
         WHERE (org_id, kind, senders, reference, status, at) IN ({} {{lock}})
         RETURNING org_id, kind, reference, status, at, reason, cost, gone, again_after_ms, again_times, content_refused,
                   country_stopped, message_id, lease, senders, came_at, look_at IS NULL AS is_last",
        in_vain::NEXT_LOOK,
        due(AT_ONCE)
    );
    let mut tx = Session::begin(db).await?;
    let statement = sql(text)
        .int(now.0)
        .int(in_vain::given_up_before(now))
        .lock("FOR UPDATE SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    tx.commit().await?;
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    // As they happened: *accepted* before *delivered*.
    found.sort_by_key(|(receipt, _)| receipt.at);
    Ok(found)
}

fn read(row: &Row) -> Result<(KeptReceipt, bool)> {
    let c = row.columns();
    let org = OrgId(c.int("org_id")? as i32);
    let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
    let reference = c.text("reference")?;
    let state = c.code("status", "attempt state", AttemptState::from_code)?;
    let (at, reason) = (Timestamp(c.int("at")?), c.opt_text("reason")?);
    let (cost, gone) = (c.opt_int("cost")?.map(Money), c.flag("gone")?);
    let again = c
        .opt_int("again_after_ms")?
        .zip(c.opt_int("again_times")?)
        .map(|(after, times)| Again {
            after: Duration::from_millis(after.unsigned_abs()),
            times: times as u16,
        });
    let (content_refused, country_stopped) = (c.flag("content_refused")?, c.flag("country_stopped")?);
    let own = c
        .opt_message("message_id")?
        .zip(c.opt_int("lease")?)
        .map(|(message, lease)| Key { message, lease });
    let (senders, came) = (c.text("senders")?, Timestamp(c.int("came_at")?));
    let receipt = KeptReceipt {
        org,
        kind,
        reference,
        own,
        senders,
        state,
        at,
        said: Some(at),
        came,
        reason,
        cost,
        gone,
        again,
        content_refused,
        country_stopped,
    };
    Ok((receipt, c.flag("is_last")?))
}
