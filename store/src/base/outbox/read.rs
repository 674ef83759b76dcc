//! Reading: which process has the turn, and which rows there are for it.

use super::{Handed, More, Notice, ReadUpTo, Reader};
use crate::base::horizon::Look;
use crate::sql::{Row, Session, sql};
use crate::{Dialect, Result, SqlStore};
use bellhop_domain::Timestamp;
use std::sync::PoisonError;

pub(super) async fn hand_over(store: &SqlStore, reader: &Reader, limit: u32, now: Timestamp) -> Result<Handed> {
    let mut session = Session::read(&store.db).await?;
    let last = place(&mut session).await?;
    let known = known_place(&mut session, reader).await?;
    drop(session);
    if known.unwrap_or(0) >= last {
        return Ok(Handed::nothing(More::No));
    }
    let safe = safe(store, last).await?;
    let later = if safe < last { More::Soon } else { More::No };
    // Nobody takes the turn in vain, but a new reader: it is written down, so that what comes is kept for it.
    if known.is_some_and(|known| known >= safe) {
        return Ok(Handed::nothing(later));
    }
    let mut tx = Session::begin(&store.db).await?;
    if known.is_none() {
        introduce(&mut tx, reader).await?;
    }
    let Some(begin) = take_turn(&mut tx, reader, now).await? else {
        return Ok(Handed::nothing(More::No));
    };
    // What it passes over need not travel.
    let kinds: Vec<String> = reader.kinds.iter().map(|it| it.code().to_string()).collect();
    let text = format!(
        "SELECT seq, org_id, at, kind, CASE WHEN kind IN ({}) THEN body ELSE '' END AS body
         FROM outbox WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3",
        kinds.join(", ")
    );
    let statement = sql(text).int(begin).int(safe).int(i64::from(limit));
    let rows = tx.fetch(statement).await?;
    tx.commit().await?;
    let is_full = rows.len() >= limit as usize;
    handed(reader, &rows, if is_full { More::Now } else { later })
}

fn handed(reader: &Reader, rows: &[Row], more: More) -> Result<Handed> {
    let mut handed = Handed::nothing(more);
    for row in rows {
        let c = row.columns();
        let (seq, kind) = (c.int("seq")?, c.int("kind")?);
        handed.upto = Some(ReadUpTo(seq));
        // This version does not read kinds of the next one.
        if reader.kinds.iter().any(|it| i64::from(it.code()) == kind) {
            let (org, at, body) = (c.int("org_id")?, c.int("at")?, c.text("body")?);
            handed.numbers.push(seq);
            handed.notices.push(Notice::read(seq, org, at, &body)?);
        }
    }
    Ok(handed)
}

/// The last number given out. A row with it may be under way, rolled back or removed.
pub(super) async fn place(session: &mut Session) -> Result<i64> {
    let text = match session.dialect() {
        Dialect::Sqlite => "SELECT COALESCE(MAX(seq), 0) AS number FROM outbox",
        Dialect::Postgres => "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS number FROM outbox_seq",
    };
    number(session, text).await
}

/// Up to where no row can come any more.
pub(super) async fn safe(store: &SqlStore, last: i64) -> Result<i64> {
    if store.dialect() == Dialect::Sqlite {
        return Ok(last);
    }
    let known = *store.horizon.lock().unwrap_or_else(PoisonError::into_inner);
    if known.safe == last {
        return Ok(last);
    }
    let mut tx = Session::begin(&store.db).await?;
    let own = number(&mut tx, "SELECT pg_current_xact_id()::text::bigint AS number").await?;
    let oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS number";
    let oldest = number(&mut tx, oldest).await?;
    tx.commit().await?;
    let mut horizon = store.horizon.lock().unwrap_or_else(PoisonError::into_inner);
    *horizon = horizon.after(Look { last, own, oldest });
    Ok(horizon.safe)
}

/// Gives a new reader a place.
async fn introduce(tx: &mut Session, reader: &Reader) -> Result<()> {
    let text = "INSERT INTO outbox_readers (name, place) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
    tx.execute(sql(text).text(reader.name)).await?;
    Ok(())
}

/// Where the reader is, if it is its turn now.
async fn take_turn(tx: &mut Session, reader: &Reader, now: Timestamp) -> Result<Option<i64>> {
    let text = "UPDATE outbox_readers SET holder = $2, held_until = $3
                WHERE name = $1 AND (holder = $2 OR held_until <= $4) RETURNING place";
    let statement = sql(text)
        .text(reader.name)
        .text(reader.holder.as_str())
        .int(now.plus(reader.turn).0)
        .int(now.0);
    let row = tx.first(statement).await?;
    row.map(|row| row.columns().int("place")).transpose()
}

/// Where the reader was last; `None` of a new one.
async fn known_place(session: &mut Session, reader: &Reader) -> Result<Option<i64>> {
    let text = "SELECT place FROM outbox_readers WHERE name = $1";
    let row = session.first(sql(text).text(reader.name)).await?;
    row.map(|row| row.columns().int("place")).transpose()
}

/// What a statement calls `number`; 0 without a row.
async fn number(session: &mut Session, text: &'static str) -> Result<i64> {
    let row = session.first(sql(text)).await?;
    row.map_or(Ok(0), |row| row.columns().int("number"))
}
