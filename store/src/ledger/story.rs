//! A message's whole story, and the attempts in doubt.

use super::types::{OpenClass, StoryAttempt, StoryOpen};
use crate::Result;
use crate::sql::{Row, Session, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::*;

/// Why a message is held whose guest has quiet hours (PRODUCT.md §8).
pub const QUIET_HOURS: &str = "quiet_hours";

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
