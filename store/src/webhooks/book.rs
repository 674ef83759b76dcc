//! Webhooks as people keep them.

use super::deliveries;
use super::types::*;
use crate::base::audit::{Deed, log};
use crate::base::crossed::again_if_crossed;
use crate::base::once::{self, Once};
use crate::base::wants;
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::*;
use std::collections::HashSet;

/// People's: which webhooks there are, and what became of what they were told. `who` goes to the audit log.
#[async_trait]
pub trait WebhooksBook: Send + Sync {
    /// Keeps a webhook, which is told of what happens from now on; or returns the one that was made for the same request
    /// before.
    async fn create_webhook(
        &self,
        org: OrgId,
        new: &NewWebhook<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<WebhookId>;
    /// Gives it another secret, sealed; the present one signs beside it until then.
    async fn rotate_webhook(
        &self,
        org: OrgId,
        id: WebhookId,
        secret: &str,
        old_until: Timestamp,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;
    /// Off, it is told of nothing that happens meanwhile, and what waits goes on waiting.
    async fn switch_webhook(&self, org: OrgId, id: WebhookId, on: bool, who: &str, now: Timestamp) -> Result<()>;
    /// Removes it with all of its deliveries.
    async fn delete_webhook(&self, org: OrgId, id: WebhookId, who: &str, now: Timestamp) -> Result<()>;
    /// All of an organisation, in the order of their ids.
    async fn webhooks(&self, org: OrgId) -> Result<Vec<Webhook>>;
    /// Its deliveries, or those of one state: the latest first, from below `before` on.
    async fn deliveries(
        &self,
        org: OrgId,
        id: WebhookId,
        state: Option<DeliveryState>,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>>;
    /// Delivers it once more, whatever became of it, under the same id; a day of tries begins.
    async fn replay(&self, org: OrgId, id: DeliveryId, who: &str, now: Timestamp) -> Result<()>;
    /// Its sealed secret, the newer of two.
    async fn webhook_secret(&self, org: OrgId, id: WebhookId) -> Result<String>;
    /// Every sealed secret of all organisations.
    async fn webhook_secrets(&self) -> Result<Vec<SealedSecret>>;
    /// Puts another seal of the same secret in the place of this one.
    async fn reseal_webhook(&self, old: &SealedSecret, sealed: &str) -> Result<()>;
}

#[async_trait]
impl WebhooksBook for SqlStore {
    async fn create_webhook(
        &self,
        org: OrgId,
        new: &NewWebhook<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<WebhookId> {
        again_if_crossed!(create(&self.db, org, new, once, who, now))
    }

    async fn rotate_webhook(
        &self,
        org: OrgId,
        id: WebhookId,
        secret: &str,
        old_until: Timestamp,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE webhooks SET old_secret = secret, old_until = $4, secret = $3 WHERE id = $1 AND org_id = $2";
        let statement = sql(text).int(id.0).int(i64::from(org.0)).text(secret).int(old_until.0);
        found(tx.execute(statement).await?, id)?;
        tell(&mut tx, org, id, "webhook.rotate", who, now).await?;
        tx.commit().await
    }

    async fn switch_webhook(&self, org: OrgId, id: WebhookId, on: bool, who: &str, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE webhooks SET enabled = $3 WHERE id = $1 AND org_id = $2";
        let statement = sql(text).int(id.0).int(i64::from(org.0)).flag(on);
        found(tx.execute(statement).await?, id)?;
        note_wants(&mut tx, org).await?;
        let action = if on { "webhook.on" } else { "webhook.off" };
        tell(&mut tx, org, id, action, who, now).await?;
        tx.commit().await
    }

    async fn delete_webhook(&self, org: OrgId, id: WebhookId, who: &str, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT id FROM webhooks WHERE id = $1 AND org_id = $2 {lock}";
        let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR UPDATE");
        found(tx.fetch(statement).await?.len() as u64, id)?;
        tx.execute(sql("DELETE FROM webhook_deliveries WHERE webhook_id = $1").int(id.0))
            .await?;
        tx.execute(sql("DELETE FROM webhooks WHERE id = $1").int(id.0)).await?;
        note_wants(&mut tx, org).await?;
        tell(&mut tx, org, id, "webhook.delete", who, now).await?;
        tx.commit().await
    }

    async fn webhooks(&self, org: OrgId) -> Result<Vec<Webhook>> {
        let waiting = deliveries::of_state(DeliveryState::Waiting);
        let dead = deliveries::of_state(DeliveryState::Dead);
        let text = format!(
            "SELECT w.id, w.name, w.url, w.kinds, w.enabled, w.created_at, w.old_until, {waiting} AS waiting, {dead} AS dead
             FROM webhooks w WHERE w.org_id = $1 ORDER BY w.id"
        );
        let rows = Session::read(&self.db)
            .await?
            .fetch(sql(text).int(i64::from(org.0)))
            .await?;
        rows.iter().map(webhook_of).collect()
    }

    async fn deliveries(
        &self,
        org: OrgId,
        id: WebhookId,
        state: Option<DeliveryState>,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        deliveries::page(&self.db, (org, id), state, before, limit).await
    }

    async fn replay(&self, org: OrgId, id: DeliveryId, who: &str, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let webhook = deliveries::replay(&mut tx, org, id, now).await?;
        let deed = Deed {
            org,
            who,
            action: "webhook.replay",
            object: format!("delivery {id} of webhook {webhook}"),
            detail: None,
            at: now,
        };
        log(&mut tx, deed).await?;
        tx.commit().await
    }

    async fn webhook_secret(&self, org: OrgId, id: WebhookId) -> Result<String> {
        let text = "SELECT secret FROM webhooks WHERE id = $1 AND org_id = $2";
        let statement = sql(text).int(id.0).int(i64::from(org.0));
        let row = Session::read(&self.db).await?.first(statement).await?;
        Ok(row.ok_or_else(|| absent(id))?.columns().text("secret")?)
    }

    async fn webhook_secrets(&self) -> Result<Vec<SealedSecret>> {
        let text = "SELECT w.id, o.slug, s.sealed FROM (
                        SELECT id, secret AS sealed FROM webhooks
                        UNION ALL SELECT id, old_secret FROM webhooks WHERE old_secret IS NOT NULL) s
                    JOIN webhooks w ON w.id = s.id JOIN organisations o ON o.id = w.org_id ORDER BY w.id";
        let rows = Session::read(&self.db).await?.fetch(sql(text)).await?;
        let secrets = rows.iter().map(|row| {
            let c = row.columns();
            Ok(SealedSecret {
                webhook: WebhookId(c.int("id")?),
                organisation: c.text("slug")?,
                sealed: c.text("sealed")?,
            })
        });
        secrets.collect()
    }

    async fn reseal_webhook(&self, old: &SealedSecret, sealed: &str) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        for text in [
            "UPDATE webhooks SET secret = $3 WHERE id = $1 AND secret = $2",
            "UPDATE webhooks SET old_secret = $3 WHERE id = $1 AND old_secret = $2",
        ] {
            let statement = sql(text).int(old.webhook.0).text(old.sealed.as_str()).text(sealed);
            tx.execute(statement).await?;
        }
        tx.commit().await
    }
}

async fn create(
    db: &Db,
    org: OrgId,
    new: &NewWebhook<'_>,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<WebhookId> {
    let kinds = serde_json::to_string(new.kinds).map_err(|e| corrupt("a new one", &e))?;
    let mut tx = Session::begin(db).await?;
    if let Some(once) = once
        && let Some(made) = once::made(&mut tx, org, once).await?
    {
        return Ok(WebhookId(made));
    }
    let text = "INSERT INTO webhooks (org_id, name, url, kinds, enabled, secret, created_at)
                VALUES ($1, $2, $3, $4, TRUE, $5, $6) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(new.name)
        .text(new.url)
        .text(kinds.as_str())
        .text(new.secret)
        .int(now.0);
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let id = WebhookId(row.columns().int("id")?);
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id.0, now).await?;
    }
    note_wants(&mut tx, org).await?;
    tell(&mut tx, org, id, "webhook.create", who, now).await?;
    tx.commit().await?;
    Ok(id)
}

fn found(rows: u64, id: WebhookId) -> Result<()> {
    match rows {
        0 => Err(absent(id)),
        _ => Ok(()),
    }
}

fn webhook_of(row: &Row) -> Result<Webhook> {
    let c = row.columns();
    let id = WebhookId(c.int("id")?);
    Ok(Webhook {
        id,
        name: c.text("name")?,
        url: c.text("url")?,
        kinds: kinds(id, &c.text("kinds")?)?,
        enabled: c.flag("enabled")?,
        created_at: Timestamp(c.int("created_at")?),
        old_secret_until: c.opt_int("old_until")?.map(Timestamp),
        waiting: c.int("waiting")?.unsigned_abs(),
        dead: c.int("dead")?.unsigned_abs(),
    })
}

/// What all of an organisation's webhooks want, where the outbox is written.
async fn note_wants(tx: &mut Session, org: OrgId) -> Result<()> {
    // Two who change webhooks of one organisation at once do so one after the other.
    let text = "SELECT id FROM organisations WHERE id = $1 {lock}";
    tx.fetch(sql(text).int(i64::from(org.0)).lock("FOR NO KEY UPDATE"))
        .await?;
    let text = "SELECT id, kinds FROM webhooks WHERE org_id = $1 AND enabled";
    let mut wanted = HashSet::new();
    for row in tx.fetch(sql(text).int(i64::from(org.0))).await? {
        let c = row.columns();
        wanted.extend(kinds(WebhookId(c.int("id")?), &c.text("kinds")?)?);
    }
    wants::put(tx, org, &wanted).await
}

async fn tell(
    tx: &mut Session,
    org: OrgId,
    id: WebhookId,
    action: &'static str,
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let deed = Deed {
        org,
        who,
        action,
        object: format!("webhook {id}"),
        detail: None,
        at: now,
    };
    log(tx, deed).await
}
