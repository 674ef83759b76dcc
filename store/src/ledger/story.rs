//! A message's whole story, and the attempts in doubt.

use super::commands::absent;
use super::quotas::HELD_BY_QUOTA;
use super::types::{Doubt, OpenClass, Story, StoryAttempt, StoryOpen};
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;

/// Why a message is held whose guest has quiet hours (PRODUCT.md §8).
pub const QUIET_HOURS: &str = "quiet_hours";

pub(super) async fn story(db: &Db, org: OrgId, message: MessageId) -> Result<Story> {
    let mut session = Session::read(db).await?;
    let text = "SELECT runs.mailing_id, m.run_id, runs.test, c.external_id, m.state, m.reason, m.step, m.due_at,
                       m.next_possible_at, CASE WHEN m.state = 1 THEN b.waits_until END,
                       CASE WHEN m.state = 1 AND b.quota_until >= b.held_until THEN b.quota_until END,
                       m.sent_at, m.opened_at, m.opened_channel
                FROM messages m LEFT JOIN batches b ON b.id = m.batch_id JOIN runs ON runs.id = m.run_id LEFT JOIN customers c ON c.id = m.customer_id
                WHERE m.id = $1 AND m.org_id = $2";
    let row = session
        .first(sql(text).int(message.to_sql()).int(i64::from(org.0)))
        .await?
        .ok_or_else(|| absent("message", message))?;
    let mut c = row.cells();
    let (mailing, run) = (MailingId(c.int()?), RunId(c.int()?));
    let (test, customer) = (c.flag()?, c.opt_text()?);
    let state = c.code("message state", MessageState::from_code)?;
    let (reason, step) = (c.opt_text()?, c.int()? as u16);
    let due_at = c.opt_int()?.map(Timestamp);
    let (suppressed, night) = (c.opt_int()?.map(Timestamp), c.opt_int()?.map(Timestamp));
    let quota = c.opt_int()?.map(Timestamp);
    let holds = [(night, QUIET_HOURS), (quota, HELD_BY_QUOTA)];
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
        sent_at: c.opt_int()?.map(Timestamp),
        opened_at: c.opt_int()?.map(Timestamp),
        opened_channel: c.opt_code("channel", channel)?,
        attempts: attempts(&mut session, message).await?,
        opens: opens(&mut session, message).await?,
    })
}

fn channel(code: i16) -> Option<Channel> {
    Channel::ALL.into_iter().find(|c| *c as i16 == code)
}

async fn attempts(session: &mut Session, message: MessageId) -> Result<Vec<StoryAttempt>> {
    let text = "SELECT lease, kind, sender, state, started_at, ended_at, received_at, read_at, provider_id, reason, cost, raced
                FROM attempts WHERE message_id = $1 ORDER BY lease";
    let rows = session.fetch(sql(text).int(message.to_sql())).await?;
    rows.iter().map(attempt).collect()
}

fn attempt(row: &Row) -> Result<StoryAttempt> {
    let mut c = row.cells();
    let lease = c.int()?;
    let kind = c.code("endpoint kind", EndpointKind::from_code)?;
    Ok(StoryAttempt {
        lease,
        channel: kind.channel(),
        kind,
        sender: c.text()?,
        state: c.code("attempt state", AttemptState::from_code)?,
        started_at: Timestamp(c.int()?),
        ended_at: c.opt_int()?.map(Timestamp),
        received_at: c.opt_int()?.map(Timestamp),
        read_at: c.opt_int()?.map(Timestamp),
        provider_id: c.opt_text()?,
        reason: c.opt_text()?,
        cost: c.opt_int()?.map(Money),
        raced: c.flag()?,
    })
}

async fn opens(session: &mut Session, message: MessageId) -> Result<Vec<StoryOpen>> {
    let text = "SELECT at, class, user_agent, repeats FROM opens WHERE message_id = $1 ORDER BY at, id";
    let rows = session.fetch(sql(text).int(message.to_sql())).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok(StoryOpen {
                at: Timestamp(c.int()?),
                class: c.code("class of open", OpenClass::from_code)?.name(),
                user_agent: c.opt_text()?,
                repeats: c.int()?,
            })
        })
        .collect()
}

/// The latest attempts of messages that wait for their settlement, those with the least time left first.
pub(super) async fn doubts(db: &Db, limit: u32) -> Result<Vec<Doubt>> {
    let mut session = Session::read(db).await?;
    let text = format!(
        "SELECT a.org_id, a.message_id, a.lease, a.kind, a.sender, e.address, a.provider_id, a.started_at
                FROM runs
                JOIN messages m ON m.run_id = runs.id AND m.due_at IS NOT NULL AND m.waiting_for = 3
                JOIN attempts a ON a.message_id = m.id AND a.state = 5
                JOIN endpoints e ON e.id = a.endpoint_id
                WHERE runs.finished_at IS NULL
                ORDER BY m.due_at LIMIT {limit}"
    );
    let rows = session.fetch(sql(text)).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok(Doubt {
                org: OrgId(c.int()? as i32),
                message: MessageId::from_sql(c.int()?),
                lease: c.int()?,
                kind: c.code("endpoint kind", EndpointKind::from_code)?,
                sender: c.text()?,
                address: c.text()?,
                provider_id: c.opt_text()?,
                since: Timestamp(c.int()?),
            })
        })
        .collect()
}
