//! What has happened to guests: rows of `events`, and the notices by which the outbox tells of them.

use super::outbox::{Notice, What, append};
use crate::base::pools::Dialect;
use crate::sql::{Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::event::EventKind;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use std::collections::HashSet;

pub(crate) use bellhop_domain::event::Event;

/// An event as its row holds it.
pub(crate) struct EventRow<'a> {
    pub number: i64,
    /// The brand's own id, and a hash of what it says; `None` of what Bellhop makes.
    pub told: Option<(&'a str, i64)>,
    pub kind: EventKind,
    pub name: Option<&'a str>,
    pub customer: CustomerId,
    pub at: Timestamp,
    /// JSON.
    pub data: String,
}

/// Numbers for so many events, which are kept before others are drawn.
pub(crate) async fn draw(tx: &mut Session, count: usize) -> Result<Vec<i64>> {
    let wanted = i64::try_from(count).unwrap_or(i64::MAX);
    match tx.dialect() {
        Dialect::Sqlite => {
            let text = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS number";
            let row = tx.first(sql(text)).await?;
            let last = row.map_or(Ok(0), |row| row.columns().int("number"))?;
            Ok((last + 1..).take(count).collect())
        }
        Dialect::Postgres => {
            let text = "SELECT nextval('events_number_seq') AS number FROM generate_series(1, $1)";
            let rows = tx.fetch(sql(text).int(wanted)).await?;
            rows.iter().map(|row| row.columns().int("number")).collect()
        }
    }
}

/// Keeps events, but for those whose id another event has; the numbers of those kept.
///
/// By their ids, so that two who tell of the same events at once wait for each other in one order.
pub(crate) async fn keep(tx: &mut Session, org: OrgId, rows: &[EventRow<'_>], now: Timestamp) -> Result<HashSet<i64>> {
    let text =
        "INSERT INTO events (number, org_id, event_id, body_hash, kind, name, customer_id, at, came_at, is_news, data)
                SELECT r.number, $1, r.event_id, r.body_hash, r.kind, r.name, r.customer, r.at, $2, TRUE, r.data
                FROM {rows} WHERE TRUE ORDER BY r.event_id
                ON CONFLICT (org_id, event_id) DO NOTHING RETURNING number";
    let each = || rows.iter();
    let table = Table::default()
        .ints("number", each().map(|it| it.number))
        .texts("event_id", each().map(|it| it.told.map(|(id, _)| id)))
        .ints("body_hash", each().map(|it| it.told.map(|(_, hash)| hash)))
        .ints("kind", each().map(|it| i64::from(it.kind.code())))
        .texts("name", each().map(|it| it.name))
        .ints("customer", each().map(|it| it.customer.0))
        .ints("at", each().map(|it| it.at.0))
        .texts("data", each().map(|it| it.data.as_str()));
    let statement = sql(text).int(i64::from(org.0)).int(now.0).rows(table);
    let kept = tx.fetch(statement).await?;
    kept.iter().map(|row| row.columns().int("number")).collect()
}

/// Keeps events that Bellhop has made.
pub(crate) async fn keep_made(tx: &mut Session, org: OrgId, events: &[Event], now: Timestamp) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = events.iter().map(|event| {
        Ok(EventRow {
            number: event.number,
            told: None,
            kind: event.kind,
            name: None,
            customer: event.customer,
            at: event.at,
            data: data(&event.data)?,
        })
    });
    keep(tx, org, &rows.collect::<Result<Vec<_>>>()?, now).await?;
    Ok(())
}

/// Has the outbox tell of events, in the order of their numbers. Call it after the writes that they are about (see [`append`]).
pub(crate) async fn tell(tx: &mut Session, org: OrgId, mut events: Vec<Event>, now: Timestamp) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    events.sort_unstable_by_key(|event| event.number);
    let notice = |event| Notice {
        org,
        at: now,
        what: What::Happened(event),
    };
    let notices: Vec<_> = events.into_iter().map(notice).collect();
    append(tx, &notices).await
}

/// An event's data as its row has it.
pub(crate) fn data(of: &serde_json::Map<String, serde_json::Value>) -> Result<String> {
    serde_json::to_string(of).map_err(|error| StoreError::Corrupt {
        what: "event",
        id: "a new one".to_owned(),
        problem: error.to_string(),
    })
}
