//! A message's whole story, and the attempts in doubt.

use super::types::OpenClass;
use crate::Result;
use crate::sql::{Row, Session, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use serde::Serialize;

/// Why a message is held whose guest has quiet hours (PRODUCT.md §8).
pub const QUIET_HOURS: &str = "quiet_hours";

/// A message's whole story, for `bellhop message show`.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    pub message: MessageId,
    pub mailing: MailingId,
    pub run: RunId,
    pub test: bool,
    pub customer: Option<String>,
    pub state: MessageState,
    pub reason: Option<String>,
    pub step: u16,
    pub due_at: Option<Timestamp>,
    /// When a message that is held or was suppressed may go, or might have gone.
    pub next_possible_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub opened_at: Option<Timestamp>,
    pub opened_channel: Option<Channel>,
    pub attempts: Vec<StoryAttempt>,
    pub opens: Vec<StoryOpen>,
}

#[derive(Debug, Clone, Serialize)]
pub struct StoryAttempt {
    pub lease: i64,
    pub channel: Channel,
    pub kind: EndpointKind,
    pub sender: String,
    pub state: AttemptState,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub received_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
    pub provider_id: Option<String>,
    pub reason: Option<String>,
    pub cost: Option<Money>,
    pub raced: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct StoryOpen {
    pub at: Timestamp,
    pub class: &'static str,
    /// Its first 300 characters.
    pub user_agent: Option<String>,
    /// How many further opens it stands for, up to 1,000.
    pub repeats: i64,
}

pub(super) fn channel(code: i16) -> Option<Channel> {
    Channel::ALL.into_iter().find(|c| *c as i16 == code)
}

pub(super) async fn attempts(session: &mut Session, message: MessageId) -> Result<Vec<StoryAttempt>> {
    let text = "SELECT lease, kind, sender, state, started_at, ended_at, received_at, read_at, provider_id, reason, cost, raced
                FROM attempts WHERE message_id = $1 ORDER BY lease";
    let rows = session.fetch(sql(text).message(message)).await?;
    rows.iter().map(attempt).collect()
}

fn attempt(row: &Row) -> Result<StoryAttempt> {
    let c = row.columns();
    let lease = c.int("lease")?;
    let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
    Ok(StoryAttempt {
        lease,
        channel: kind.channel(),
        kind,
        sender: c.text("sender")?,
        state: c.code("state", "attempt state", AttemptState::from_code)?,
        started_at: Timestamp(c.int("started_at")?),
        ended_at: c.opt_int("ended_at")?.map(Timestamp),
        received_at: c.opt_int("received_at")?.map(Timestamp),
        read_at: c.opt_int("read_at")?.map(Timestamp),
        provider_id: c.opt_text("provider_id")?,
        reason: c.opt_text("reason")?,
        cost: c.opt_int("cost")?.map(Money),
        raced: c.flag("raced")?,
    })
}

pub(super) async fn opens(session: &mut Session, message: MessageId) -> Result<Vec<StoryOpen>> {
    let text = "SELECT at, class, user_agent, repeats FROM opens WHERE message_id = $1 ORDER BY at, id";
    let rows = session.fetch(sql(text).message(message)).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok(StoryOpen {
                at: Timestamp(c.int("at")?),
                class: c.code("class", "class of open", OpenClass::from_code)?.name(),
                user_agent: c.opt_text("user_agent")?,
                repeats: c.int("repeats")?,
            })
        })
        .collect()
}
