//! What the ledger is asked, and answers without changing anything.

use super::codes::{MESSAGE_PENDING, RUN_ALIVE};
use super::commands::absent;
use super::gone;
use super::kept_receipt::END;
use super::leasing::HELD_BY_QUOTA;
use super::story::Story;
use super::types::{Mailing, Run};
use super::unmatched::Unmatched;
use super::{installation, runs, story, unmatched};
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;

/// Anybody's: how mailings, runs and messages are.
#[async_trait]
pub trait Reading: Send + Sync {
    /// Which installation this is; its tasks carry the id.
    async fn installation(&self) -> Result<InstallationId>;
    async fn mailing(&self, org: OrgId, id: MailingId) -> Result<Mailing>;
    async fn run(&self, id: RunId) -> Result<Run>;
    /// The runs of a mailing, latest first.
    async fn runs_of(&self, org: OrgId, mailing: MailingId) -> Result<Vec<Run>>;
    /// States of these runs: what workers poll so that a pause is felt within half a second.
    async fn run_states(&self, runs: &[RunId]) -> Result<Vec<(RunId, RunState)>>;
    /// How many runs are scheduled, running and paused; a state of none is left out.
    async fn count_alive(&self) -> Result<Vec<(RunState, u64)>>;
    async fn story(&self, org: OrgId, message: MessageId) -> Result<Story>;
    /// When the message was last handed to a provider, or began to be.
    async fn latest_sending(&self, message: MessageId) -> Result<Option<Timestamp>>;
    /// Delivery reports of the last three days that fit no message, a minute and more after they came, by account.
    async fn unmatched_receipts(&self, org: OrgId, now: Timestamp) -> Result<Vec<Unmatched>>;
}

#[async_trait]
impl Reading for SqlStore {
    /// Read once: a database is one installation for as long as it lives. Statements that matter ask the database itself.
    async fn installation(&self) -> Result<InstallationId> {
        let id = self
            .installation
            .get_or_try_init(|| installation::read(&self.db))
            .await?;
        Ok(*id)
    }

    async fn mailing(&self, org: OrgId, id: MailingId) -> Result<Mailing> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT name, spec FROM mailings WHERE id = $1 AND org_id = $2 AND removed_at IS NULL";
        let row = session
            .first(sql(text).int(id.0).int(i64::from(org.0)))
            .await?
            .ok_or_else(|| absent("mailing", id))?;
        let c = row.columns();
        Ok(Mailing {
            id,
            org,
            name: c.text("name")?,
            spec: c.text("spec")?,
        })
    }

    async fn run(&self, id: RunId) -> Result<Run> {
        let mut session = Session::read(&self.db).await?;
        runs::read(&mut session, id).await
    }

    async fn runs_of(&self, org: OrgId, mailing: MailingId) -> Result<Vec<Run>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!(
            "SELECT {} FROM runs WHERE mailing_id = $1 AND org_id = $2 ORDER BY id DESC",
            runs::COLUMNS
        );
        let rows = session.fetch(sql(text).int(mailing.0).int(i64::from(org.0))).await?;
        rows.iter().map(runs::run_of).collect()
    }

    async fn run_states(&self, runs: &[RunId]) -> Result<Vec<(RunId, RunState)>> {
        let mut session = Session::read(&self.db).await?;
        let wanted = Table::default().ints("run", runs.iter().map(|r| r.0));
        let text = "SELECT runs.id, runs.state FROM {rows} JOIN runs ON runs.id = r.run";
        let rows = session.fetch(sql(text).rows(wanted)).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok((RunId(c.int("id")?), c.code("state", "run state", RunState::from_code)?))
            })
            .collect()
    }

    async fn count_alive(&self) -> Result<Vec<(RunState, u64)>> {
        let text = format!(
            "SELECT state, COUNT(*) AS runs FROM runs WHERE finished_at IS NULL AND state IN {RUN_ALIVE} GROUP BY state"
        );
        let rows = Session::read(&self.db).await?.fetch(sql(text)).await?;
        let counts = rows.iter().map(|row| {
            let c = row.columns();
            Ok((
                c.code("state", "run state", RunState::from_code)?,
                c.int("runs")?.unsigned_abs(),
            ))
        });
        counts.collect()
    }

    async fn story(&self, org: OrgId, message: MessageId) -> Result<Story> {
        let mut session = Session::read(&self.db).await?;
        let text = format!(
            "SELECT runs.mailing_id, m.run_id, runs.test, c.external_id, m.state, m.reason, m.step, m.due_at,
                    m.next_possible_at, CASE WHEN m.state = {MESSAGE_PENDING} THEN b.waits_until END AS waits_until,
                    CASE WHEN m.state = {MESSAGE_PENDING} AND b.quota_until >= b.held_until THEN b.quota_until END AS quota_until,
                    m.sent_at, m.opened_at, m.opened_channel
             FROM messages m LEFT JOIN batches b ON b.id = m.batch_id JOIN runs ON runs.id = m.run_id
             LEFT JOIN customers c ON c.id = m.customer_id
             WHERE m.id = $1 AND m.org_id = $2"
        );
        let row = session.first(sql(text).message(message).int(i64::from(org.0))).await?;
        let Some(row) = row else {
            return Err(gone::absent(&mut session, message).await?);
        };
        let c = row.columns();
        let (mailing, run) = (MailingId(c.int("mailing_id")?), RunId(c.int("run_id")?));
        let (test, customer) = (c.flag("test")?, c.opt_text("external_id")?);
        let state = c.code("state", "message state", MessageState::from_code)?;
        let (reason, step) = (c.opt_text("reason")?, c.int("step")? as u16);
        let due_at = c.opt_int("due_at")?.map(Timestamp);
        let (suppressed, night) = (
            c.opt_int("next_possible_at")?.map(Timestamp),
            c.opt_int("waits_until")?.map(Timestamp),
        );
        let quota = c.opt_int("quota_until")?.map(Timestamp);
        let holds = [(night, story::QUIET_HOURS), (quota, HELD_BY_QUOTA)];
        let held = holds.into_iter().find_map(|(until, why)| Some((until?, why)));
        Ok(Story {
            message,
            mailing,
            run,
            test,
            customer,
            state,
            reason: reason.or(held.map(|(_, why)| why.to_owned())),
            step,
            due_at,
            next_possible_at: held.map(|(until, _)| until).or(suppressed),
            sent_at: c.opt_int("sent_at")?.map(Timestamp),
            opened_at: c.opt_int("opened_at")?.map(Timestamp),
            opened_channel: c.opt_code("opened_channel", "channel", story::channel)?,
            attempts: story::attempts(&mut session, message).await?,
            opens: story::opens(&mut session, message).await?,
        })
    }

    /// Found by the primary key; `None` for an unknown token.
    async fn latest_sending(&self, message: MessageId) -> Result<Option<Timestamp>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT started_at FROM attempts WHERE message_id = $1 ORDER BY lease DESC LIMIT 1";
        let row = session.first(sql(text).message(message)).await?;
        session.commit().await?;
        row.map(|row| Ok(Timestamp(row.columns().int("started_at")?)))
            .transpose()
    }

    async fn unmatched_receipts(&self, org: OrgId, now: Timestamp) -> Result<Vec<Unmatched>> {
        let mut session = Session::read(&self.db).await?;
        let text =
            "SELECT kind, senders, COUNT(*) AS reports, MIN(came_at) AS oldest, MAX(came_at) AS latest FROM receipts
                    WHERE settled_at IS NULL AND look_at IS NOT NULL AND org_id = $1 AND came_at <= $2
                    GROUP BY kind, senders ORDER BY kind, senders";
        let statement = sql(text)
            .int(i64::from(org.0))
            .int(now.0 - unmatched::SETTLES_WITHIN_MS);
        let rows = session.fetch(statement).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let c = row.columns();
            let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
            let senders = c.text("senders")?;
            let (count, oldest, latest) = (
                c.int("reports")?,
                Timestamp(c.int("oldest")?),
                Timestamp(c.int("latest")?),
            );
            let examples = unmatched::examples(&mut session, org, kind, &senders, now).await?;
            let fits = unmatched::fits(&mut session, org, kind, &senders, &examples).await?;
            found.push(Unmatched {
                kind,
                senders: senders.split_terminator(END).map(str::to_owned).collect(),
                count: count.unsigned_abs(),
                oldest,
                latest,
                examples,
                fits,
            });
        }
        session.commit().await?;
        Ok(found)
    }
}
