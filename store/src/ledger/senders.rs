//! Senders: those that stand still until a human resumes them, those that may not send to a country, and what their providers
//! say of them (which comes by [`incoming`](crate::incoming)).

use super::countries::{self, StoppedCountry};
use super::incoming::SenderHealth;
use crate::base::audit::{Deed, OURSELVES, log};
use crate::db::Db;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::incoming::HealthState;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::setting::SettingKey;
use bellhop_domain::*;

/// Which senders are paused, resumed, ill, or closed to a country: people decide, workers obey, and pause what fails.
#[async_trait]
pub trait SenderStates: Send + Sync {
    /// Stops a sender in somebody's name, until a human resumes it. A sender that is paused already keeps its reason.
    async fn pause_sender(&self, org: OrgId, sender: &str, reason: &str, who: &str, now: Timestamp) -> Result<()>;
    /// The same for a process that knows the settings of `version`. If the sender has got newer settings since, it is
    /// not paused, because with those it has not failed yet. Returns whether it is paused.
    async fn pause_failing_sender(
        &self,
        org: OrgId,
        sender: &str,
        version: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool>;
    /// Lets it continue at once, whatever held it: a pause, closed countries, or a wait that its provider asked for.
    async fn resume_sender(&self, org: OrgId, sender: &str, who: &str, now: Timestamp) -> Result<()>;
    /// When each sender was last resumed: what running workers obey.
    async fn resumed_senders(&self) -> Result<Vec<(OrgId, String, Timestamp)>>;
    /// What providers last said of their senders.
    async fn sender_health(&self) -> Result<Vec<SenderHealth>>;
    /// Paused senders, each with the reason and the instant of its pause.
    async fn paused_senders(&self) -> Result<Vec<(OrgId, String, String, Timestamp)>>;
    /// Countries that senders may not send to; [`resume_sender`](Self::resume_sender) opens them.
    async fn stopped_countries(&self) -> Result<Vec<StoppedCountry>>;
}

#[async_trait]
impl SenderStates for SqlStore {
    async fn pause_sender(&self, org: OrgId, sender: &str, reason: &str, who: &str, now: Timestamp) -> Result<()> {
        pause(&self.db, org, sender, None, (reason, who), now).await.map(|_| ())
    }

    async fn pause_failing_sender(
        &self,
        org: OrgId,
        sender: &str,
        version: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool> {
        pause(&self.db, org, sender, Some(version), (reason, OURSELVES), now).await
    }

    async fn resume_sender(&self, org: OrgId, sender: &str, who: &str, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "DELETE FROM sender_pauses WHERE org_id = $1 AND sender = $2";
        let stood = tx.execute(sql(text).int(i64::from(org.0)).text(sender)).await? > 0;
        let opened = countries::open(&mut tx, org, sender).await?;
        if stood || opened {
            let deed = Deed {
                org,
                who,
                action: "sender.resume",
                object: format!("sender {sender}"),
                detail: None,
                at: now,
            };
            log(&mut tx, deed).await?;
        }
        // What its provider said before the resume is no longer a reason to pause it.
        let text = "UPDATE sender_health SET resumed_at = $3 WHERE org_id = $1 AND sender = $2";
        tx.execute(sql(text).int(i64::from(org.0)).text(sender).int(now.0))
            .await?;
        // Later than every earlier resume, whatever the clocks say, because workers compare these times.
        let text =
            "INSERT INTO sender_resumes (org_id, sender, at) VALUES ($1, $2, $3) ON CONFLICT (org_id, sender) DO UPDATE SET
                        at = CASE WHEN excluded.at > sender_resumes.at THEN excluded.at ELSE sender_resumes.at + 1 END";
        tx.execute(sql(text).int(i64::from(org.0)).text(sender).int(now.0))
            .await?;
        tx.commit().await?;
        let_wait_no_longer(&self.db, org, sender, now).await
    }

    async fn resumed_senders(&self) -> Result<Vec<(OrgId, String, Timestamp)>> {
        let mut session = Session::read(&self.db).await?;
        let rows = session
            .fetch(sql("SELECT org_id, sender, at FROM sender_resumes"))
            .await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok((
                    OrgId(c.int("org_id")? as i32),
                    c.text("sender")?,
                    Timestamp(c.int("at")?),
                ))
            })
            .collect()
    }

    async fn sender_health(&self) -> Result<Vec<SenderHealth>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT org_id, sender, state, why, since, at FROM sender_health ORDER BY org_id, sender";
        let rows = session.fetch(sql(text)).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok(SenderHealth {
                    org: OrgId(c.int("org_id")? as i32),
                    sender: c.text("sender")?,
                    state: c.code("state", "state of a sender", HealthState::from_code)?,
                    why: c.text("why")?,
                    since: Timestamp(c.int("since")?),
                    at: Timestamp(c.int("at")?),
                })
            })
            .collect()
    }

    async fn paused_senders(&self) -> Result<Vec<(OrgId, String, String, Timestamp)>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT org_id, sender, reason, since FROM sender_pauses ORDER BY org_id, sender";
        let rows = session.fetch(sql(text)).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok((
                    OrgId(c.int("org_id")? as i32),
                    c.text("sender")?,
                    c.text("reason")?,
                    Timestamp(c.int("since")?),
                ))
            })
            .collect()
    }

    async fn stopped_countries(&self) -> Result<Vec<StoppedCountry>> {
        let mut session = Session::read(&self.db).await?;
        let text =
            "SELECT org_id, sender, country, since, reason FROM sender_countries ORDER BY org_id, sender, country";
        let rows = session.fetch(sql(text)).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok(StoppedCountry {
                    org: OrgId(c.int("org_id")? as i32),
                    sender: c.text("sender")?,
                    country: c.text("country")?,
                    since: Timestamp(c.int("since")?),
                    reason: c.text("reason")?,
                })
            })
            .collect()
    }
}

/// Whether its settings are later ones than of a version.
async fn was_changed(tx: &mut Session, org: OrgId, sender: &str, version: i64) -> Result<bool> {
    let kind = i64::from(SettingKey::sender("", sender).code());
    let text = "SELECT 1 FROM settings s JOIN organisations o ON o.slug = s.organisation
                WHERE o.id = $1 AND s.kind = $2 AND s.name = $3 AND s.version > $4";
    let statement = sql(text).int(i64::from(org.0)).int(kind).text(sender).int(version);
    Ok(tx.first(statement).await?.is_some())
}

/// Pauses a sender for a reason and in a name, unless its settings are newer than those of `known`; returns whether it is
/// paused.
async fn pause(
    db: &Db,
    org: OrgId,
    sender: &str,
    known: Option<i64>,
    (reason, who): (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    if let Some(version) = known
        && was_changed(&mut tx, org, sender, version).await?
    {
        return Ok(false);
    }
    let text = "INSERT INTO sender_pauses (org_id, sender, since, reason) VALUES ($1, $2, $3, $4)
                ON CONFLICT (org_id, sender) DO NOTHING";
    let statement = sql(text).int(i64::from(org.0)).text(sender).int(now.0).text(reason);
    if tx.execute(statement).await? > 0 {
        let deed = Deed {
            org,
            who,
            action: "sender.pause",
            object: format!("sender {sender}"),
            detail: Some(reason),
            at: now,
        };
        log(&mut tx, deed).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Makes everything due that waits because the sender was to be left alone: batches that were put off, and messages
/// that are to be retried later.
async fn let_wait_no_longer(db: &Db, org: OrgId, sender: &str, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "UPDATE batches SET held_until = NULL WHERE id IN (
                    SELECT id FROM batches WHERE org_id = $1 AND held_until > $2 AND published_at IS NULL AND done_at IS NULL
                      AND run_id IN (SELECT id FROM runs WHERE org_id = $1 AND finished_at IS NULL)
                    ORDER BY id {lock})";
    let statement = sql(text).int(i64::from(org.0)).int(now.0);
    tx.execute(statement.lock("FOR NO KEY UPDATE SKIP LOCKED")).await?;
    let text = "UPDATE messages SET due_at = $3 WHERE id IN (
                    SELECT m.id FROM messages m
                    JOIN attempts a ON a.message_id = m.id AND a.org_id = $1 AND a.sender = $2 AND a.state = $4
                    WHERE m.run_id IN (SELECT id FROM runs WHERE org_id = $1 AND finished_at IS NULL)
                      AND m.due_at > $3 AND m.state = $5 AND m.waiting_for = $6
                      AND NOT EXISTS (SELECT 1 FROM attempts later WHERE later.message_id = m.id AND later.lease > a.lease)
                    ORDER BY m.id {lock})";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(sender)
        .int(now.0)
        .int(i64::from(AttemptState::Deferred.code()))
        .int(i64::from(MessageState::Waiting.code()))
        .int(i64::from(WaitingFor::Retry.code()));
    tx.execute(statement.lock("FOR UPDATE OF m SKIP LOCKED")).await?;
    tx.commit().await
}
