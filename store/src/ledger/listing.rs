//! Mailings and messages as lists, for whoever looks for one.

use super::guest_messages::{self, GuestMessage};
use super::types::Run;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;
use serde::Serialize;

/// A mailing and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedMailing {
    pub id: MailingId,
    pub name: String,
    /// Of its latest run; `None` for a draft.
    pub state: Option<RunState>,
    pub created_at: Timestamp,
    /// When its latest run starts, or started.
    pub start_at: Option<Timestamp>,
}

/// A message of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedMessage {
    pub message: MessageId,
    /// By external id; `None` for an app that nobody has logged in to.
    pub customer: Option<String>,
    /// Of the step that it is at.
    pub channel: Channel,
    pub state: MessageState,
    pub reason: Option<String>,
    /// When it may go on, or could have gone.
    pub next_at: Option<Timestamp>,
}

/// A mailing that is about to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartingMailing {
    pub mailing: MailingId,
    pub name: String,
    /// The file that it starts with, JSON.
    pub spec: String,
    pub starts_at: Timestamp,
}

#[async_trait]
pub trait Listing: Send + Sync {
    /// All of an organisation, the latest first; those of programs' versions are listed with their programs.
    async fn mailings(&self, org: OrgId) -> Result<Vec<ListedMailing>>;
    /// Those of an organisation that were launched for an instant before `until` and whose audience is not asked yet, and those
    /// whose schedule starts them before; tests are not among them.
    async fn starting(&self, org: OrgId, until: Timestamp) -> Result<Vec<StartingMailing>>;
    /// The messages of a run, or those of them in one state: in the order in which they were planned, as many as `limit` at most.
    async fn messages(&self, run: &Run, state: Option<MessageState>, limit: u32) -> Result<Vec<ListedMessage>>;
    /// A guest's messages, the newest first: as many as `limit` at most, from the newest on or behind `after`, the last of the page
    /// before. Those that are older than messages are kept are gone (PRODUCT.md §18).
    async fn guest_messages(
        &self,
        org: OrgId,
        customer: CustomerId,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<GuestMessage>>;
}

#[async_trait]
impl Listing for SqlStore {
    async fn mailings(&self, org: OrgId) -> Result<Vec<ListedMailing>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!("SELECT {COLUMNS} FROM {MAILINGS} ORDER BY m.id DESC");
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        rows.iter().map(listed_mailing).collect()
    }

    async fn starting(&self, org: OrgId, until: Timestamp) -> Result<Vec<StartingMailing>> {
        let text = format!(
            "SELECT m.id, m.name, r.spec, r.start_at AS starts_at FROM runs r JOIN mailings m ON m.id = r.mailing_id
            WHERE r.org_id = $1 AND r.state = {scheduled} AND r.start_at < $2 AND NOT r.test
            UNION ALL SELECT m.id, m.name, m.spec, s.next_at FROM schedules s JOIN mailings m ON m.id = s.mailing_id
            WHERE s.org_id = $1 AND s.next_at < $2 AND m.removed_at IS NULL",
            scheduled = RunState::Scheduled.code()
        );
        let statement = sql(text).int(i64::from(org.0)).int(until.0);
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let starting = rows.iter().map(|row| {
            let c = row.columns();
            Ok(StartingMailing {
                mailing: MailingId(c.int("id")?),
                name: c.text("name")?,
                spec: c.text("spec")?,
                starts_at: Timestamp(c.int("starts_at")?),
            })
        });
        starting.collect()
    }

    async fn messages(&self, run: &Run, state: Option<MessageState>, limit: u32) -> Result<Vec<ListedMessage>> {
        let mut session = Session::read(&self.db).await?;
        let of_state = state.map(|state| format!("AND m.state = {}", state.code()));
        let text = format!(
            "SELECT m.id, c.external_id, e.kind, m.state, m.reason, COALESCE(m.due_at, m.next_possible_at) AS next_at
             FROM messages m JOIN endpoints e ON e.id = m.endpoint_id LEFT JOIN customers c ON c.id = m.customer_id
             WHERE m.run_id = $1 {} ORDER BY m.id LIMIT {limit}",
            of_state.unwrap_or_default()
        );
        let rows = session.fetch(sql(text).int(run.id.0)).await?;
        rows.iter().map(listed).collect()
    }

    async fn guest_messages(
        &self,
        org: OrgId,
        customer: CustomerId,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<GuestMessage>> {
        guest_messages::page(self, org, customer, after, limit).await
    }
}

/// The columns that [`listed_mailing`] reads.
pub(super) const COLUMNS: &str = "m.id, m.name, r.state, m.created_at, r.start_at";

/// The mailings of an organisation (`$1`), each with its latest run that is no test.
pub(super) const MAILINGS: &str = "mailings m
    LEFT JOIN runs r ON r.id = (SELECT MAX(id) FROM runs WHERE mailing_id = m.id AND NOT test)
    WHERE m.org_id = $1 AND m.removed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM program_versions v WHERE v.mailing_id = m.id)";

pub(super) fn listed_mailing(row: &Row) -> Result<ListedMailing> {
    let c = row.columns();
    Ok(ListedMailing {
        id: MailingId(c.int("id")?),
        name: c.text("name")?,
        state: c.opt_code("state", "run state", RunState::from_code)?,
        created_at: Timestamp(c.int("created_at")?),
        start_at: c.opt_int("start_at")?.map(Timestamp),
    })
}

fn listed(row: &Row) -> Result<ListedMessage> {
    let c = row.columns();
    Ok(ListedMessage {
        message: c.message("id")?,
        customer: c.opt_text("external_id")?,
        channel: c.code("kind", "endpoint kind", EndpointKind::from_code)?.channel(),
        state: c.code("state", "message state", MessageState::from_code)?,
        reason: c.opt_text("reason")?,
        next_at: c.opt_int("next_at")?.map(Timestamp),
    })
}
