//! Taps on pushes that are told of together, as events: what an open of each would do, by a statement for each part of it.

use super::codes::ATTEMPT_MAY_BE_OUT;
use super::kept_opens::{KeptOpens, Taken, take};
use super::opens::opened_channel;
use super::types::OpenClass;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use std::collections::{BTreeMap, HashMap};

const TAP: OpenClass = OpenClass::Tap;

/// What becomes of a message that somebody has tapped on.
type Opened = (MessageId, Taken);

/// Guests have tapped on the pushes of messages; nothing where the organisation has no such message.
pub(crate) async fn tapped(tx: &mut Session, org: OrgId, taps: &[(MessageId, Timestamp)]) -> Result<()> {
    let mut times: BTreeMap<MessageId, Vec<Timestamp>> = BTreeMap::new();
    for (message, at) in taps {
        times.entry(*message).or_default().push(*at);
    }
    if times.is_empty() {
        return Ok(());
    }
    let there = lock(tx, org, times.keys().copied()).await?;
    let mut kept = kept(tx, &there).await?;
    let opened = there.into_iter().map(|message| {
        let mut times = times.remove(&message).unwrap_or_default();
        times.sort_unstable();
        (message, take(TAP, kept.remove(&message).unwrap_or_default(), &times))
    });
    let opened: Vec<Opened> = opened.collect();
    add(tx, org, &opened).await?;
    repeat(tx, &opened).await?;
    end(tx, &opened).await
}

/// Those that the organisation has. Everybody locks messages in the order of their keys.
async fn lock(tx: &mut Session, org: OrgId, of: impl Iterator<Item = MessageId>) -> Result<Vec<MessageId>> {
    let text = "SELECT m.id FROM {rows} JOIN messages m ON m.id = r.message WHERE m.org_id = $1 ORDER BY m.id {lock}";
    let statement = sql(text)
        .int(i64::from(org.0))
        .rows(Table::default().messages("message", of))
        .lock("FOR UPDATE OF m");
    let rows = tx.fetch(statement).await?;
    rows.iter().map(|row| row.columns().message("id")).collect()
}

/// What there is of taps on these messages.
async fn kept(tx: &mut Session, of: &[MessageId]) -> Result<HashMap<MessageId, KeptOpens>> {
    let mut kept: HashMap<MessageId, KeptOpens> = HashMap::new();
    if of.is_empty() {
        return Ok(kept);
    }
    let text = "SELECT o.message_id, o.id, o.repeats FROM {rows} JOIN opens o ON o.message_id = r.message
                WHERE o.class = $1 ORDER BY o.id";
    let table = Table::default().messages("message", of.iter().copied());
    let statement = sql(text).int(i64::from(TAP.code())).rows(table);
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let of = kept.entry(c.message("message_id")?).or_default();
        of.add(c.int("id")?, c.int("repeats")?);
    }
    Ok(kept)
}

async fn add(tx: &mut Session, org: OrgId, opened: &[Opened]) -> Result<()> {
    let rows = || {
        opened
            .iter()
            .flat_map(|(message, taken)| taken.rows.iter().map(move |row| (*message, row)))
    };
    if rows().next().is_none() {
        return Ok(());
    }
    let text = "INSERT INTO opens (org_id, message_id, at, class, repeats)
                SELECT $1, r.message, r.at, $2, r.repeats FROM {rows} WHERE TRUE";
    let table = Table::default()
        .messages("message", rows().map(|(message, _)| message))
        .ints("at", rows().map(|(_, row)| row.at.0))
        .ints("repeats", rows().map(|(_, row)| row.repeats));
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(TAP.code()));
    tx.execute(statement.rows(table)).await?;
    Ok(())
}

/// What goes beyond the rows that a message may have.
async fn repeat(tx: &mut Session, opened: &[Opened]) -> Result<()> {
    let repeated: Vec<(i64, i64)> = opened.iter().filter_map(|(_, taken)| taken.repeated).collect();
    if repeated.is_empty() {
        return Ok(());
    }
    let text = "UPDATE opens SET repeats = repeats + r.more FROM {rows} WHERE opens.id = r.latest";
    let table = Table::default()
        .ints("latest", repeated.iter().map(|(row, _)| *row))
        .ints("more", repeated.iter().map(|(_, more)| *more));
    tx.execute(sql(text).rows(table)).await?;
    Ok(())
}

/// Ends the messages as opened. The first open's time and channel stay.
async fn end(tx: &mut Session, opened: &[Opened]) -> Result<()> {
    let first = |(message, taken): &Opened| Some((*message, taken.rows.first()?.at));
    let ended: Vec<(MessageId, Timestamp)> = opened.iter().filter_map(first).collect();
    if ended.is_empty() {
        return Ok(());
    }
    let tried = tried(tx, &ended).await?;
    let channel = |(message, _): &(MessageId, Timestamp)| {
        let tried = tried.get(message).map_or(&[][..], Vec::as_slice);
        opened_channel(tried, TAP) as i64
    };
    let text = "UPDATE messages SET state = $1, waiting_for = NULL, due_at = NULL, reason = NULL,
                    opened_channel = CASE WHEN opened_at IS NULL THEN r.channel ELSE opened_channel END,
                    opened_at = COALESCE(opened_at, r.at)
                FROM {rows} WHERE messages.id = r.message";
    let table = Table::default()
        .messages("message", ended.iter().map(|(message, _)| *message))
        .ints("at", ended.iter().map(|(_, at)| at.0))
        .ints("channel", ended.iter().map(channel));
    let statement = sql(text).int(i64::from(MessageState::Opened.code()));
    tx.execute(statement.rows(table)).await?;
    Ok(())
}

/// On which channels each went out or may have, the channel of its present address first.
async fn tried(tx: &mut Session, of: &[(MessageId, Timestamp)]) -> Result<HashMap<MessageId, Vec<Channel>>> {
    let text = format!(
        "SELECT a.message_id, a.kind, a.lease AS place FROM {{rows}}
             JOIN attempts a ON a.message_id = r.message AND a.state IN {ATTEMPT_MAY_BE_OUT}
         UNION ALL
         SELECT m.id, e.kind, -1 FROM {{rows}} JOIN messages m ON m.id = r.message JOIN endpoints e ON e.id = m.endpoint_id
         ORDER BY 3"
    );
    let table = Table::default().messages("message", of.iter().map(|(message, _)| *message));
    let mut tried: HashMap<MessageId, Vec<Channel>> = HashMap::new();
    for row in tx.fetch(sql(text).rows(table)).await? {
        let c = row.columns();
        let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
        tried.entry(c.message("message_id")?).or_default().push(kind.channel());
    }
    Ok(tried)
}
