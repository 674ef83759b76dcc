//! What senders have sent lately, for limits that ask: what a limiter is told that has lost its past, and how far new numbers
//! are (PRODUCT.md §8), from the day on which a worker first had them.

use super::codes::{ATTEMPT_NOT_OUT, FIRST_KIND_SENT_ONCE};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::warm_up::Progress;
use bellhop_domain::*;
use std::time::Duration;

/// The guest's window is taken for closed so long before it closes: clocks differ.
const CLOCKS: Duration = Duration::from_secs(60);

/// A worker's: what limits ask of a sender's past. All that may have gone out is in it, and perhaps more.
#[async_trait]
pub trait SentLately: Send + Sync {
    /// When this sender's attempts since `since` were started, in no order: what a limiter without memory is told.
    /// `kind` is the sender's kind of endpoint. Where a message is sent at most once, an attempt is here before its
    /// request is made; on the other channels when it is recorded.
    async fn recent_attempts(
        &self,
        org: OrgId,
        sender: &str,
        kind: EndpointKind,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>>;
    /// To whom this sender's messages went since `since`, each address with the start of its latest: what a limiter without
    /// memory is told. With a `window`, the guest's for free texts, only those that count in a portfolio's ceiling.
    async fn recent_people(
        &self,
        org: OrgId,
        sender: &str,
        since: Timestamp,
        window: Option<Duration>,
    ) -> Result<Vec<(String, Timestamp)>>;
    /// How far a new number is with its warm-up (PRODUCT.md §8): its first day begins with the first question, and no
    /// question moves it on by more than one day.
    async fn warm_up(&self, org: OrgId, sender: &str, now: Timestamp) -> Result<Progress>;
    /// The progress at the last such question.
    async fn known_warm_up(&self, org: OrgId, sender: &str) -> Result<Option<Progress>>;
}

#[async_trait]
impl SentLately for SqlStore {
    /// The kinds that send at most once have an index of their own, whose condition the statement must repeat. For the
    /// others the attempts are found through the runs that had not ended by then.
    async fn recent_attempts(
        &self,
        org: OrgId,
        sender: &str,
        kind: EndpointKind,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>> {
        let text = if kind.replaces_repeats() {
            "SELECT started_at FROM attempts
             WHERE run_id IN (SELECT id FROM runs WHERE org_id = $1 AND (finished_at IS NULL OR finished_at >= $3))
               AND org_id = $1 AND sender = $2 AND started_at >= $3"
                .to_owned()
        } else {
            format!(
                "SELECT started_at FROM attempts WHERE org_id = $1 AND sender = $2 AND started_at >= $3 AND kind >= {FIRST_KIND_SENT_ONCE}"
            )
        };
        let mut session = Session::read(&self.db).await?;
        let statement = sql(text).int(i64::from(org.0)).text(sender).int(since.0);
        let rows = session.fetch(statement).await?;
        rows.iter()
            .map(|row| Ok(Timestamp(row.columns().int("started_at")?)))
            .collect()
    }

    /// To whom a sender's messages went since `since`, each address with its latest.
    ///
    /// With a `window`, only messages that a portfolio's ceiling counts: not those that the provider refused at once, nor
    /// those that went out while the guest's window was surely open. A guest who has written again since is counted,
    /// because it is not known when they had written before.
    async fn recent_people(
        &self,
        org: OrgId,
        sender: &str,
        since: Timestamp,
        window: Option<Duration>,
    ) -> Result<Vec<(String, Timestamp)>> {
        let counted = format!(
            "AND NOT (a.state IN {ATTEMPT_NOT_OUT} AND a.provider_id IS NULL)
             AND NOT EXISTS (SELECT 1 FROM conversations v WHERE v.endpoint_id = a.endpoint_id AND v.sender = a.sender
                             AND v.last_inbound_at <= a.started_at AND a.started_at < v.last_inbound_at + $4)"
        );
        let text = format!(
            "SELECT e.address, MAX(a.started_at) AS latest FROM attempts a JOIN endpoints e ON e.id = a.endpoint_id
             WHERE a.org_id = $1 AND a.sender = $2 AND a.started_at >= $3 AND a.kind >= {FIRST_KIND_SENT_ONCE} {}
             GROUP BY e.address",
            window.map_or("", |_| &counted)
        );
        let mut statement = sql(text).int(i64::from(org.0)).text(sender).int(since.0);
        if let Some(window) = window {
            statement = statement.int(window.saturating_sub(CLOCKS).as_millis() as i64);
        }
        let mut session = Session::read(&self.db).await?;
        let rows = session.fetch(statement).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok((c.text("address")?, Timestamp(c.int("latest")?)))
            })
            .collect()
    }

    /// Where the number is now; its first day begins with the first question. Mostly nothing has changed since the last one,
    /// and nothing is written.
    async fn warm_up(&self, org: OrgId, sender: &str, now: Timestamp) -> Result<Progress> {
        if let Some(known) = self.known_warm_up(org, sender).await?
            && known.at(now) == known
        {
            return Ok(known);
        }
        let mut tx = Session::begin(&self.db).await?;
        let text = "INSERT INTO sender_warm_ups (org_id, sender, day, since) VALUES ($1, $2, 0, $3)
                    ON CONFLICT (org_id, sender) DO NOTHING";
        tx.execute(sql(text).int(i64::from(org.0)).text(sender).int(now.0))
            .await?;
        let before = read(&mut tx, org, sender, "FOR UPDATE").await?;
        let before = before.unwrap_or(Progress::connected(now));
        let after = before.at(now);
        if after != before {
            let text = "UPDATE sender_warm_ups SET day = $3, since = $4 WHERE org_id = $1 AND sender = $2";
            let statement = sql(text)
                .int(i64::from(org.0))
                .text(sender)
                .int(i64::from(after.day))
                .int(after.since.0);
            tx.execute(statement).await?;
        }
        tx.commit().await?;
        Ok(after)
    }

    /// Where the number was when it was last asked about.
    async fn known_warm_up(&self, org: OrgId, sender: &str) -> Result<Option<Progress>> {
        let mut session = Session::read(&self.db).await?;
        let known = read(&mut session, org, sender, "").await?;
        session.commit().await?;
        Ok(known)
    }
}

async fn read(session: &mut Session, org: OrgId, sender: &str, lock: &'static str) -> Result<Option<Progress>> {
    let text = "SELECT day, since FROM sender_warm_ups WHERE org_id = $1 AND sender = $2 {lock}";
    let statement = sql(text).int(i64::from(org.0)).text(sender).lock(lock);
    let Some(row) = session.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    Ok(Some(Progress {
        day: u32::try_from(c.int("day")?).unwrap_or(0),
        since: Timestamp(c.int("since")?),
    }))
}
