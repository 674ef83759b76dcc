//! The messages of one guest, the newest first.
//!
//! Keys tell the month of a message, but not which of two of a month came first: what is planned with its batch and what is asked
//! for by itself have numbers of their own. So a page is read month by month, and put into order within a month.

use super::story;
use crate::audience::OF_GUEST;
use crate::base::row::Columns;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use serde::Serialize;

/// A message as its guest's card shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuestMessage {
    pub message: MessageId,
    pub mailing: MailingId,
    pub mailing_name: String,
    pub run: RunId,
    pub test: bool,
    pub purpose: Purpose,
    /// Of the step that it is at.
    pub channel: Channel,
    pub state: MessageState,
    pub reason: Option<String>,
    /// When it was asked for, or its run began.
    pub at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub opened_at: Option<Timestamp>,
    pub opened_channel: Option<Channel>,
    /// When it may go on, or could have gone.
    pub next_at: Option<Timestamp>,
}

/// When a message `m` of the run `r` was made.
const MADE_AT: &str = "COALESCE(m.made_at, r.as_of, r.start_at)";

/// Reads a page: what is behind `after`, or from the newest on.
pub(super) async fn page(
    store: &SqlStore,
    org: OrgId,
    customer: CustomerId,
    after: Option<MessageId>,
    limit: u32,
) -> Result<Vec<GuestMessage>> {
    let limit = limit as usize;
    let mut session = Session::snapshot(&store.db).await?;
    let mut era = match after {
        Some(after) => session.message_ids()?.key(after).map(Era::of_key),
        None => latest(&mut session, None).await?,
    };
    let mut found = Vec::new();
    while let Some(month) = era.filter(|_| found.len() < limit) {
        found.extend(of_month(&mut session, (org, customer), month, after, limit - found.len()).await?);
        era = latest(&mut session, Some(month)).await?;
    }
    session.commit().await?;
    Ok(found)
}

/// The latest month, or the latest before another, in which there are messages at all.
async fn latest(session: &mut Session, before: Option<Era>) -> Result<Option<Era>> {
    let text = "SELECT id FROM messages WHERE id < $1 ORDER BY id DESC LIMIT 1";
    let before = before.map_or(i64::MAX, |era| era.first_key().0);
    let row = session.first(sql(text).int(before)).await?;
    row.map(|row| row.columns().key("id").map(Era::of_key)).transpose()
}

/// What the guest had in a month behind `after`, if that is of this month; one that has been removed has nothing behind it there.
async fn of_month(
    session: &mut Session,
    (org, customer): (OrgId, CustomerId),
    month: Era,
    after: Option<MessageId>,
    limit: usize,
) -> Result<Vec<GuestMessage>> {
    let ids = session.message_ids()?;
    let after = after.filter(|after| ids.key(*after).map(Era::of_key) == Some(month));
    let behind = match after {
        Some(_) => format!(
            "AND ({MADE_AT}, m.id) < (SELECT {MADE_AT}, m.id FROM messages m JOIN runs r ON r.id = m.run_id WHERE m.id = $3)"
        ),
        None => String::new(),
    };
    let text = format!(
        "SELECT m.id, r.mailing_id, mailings.name, m.run_id, r.test, r.purpose, e.kind, m.state, m.reason, {MADE_AT} AS at,
                m.sent_at, m.opened_at, m.opened_channel, COALESCE(m.due_at, m.next_possible_at) AS next_at
         FROM messages m JOIN runs r ON r.id = m.run_id JOIN mailings ON mailings.id = r.mailing_id
         JOIN endpoints e ON e.id = m.endpoint_id
         WHERE {OF_GUEST} AND m.org_id = $2 AND m.id >= {} AND m.id < {} {behind}
         ORDER BY at DESC, m.id DESC LIMIT {limit}",
        month.first_key(),
        month.next().first_key()
    );
    let statement = sql(text).int(customer.0).int(i64::from(org.0));
    let statement = match after {
        Some(after) => statement.message(after),
        None => statement,
    };
    let rows = session.fetch(statement).await?;
    rows.iter().map(|row| read(&row.columns())).collect()
}

fn read(c: &Columns<'_>) -> Result<GuestMessage> {
    Ok(GuestMessage {
        message: c.message("id")?,
        mailing: MailingId(c.int("mailing_id")?),
        mailing_name: c.text("name")?,
        run: RunId(c.int("run_id")?),
        test: c.flag("test")?,
        purpose: c.code("purpose", "purpose", Purpose::from_code)?,
        channel: c.code("kind", "endpoint kind", EndpointKind::from_code)?.channel(),
        state: c.code("state", "message state", MessageState::from_code)?,
        reason: c.opt_text("reason")?,
        at: Timestamp(c.int("at")?),
        sent_at: c.opt_int("sent_at")?.map(Timestamp),
        opened_at: c.opt_int("opened_at")?.map(Timestamp),
        opened_channel: c.opt_code("opened_channel", "channel", story::channel)?,
        next_at: c.opt_int("next_at")?.map(Timestamp),
    })
}
