//! Delivering: what is due is taken under a lease, and its answer is recorded.

use super::types::DeliveryState;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::*;
use std::time::Duration;

/// A webhook that has something due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWebhook {
    pub id: WebhookId,
    pub org: OrgId,
    /// The organisation's slug.
    pub organisation: String,
    pub url: String,
    /// Sealed, the newest first: all of them sign.
    pub secrets: Vec<String>,
}

/// A delivery in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InHand {
    pub id: DeliveryId,
    /// The header `webhook-id`.
    pub webhook_id: String,
    pub body: String,
    /// With this one.
    pub tries: u32,
    /// Its day of tries began then.
    pub began_at: Timestamp,
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub id: DeliveryId,
    /// As it was taken ([`InHand`]).
    pub tries: u32,
    pub began_at: Timestamp,
    pub status: Option<u16>,
    /// A few, of what came back or why nothing did.
    pub words: String,
    pub then: Then,
}

/// What becomes of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Delivered,
    Again(Timestamp),
    Dead,
}

/// A dispatcher's.
#[async_trait]
pub trait Delivering: Send + Sync {
    /// The webhooks that are on and have something due.
    async fn due_webhooks(&self, now: Timestamp) -> Result<Vec<DueWebhook>>;
    /// Takes up to `limit` deliveries that are due, of each subject the oldest that waits: nobody else gets them for the length
    /// of the lease.
    async fn take_deliveries(
        &self,
        webhook: WebhookId,
        limit: u32,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<InHand>>;
    /// Records an answer; whether it was still asked for.
    async fn record_delivery(&self, answered: &Answered, now: Timestamp) -> Result<bool>;
}

const WAITING: i16 = DeliveryState::Waiting.code();

#[async_trait]
impl Delivering for SqlStore {
    async fn due_webhooks(&self, now: Timestamp) -> Result<Vec<DueWebhook>> {
        let text = format!(
            "SELECT w.id, w.org_id, o.slug, w.url, w.secret, CASE WHEN w.old_until > $1 THEN w.old_secret END AS old_secret
             FROM webhooks w JOIN organisations o ON o.id = w.org_id
             WHERE w.enabled AND EXISTS (SELECT 1 FROM webhook_deliveries d
                 WHERE d.webhook_id = w.id AND d.state = {WAITING} AND d.next_at <= $1)
             ORDER BY w.id"
        );
        let rows = Session::read(&self.db).await?.fetch(sql(text).int(now.0)).await?;
        rows.iter().map(due_of).collect()
    }

    async fn take_deliveries(
        &self,
        webhook: WebhookId,
        limit: u32,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<InHand>> {
        let text = format!(
            "UPDATE webhook_deliveries SET tries = tries + 1, next_at = $3 WHERE id IN (
                 SELECT d.id FROM webhook_deliveries d
                 WHERE d.webhook_id = $1 AND d.state = {WAITING} AND d.next_at <= $2
                     AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = d.webhook_id
                         AND e.subject = d.subject AND e.state = {WAITING} AND e.id < d.id)
                 ORDER BY d.next_at, d.id LIMIT {limit} {{lock}})
             RETURNING id, public_id, body, tries, began_at"
        );
        let mut tx = Session::begin(&self.db).await?;
        let statement = sql(text).int(webhook.0).int(now.0).int(now.plus(lease).0);
        let rows = tx.fetch(statement.lock("FOR UPDATE OF d SKIP LOCKED")).await?;
        let mut taken = rows.iter().map(in_hand).collect::<Result<Vec<_>>>()?;
        tx.commit().await?;
        taken.sort_by_key(|it| it.id);
        Ok(taken)
    }

    async fn record_delivery(&self, answered: &Answered, now: Timestamp) -> Result<bool> {
        let (state, next, ended) = match answered.then {
            Then::Delivered => (DeliveryState::Delivered, None, Some(now.0)),
            Then::Again(next) => (DeliveryState::Waiting, Some(next.0), None),
            Then::Dead => (DeliveryState::Dead, None, Some(now.0)),
        };
        let mut tx = Session::begin(&self.db).await?;
        let text = format!(
            "UPDATE webhook_deliveries SET state = $3, next_at = COALESCE($4, next_at), ended_at = $5, last_status = $6,
                 last_words = $7
             WHERE id = $1 AND tries = $2 AND began_at = $8 AND state = {WAITING} RETURNING webhook_id, subject"
        );
        let statement = sql(text)
            .int(answered.id.0)
            .int(i64::from(answered.tries))
            .int(i64::from(state.code()))
            .int(next)
            .int(ended)
            .int(answered.status.map(i64::from))
            .text(answered.words.as_str())
            .int(answered.began_at.0);
        let Some(row) = tx.first(statement).await? else {
            return Ok(false);
        };
        let c = row.columns();
        if let Some(next) = next {
            // Those behind it wait with it.
            let text = format!(
                "UPDATE webhook_deliveries SET next_at = $4
                 WHERE webhook_id = $1 AND subject = $2 AND state = {WAITING} AND id > $3 AND next_at < $4"
            );
            let subject = c.text("subject")?;
            let statement = sql(text).int(c.int("webhook_id")?).text(subject.as_str());
            tx.execute(statement.int(answered.id.0).int(next)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

fn due_of(row: &Row) -> Result<DueWebhook> {
    let c = row.columns();
    let secrets = [Some(c.text("secret")?), c.opt_text("old_secret")?];
    Ok(DueWebhook {
        id: WebhookId(c.int("id")?),
        org: OrgId(c.int("org_id")? as i32),
        organisation: c.text("slug")?,
        url: c.text("url")?,
        secrets: secrets.into_iter().flatten().collect(),
    })
}

fn in_hand(row: &Row) -> Result<InHand> {
    let c = row.columns();
    Ok(InHand {
        id: DeliveryId(c.int("id")?),
        webhook_id: c.text("public_id")?,
        body: c.text("body")?,
        tries: u32::try_from(c.int("tries")?).unwrap_or(u32::MAX),
        began_at: Timestamp(c.int("began_at")?),
    })
}
