//! Deliveries as people see them, and a replay.

use super::types::{Delivery, DeliveryState, absent};
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::*;

/// How many of webhook `w` are in a state: SQL.
pub(super) fn of_state(state: DeliveryState) -> String {
    format!(
        "(SELECT COUNT(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = {})",
        state.code()
    )
}

pub(super) async fn page(
    db: &Db,
    (org, webhook): (OrgId, WebhookId),
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let of = match state {
        Some(state) => format!("AND d.state = {}", state.code()),
        None => String::new(),
    };
    let text = format!(
        "SELECT d.id, d.public_id, d.subject, d.kind, d.state, d.tries, d.created_at, d.next_at, d.ended_at, d.last_status,
                d.last_words, d.body
         FROM webhook_deliveries d WHERE d.webhook_id = $1 AND d.org_id = $2 AND d.id < $3 {of}
         ORDER BY d.id DESC LIMIT {limit}"
    );
    let before = before.map_or(i64::MAX, |it| it.0);
    let mut session = Session::read(db).await?;
    let own = "SELECT 1 FROM webhooks WHERE id = $1 AND org_id = $2";
    let own = session.first(sql(own).int(webhook.0).int(i64::from(org.0))).await?;
    own.ok_or_else(|| absent(webhook))?;
    let statement = sql(text).int(webhook.0).int(i64::from(org.0)).int(before);
    session.fetch(statement).await?.iter().map(delivery_of).collect()
}

fn delivery_of(row: &Row) -> Result<Delivery> {
    let c = row.columns();
    let state = c.code("state", "state of a delivery", DeliveryState::from_code)?;
    let next_at = Timestamp(c.int("next_at")?);
    Ok(Delivery {
        id: DeliveryId(c.int("id")?),
        webhook_id: c.text("public_id")?,
        subject: c.text("subject")?,
        kind: c.text("kind")?,
        state,
        tries: u32::try_from(c.int("tries")?).unwrap_or(u32::MAX),
        created_at: Timestamp(c.int("created_at")?),
        next_at: (state == DeliveryState::Waiting).then_some(next_at),
        ended_at: c.opt_int("ended_at")?.map(Timestamp),
        last_status: c.opt_int("last_status")?.and_then(|it| u16::try_from(it).ok()),
        last_words: c.opt_text("last_words")?,
        body: c.text("body")?,
    })
}

/// Returns whose it is.
pub(super) async fn replay(tx: &mut Session, org: OrgId, id: DeliveryId, now: Timestamp) -> Result<WebhookId> {
    // An answer that is still on its way does not count: it belongs to another day of tries.
    let text = format!(
        "UPDATE webhook_deliveries SET state = {}, began_at = $3, next_at = $3, ended_at = NULL, tries = 0
         WHERE id = $1 AND org_id = $2 RETURNING webhook_id",
        DeliveryState::Waiting.code()
    );
    let statement = sql(text).int(id.0).int(i64::from(org.0)).int(now.0);
    let row = tx.first(statement).await?.ok_or_else(|| StoreError::NotFound {
        what: "delivery of a webhook",
        id: id.to_string(),
    })?;
    Ok(WebhookId(row.columns().int("webhook_id")?))
}
