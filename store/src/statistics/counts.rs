//! Counts of exclusions, messages and attempts.

use super::codes::{
    ACCEPTED, ARRIVED, CANCELLED, DEFERRED, EXPIRED, FOR_RETRY, FOR_SETTLEMENT, IN_VAIN, OUT, PENDING, RELEASED,
    UNANSWERED, UNSENT, WAITING, WITH_WORKERS,
};
use super::counted::Counted;
use crate::base::codes::channel_of;
use crate::sql::{Columns, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::{LIFE_ENDED, MessageState};
use bellhop_domain::statistics::{ChannelCounts, Counts, ReasonCount};
use bellhop_domain::{Channel, EndpointKind, MailingId, Timestamp};

/// Counts messages and attempts; returns how many messages were sent.
pub(super) async fn count(
    session: &mut Session,
    counted: &Counted,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<u64> {
    let reached = messages(session, counted, now, counts).await?;
    counts.opened_sms_link += followed(session, counted).await?;
    attempts(session, counted, counts).await?;
    sent(session, counted, counts).await?;
    proven(session, counted, counts).await?;
    failures(session, counted, counts).await?;
    Ok(reached)
}

/// Guests left out by the plans of these runs, a list in SQL.
pub(super) async fn exclusions(session: &mut Session, runs: &str, counts: &mut Counts) -> Result<()> {
    let text = format!(
        "SELECT reason, CAST(SUM(guests) AS BIGINT) AS excluded FROM run_exclusions
        WHERE run_id IN ({runs}) AND guests > 0 GROUP BY reason"
    );
    for row in session.fetch(sql(text)).await? {
        let c = row.columns();
        let reason = c.code("reason", "exclusion", Exclusion::from_code)?;
        counts.excluded.insert(reason.name(), number(&c, "excluded")?);
    }
    Ok(())
}

/// Messages by state, by the reason of what was not sent, and by the channel they were opened on; returns how many were
/// sent. An open proves that.
pub(super) async fn messages(
    session: &mut Session,
    counted: &Counted,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<u64> {
    let mut reached = 0;
    let (stands, of_runs) = (stands(), counted.has("m.run_id", "m.id"));
    let text = format!(
        "SELECT {stands} AS stands, m.opened_channel, CASE WHEN m.state IN {UNSENT} THEN COALESCE(m.reason, '') END AS why,
            COUNT(*) AS messages, COUNT(COALESCE(m.sent_at, m.opened_at)) AS reached,
            MIN(m.next_possible_at) AS next_from, MAX(m.next_possible_at) AS next_until
        FROM messages m JOIN runs r ON r.id = m.run_id
        WHERE {of_runs} GROUP BY stands, m.opened_channel, why"
    );
    for row in session.fetch(sql(text).int(now.0)).await? {
        let c = row.columns();
        let state = c.code("stands", "message state", MessageState::from_code)?;
        let messages = number(&c, "messages")?;
        reached += number(&c, "reached")?;
        *counts.by_state.entry(state.name()).or_default() += messages;
        let late = (state == MessageState::Expired).then(|| LIFE_ENDED.to_owned());
        if let Some(reason) = c.opt_text("why")?.or(late) {
            counts.reasons.push(ReasonCount {
                state: state.name(),
                reason,
                messages,
                next_from: c.opt_int("next_from")?.map(Timestamp),
                next_until: c.opt_int("next_until")?.map(Timestamp),
            });
        }
        if let Some(channel) = c.opt_int("opened_channel")? {
            of_channel(counts, channel)?.opened += messages;
        }
    }
    Ok(reached)
}

/// Messages whose link a person followed, where the link was in an SMS.
async fn followed(session: &mut Session, counted: &Counted) -> Result<u64> {
    let of_runs = counted.has("m.run_id", "m.id");
    let text = format!(
        "SELECT COUNT(*) AS number FROM messages m WHERE {of_runs} AND m.link_opened_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.kind = {sms} AND a.state IN {OUT})",
        sms = EndpointKind::Phone.code()
    );
    single(session, text).await
}

/// Different guests, and endpoints without one, that a message of the mailing was sent to, whether it is frozen or not.
pub(super) async fn recipients(session: &mut Session, mailing: MailingId, counted: &Counted) -> Result<u64> {
    let of_runs = counted.has("run_id", "id");
    let text = format!(
        "SELECT COUNT(*) AS number FROM (SELECT COALESCE(customer_id, -endpoint_id) AS recipient FROM messages
        WHERE {of_runs} AND (sent_at IS NOT NULL OR opened_at IS NOT NULL)
        UNION SELECT recipient FROM frozen_recipients WHERE mailing_id = {id}) AS recipients",
        id = mailing.0
    );
    single(session, text).await
}

async fn single(session: &mut Session, text: String) -> Result<u64> {
    match session.first(sql(text)).await? {
        Some(row) => number(&row.columns(), "number"),
        None => Ok(0),
    }
}

/// Accepted attempts and what was paid for all, per channel.
async fn attempts(session: &mut Session, counted: &Counted, counts: &mut Counts) -> Result<()> {
    let (channel, of_runs) = (channel_of("kind"), counted.has("run_id", "message_id"));
    let text = format!(
        "SELECT {channel} AS channel, SUM(CASE WHEN state IN {ACCEPTED} THEN 1 ELSE 0 END) AS accepted,
            CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS paid
        FROM attempts WHERE {of_runs} GROUP BY channel"
    );
    for row in session.fetch(sql(text)).await? {
        let c = row.columns();
        let channel = of_channel(counts, c.int("channel")?)?;
        channel.accepted_attempts += number(&c, "accepted")?;
        channel.cost.0 += c.int("paid")?;
    }
    Ok(())
}

/// Messages sent and delivered per channel, each once however often it was sent there.
async fn sent(session: &mut Session, counted: &Counted, counts: &mut Counts) -> Result<()> {
    let (channel, of_runs) = (channel_of("kind"), counted.has("run_id", "message_id"));
    let text = format!(
        "SELECT channel, COUNT(*) AS sent, SUM(delivered) AS arrived
        FROM (SELECT {channel} AS channel, MAX(CASE WHEN state IN {ARRIVED} THEN 1 ELSE 0 END) AS delivered
              FROM attempts WHERE {of_runs} AND state IN {ACCEPTED}
              GROUP BY message_id, channel) AS messages
        GROUP BY channel"
    );
    for row in session.fetch(sql(text)).await? {
        let c = row.columns();
        let channel = of_channel(counts, c.int("channel")?)?;
        channel.sent += number(&c, "sent")?;
        channel.delivered += number(&c, "arrived")?;
    }
    Ok(())
}

/// Messages opened on a channel whose answers were all lost were sent there: the open proves what no answer said.
async fn proven(session: &mut Session, counted: &Counted, counts: &mut Counts) -> Result<()> {
    for row in session.fetch(sql(proven_sql(counted))).await? {
        let c = row.columns();
        let channel = of_channel(counts, c.int("channel")?)?;
        let messages = number(&c, "proven")?;
        channel.sent += messages;
        channel.accepted_attempts += messages;
    }
    Ok(())
}

/// Messages whose last word on a channel was a failure, by reason.
async fn failures(session: &mut Session, counted: &Counted, counts: &mut Counts) -> Result<()> {
    for row in session.fetch(sql(failures_sql(counted))).await? {
        let c = row.columns();
        let channel = of_channel(counts, c.int("channel")?)?;
        channel.failed.push((c.text("why")?, number(&c, "failed")?));
    }
    Ok(())
}

/// The state of message `m` of run `r` at `$1`; a message whose life ended before anybody looked at it has expired.
fn stands() -> String {
    format!(
        "CASE WHEN (m.state = {PENDING} OR m.state = {WAITING} AND m.waiting_for <> {FOR_SETTLEMENT}) AND m.sent_at IS NULL
    AND COALESCE(m.expires_at, r.expires_at) <= $1 THEN {EXPIRED} ELSE CAST(m.state AS BIGINT) END"
    )
}

fn proven_sql(counted: &Counted) -> String {
    let (channel, other) = (channel_of("a.kind"), channel_of("b.kind"));
    let of_runs = counted.has("a.run_id", "a.message_id");
    format!(
        "SELECT channel, COUNT(*) AS proven
        FROM (SELECT {channel} AS channel
              FROM attempts a JOIN messages m ON m.id = a.message_id
              WHERE {of_runs} AND a.state IN {UNANSWERED} AND m.opened_channel = {channel}
                AND NOT EXISTS (SELECT 1 FROM attempts b WHERE b.message_id = a.message_id
                                AND b.state IN {ACCEPTED} AND {other} = {channel})
              GROUP BY a.message_id, channel) AS messages
        GROUP BY channel"
    )
}

/// By channel and reason: messages that were refused or undelivered there, or deferred until nothing more was tried,
/// with no later attempt there and none to come. A message that a cancel stopped has not failed.
fn failures_sql(counted: &Counted) -> String {
    let of_runs = counted.has("a.run_id", "a.message_id");
    let (channel, later) = (channel_of("a.kind"), channel_of("l.kind"));
    let present = channel_of("e.kind");
    format!(
        "SELECT CAST({channel} AS BIGINT) AS channel, COALESCE(a.reason, '') AS why, COUNT(*) AS failed
        FROM attempts a
        JOIN messages m ON m.id = a.message_id
        JOIN endpoints e ON e.id = m.endpoint_id
        WHERE {of_runs} AND a.state IN {IN_VAIN}
          AND NOT (a.state = {DEFERRED} AND m.state = {CANCELLED})
          AND NOT ({present} = {channel} AND (m.state IN {WITH_WORKERS} OR m.state = {WAITING} AND m.waiting_for = {FOR_RETRY}))
          AND NOT EXISTS (SELECT 1 FROM attempts l WHERE l.message_id = a.message_id AND l.lease > a.lease
                          AND l.state <> {RELEASED} AND {later} = {channel})
        GROUP BY channel, why"
    )
}

pub(super) fn number(columns: &Columns<'_>, name: &str) -> Result<u64> {
    let number = columns.int(name)?;
    u64::try_from(number).map_err(|_| StoreError::Corrupt {
        what: "count",
        id: number.to_string(),
        problem: "is negative".into(),
    })
}

fn of_channel(counts: &mut Counts, number: i64) -> Result<&mut ChannelCounts> {
    Ok(counts.channels.entry(channel_numbered(number)?).or_default())
}

pub(super) fn channel_numbered(number: i64) -> Result<Channel> {
    let channel = Channel::ALL.into_iter().find(|c| *c as i64 == number);
    channel.ok_or_else(|| StoreError::Corrupt {
        what: "channel",
        id: number.to_string(),
        problem: "is a code that this version does not know; run the version that wrote it".into(),
    })
}
