//! Messages go by the month that their numbers begin with, the oldest first, when nothing of the month is alive. Their figures
//! are frozen in one transaction, from which on the rows count no more; then they go, however often that is interrupted.
//!
//! In PostgreSQL a month that is a partition goes as a whole. What is not goes row by row.

use super::cutoffs::{of_messages, tenants};
use super::{Kind, Outlived, Piece};
use crate::Result;
use crate::base::codes::listed;
use crate::db::{Db, Dialect};
use crate::ledger::gone::frozen_before;
use crate::sql::{Session, sql};
use crate::statistics::freezing;
use bellhop_domain::message::MessageState;
use bellhop_domain::{Era, MessageKey, Origin, RunId, Timestamp};

/// Rows of one transaction.
const AT_ONCE: i64 = 2_000;

/// What refers to messages by their numbers, and the messages last, so that an interrupted removal is found again.
const OF_MESSAGES: [(&str, &str, &str); 4] = [
    ("attempts", "message_id, lease", "message_id"),
    ("opens", "id", "message_id"),
    ("message_requests", "message_id", "message_id"),
    ("messages", "id", "id"),
];

/// A table of partitions, each a month.
const PARTITIONED: [&str; 2] = ["attempts", "messages"];

pub(super) async fn piece(db: &Db, now: Timestamp) -> Result<Option<Piece>> {
    let mut session = Session::read(db).await?;
    let (frozen, cutoff) = (
        frozen_before(&mut session).await?,
        of_messages(&tenants(&mut session).await?, now),
    );
    session.commit().await?;
    if let Some(before) = frozen
        && let Some(piece) = remove(db, before).await?
    {
        return Ok(Some(piece));
    }
    let Some(cutoff) = cutoff else { return Ok(None) };
    let mut session = Session::read(db).await?;
    let oldest = oldest(&mut session, frozen.unwrap_or(0)).await?;
    let Some(month) = oldest.filter(|month| month.next().starts() <= cutoff) else {
        return Ok(None);
    };
    let alive = alive(&mut session, month).await?;
    session.commit().await?;
    if alive.is_some() {
        return Ok(None);
    }
    freezing::month(db, month, now).await?;
    Ok(Some(of_month(month, 0)))
}

fn of_month(month: Era, rows: u64) -> Piece {
    Piece {
        kind: Kind::Messages,
        month: Some(month.to_string()),
        rows,
    }
}

/// The month of the first message that is not frozen.
async fn oldest(session: &mut Session, from: i64) -> Result<Option<Era>> {
    let text = "SELECT MIN(id) AS first FROM messages WHERE id >= $1";
    let row = session.first(sql(text).int(from)).await?;
    let first = row.map(|row| row.columns().opt_int("first")).transpose()?.flatten();
    Ok(first.map(|number| Era::of_key(MessageKey(number))))
}

/// What of the month is alive, in words; `None`: nothing.
async fn alive(session: &mut Session, month: Era) -> Result<Option<String>> {
    let of_month = format!(
        "m.id >= {} AND m.id < {}",
        month.first_key().0,
        month.next().first_key().0
    );
    let ending = Origin::ALL.into_iter().filter(|origin| origin.lives_from_the_start());
    let text = format!(
        "SELECT r.id, r.mailing_id FROM runs r WHERE r.finished_at IS NULL AND r.origin IN {}
             AND EXISTS (SELECT 1 FROM messages m WHERE m.run_id = r.id AND {of_month}) ORDER BY r.id LIMIT 1",
        listed(ending.map(Origin::code))
    );
    if let Some(row) = session.first(sql(text)).await? {
        let c = row.columns();
        return Ok(Some(format!(
            "run {} of mailing {} is not over",
            c.int("id")?,
            c.int("mailing_id")?
        )));
    }
    let moving = MessageState::ALL.into_iter().filter(|state| !state.is_final());
    let text = format!(
        "SELECT m.run_id FROM messages m WHERE {of_month} AND m.state IN {} LIMIT 1",
        listed(moving.map(MessageState::code))
    );
    let row = session.first(sql(text)).await?;
    row.map(|row| {
        Ok(format!(
            "a message of run {} is still under way",
            row.columns().int("run_id")?
        ))
    })
    .transpose()
}

/// Removes some rows of frozen messages, or a month of them as a whole; `None` when none is left.
async fn remove(db: &Db, before: i64) -> Result<Option<Piece>> {
    let month = Era::of_key(MessageKey(before - 1));
    for table in PARTITIONED {
        if let Some((name, until)) = partition(db, table, before).await? {
            drop_partition(db, table, &name).await?;
            return Ok(Some(of_month(Era::of_key(MessageKey(until - 1)), 0)));
        }
    }
    let mut removed = 0;
    for (table, key, number) in OF_MESSAGES {
        let text = format!(
            "DELETE FROM {table} WHERE ({key}) IN
             (SELECT {key} FROM {table} WHERE {number} >= 0 AND {number} < $1 ORDER BY {number} LIMIT {AT_ONCE})"
        );
        removed += execute(db, text, before).await?;
        if removed > 0 {
            return Ok(Some(of_month(month, removed)));
        }
    }
    for text in [batches(), run_endpoints()] {
        removed += execute(db, text, Era::of_key(MessageKey(before)).starts().0).await?;
        if removed > 0 {
            return Ok(Some(of_month(month, removed)));
        }
    }
    Ok(None)
}

async fn execute(db: &Db, text: String, argument: i64) -> Result<u64> {
    let mut tx = Session::autocommit(db).await?;
    let removed = tx.execute(sql(text).int(argument)).await?;
    tx.commit().await?;
    Ok(removed)
}

/// Batches that were done before an instant before which all messages are frozen: theirs were of that time. They are numbered as
/// time goes, so a look ends at the first that stays.
fn batches() -> String {
    format!(
        "DELETE FROM batches WHERE id IN (SELECT id FROM batches WHERE id < COALESCE(
             (SELECT id FROM batches WHERE done_at IS NULL OR done_at >= $1 ORDER BY id LIMIT 1),
             (SELECT MAX(id) + 1 FROM batches)) ORDER BY id LIMIT {AT_ONCE})"
    )
}

/// Which addresses of a run had their message only a run needs that is not over.
fn run_endpoints() -> String {
    format!(
        "DELETE FROM run_endpoints WHERE (run_id, endpoint_id) IN (SELECT e.run_id, e.endpoint_id
             FROM runs r JOIN run_endpoints e ON e.run_id = r.id WHERE r.finished_at < $1 LIMIT {AT_ONCE})"
    )
}

/// A partition of the table with nothing but numbers below this one, and its end.
async fn partition(db: &Db, table: &str, before: i64) -> Result<Option<(String, i64)>> {
    let mut session = Session::read(db).await?;
    if session.dialect() == Dialect::Sqlite {
        return Ok(None);
    }
    let text = "SELECT name, until FROM (
                    SELECT quote_ident(c.relname) AS name,
                        CAST(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''?(-?[0-9]+)''?\\)') AS BIGINT) AS until
                    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)) AS parts
                WHERE until <= $2 ORDER BY until LIMIT 1";
    let row = session.first(sql(text).text(table).int(before)).await?;
    row.map(|row| Ok((row.columns().text("name")?, row.columns().int("until")?)))
        .transpose()
}

/// Detaching locks the table for a moment. If it is busy for longer than the pool's lock timeout, the next round tries again.
async fn drop_partition(db: &Db, table: &str, name: &str) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    tx.execute(sql(format!("ALTER TABLE {table} DETACH PARTITION {name}")))
        .await?;
    tx.execute(sql(format!("DROP TABLE {name}"))).await?;
    tx.commit().await
}

/// What would go.
pub(super) async fn outlived(db: &Db, now: Timestamp) -> Result<Outlived> {
    let mut session = Session::snapshot(db).await?;
    let frozen = frozen_before(&mut session).await?;
    let cutoff = of_messages(&tenants(&mut session).await?, now).unwrap_or(Timestamp(0));
    let (mut next, mut months, mut kept) = (frozen.unwrap_or(0), Vec::new(), None);
    while let Some(month) = oldest(&mut session, next).await? {
        if month.next().starts() > cutoff {
            break;
        }
        if let Some(why) = alive(&mut session, month).await? {
            kept = Some(format!("the messages of {month} stay: {why}"));
            break;
        }
        months.push(month.to_string());
        next = month.next().first_key().0;
    }
    let text = "SELECT COUNT(*) AS number FROM messages WHERE id >= 0 AND id < $1";
    let row = session.first(sql(text).int(next)).await?;
    let rows = row.map_or(Ok(0), |row| row.columns().int("number"))?;
    session.commit().await?;
    Ok(Outlived {
        kind: Kind::Messages,
        organisation: None,
        until: cutoff,
        months,
        rows: rows.unsigned_abs(),
        kept,
    })
}

/// The months of a run that are frozen.
pub(super) async fn gone(db: &Db, run: RunId) -> Result<Vec<String>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT month FROM frozen_counts WHERE run_id = $1 ORDER BY month";
    let rows = session.fetch(sql(text).int(run.0)).await?;
    session.commit().await?;
    let month = |row: &crate::sql::Row| Ok(Era::counted(row.columns().int("month")?).to_string());
    rows.iter().map(month).collect()
}
