//! Batches made, and marked as done.

use super::codes::MESSAGE_LEFT_IN_BATCH;
use super::known::KnownRun;
use super::months;
use super::quiet::Quiet;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, Table, sql};
use bellhop_domain::*;

/// What the messages of one batch have in common: their month, the kind of address, the number that the guests know (or none)
/// and, if there are quiet hours, the guests' time zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BatchKey {
    /// As batches tell it: [`months::of_batch`].
    pub era: Era,
    pub kind: EndpointKind,
    pub number: Option<String>,
    pub zone: Option<String>,
}

impl BatchKey {
    /// The most messages in such a batch.
    pub fn size(&self) -> usize {
        self.kind.batch_size() as usize
    }
}

/// A batch to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub of: &'a BatchKey,
    /// If its messages have lives of their own: an instant not after the first of these ends.
    pub expires: Option<Timestamp>,
}

/// Keys of messages that a new batch has for its own, from its id on.
pub(super) const PLACES: i64 = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 8;

/// SQL that a message is in a batch; both are SQL.
///
/// In PostgreSQL the messages that were planned with a batch have the keys behind its id, and are found by them: no index of
/// messages by batch has to be written for each. Those that came to their batch in another way, by a next step, a retry or a
/// request, have a key of elsewhere, and the index `messages_by_batch` has these alone.
pub(crate) fn has(dialect: Dialect, batch: &str, message: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            let (own, there) = (
                format!("{message}.id >> {PLACE_BITS}"),
                format!("{message}.batch_id >> {PLACE_BITS}"),
            );
            format!(
                "({message}.id >= {batch} AND {message}.id < {batch} + {PLACES} AND {own} = {there}
                  OR {message}.batch_id = {batch} AND {own} <> {there})"
            )
        }
        Dialect::Sqlite => format!("{message}.batch_id = {batch}"),
    }
}

/// SQL that a row of `messages` is in one of the batches of `{rows}`, whose column is `batch`; `ids` are those of the rows.
/// PostgreSQL looks them up batch by batch; as a join it might read all messages there are.
pub(super) fn of_any(dialect: Dialect, ids: &[i64]) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "messages.id IN (SELECT m.id FROM {{rows}} CROSS JOIN LATERAL
                 (SELECT m.id FROM messages m WHERE {}{} LIMIT {PLACES}) m){}",
            has(dialect, "r.batch", "m"),
            months::of_batches(dialect, "m.id", ids),
            months::of_batches(dialect, "messages.id", ids)
        ),
        Dialect::Sqlite => "messages.batch_id IN (SELECT r.batch FROM {rows})".to_owned(),
    }
}

/// Inserts one batch per entry; the ids come back with what they are for, in any order.
pub(super) async fn insert(
    tx: &mut Session,
    run: &KnownRun,
    wanted: &[Wanted<'_>],
    quiet: Option<&Quiet>,
    now: Timestamp,
) -> Result<Vec<(BatchId, BatchKey)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "INSERT INTO batches (id, org_id, run_id, lane, kind, number, zone, quiet_from, expires_at)
         SELECT {}, $1, $2, $3, r.kind, r.number, r.zone, r.quiet, r.expires FROM {{rows}}
         RETURNING id, kind, number, zone",
        months::next_batch(tx.dialect(), "r.month")
    );
    let begins = |it: &Wanted<'_>| match (quiet, &it.of.zone) {
        (Some(quiet), Some(zone)) => quiet.from(zone, now).map(|from| Some(from.0)),
        _ => Ok(None),
    };
    let table = Table::default()
        .ints("month", wanted.iter().map(|it| it.of.era.first_key().0))
        .ints("kind", wanted.iter().map(|it| i64::from(it.of.kind.code())))
        .texts("number", wanted.iter().map(|it| it.of.number.as_deref()))
        .texts("zone", wanted.iter().map(|it| it.of.zone.as_deref()))
        .ints("quiet", wanted.iter().map(begins).collect::<Result<Vec<_>>>()?)
        .ints("expires", wanted.iter().map(|it| it.expires.map(|end| end.0)));
    let statement = sql(text)
        .int(i64::from(run.org.0))
        .int(run.id.0)
        .int(i64::from(run.lane.code()))
        .rows(table);
    let rows = tx.fetch(statement).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            let id = BatchId(c.int("id")?);
            let of = BatchKey {
                era: months::of_batch(id),
                kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                number: c.opt_text("number")?,
                zone: c.opt_text("zone")?,
            };
            Ok((id, of))
        })
        .collect()
}

/// Marks a batch as done if it has nothing pending or in flight, unless somebody else holds it (their own end marks
/// it). The caller has locked the batch.
pub(super) async fn finish_if_empty(tx: &mut Session, batch: BatchId, lease: i64, now: Timestamp) -> Result<bool> {
    let text = format!(
        "UPDATE batches SET done_at = $3, lease_until = NULL
         WHERE id = $1 AND done_at IS NULL AND (lease_until IS NULL OR lease = $2)
           AND NOT EXISTS (SELECT 1 FROM messages m
                           WHERE {} AND m.state IN {MESSAGE_LEFT_IN_BATCH}{})",
        has(tx.dialect(), "$1", "m"),
        months::within(tx.dialect(), "m.id", months::of_batch(batch))
    );
    Ok(tx.execute(sql(text).int(batch.0).int(lease).int(now.0)).await? > 0)
}
