//! Reading: which process has the turn, and which rows there are for it.

use super::{Handed, Notice, ReadUpTo, Reader};
use crate::base::horizon::Look;
use crate::sql::{Row, Session, sql};
use crate::{Dialect, Result, SqlStore};
use bellhop_domain::Timestamp;
use std::sync::PoisonError;

pub(super) async fn hand_over(store: &SqlStore, reader: &Reader, limit: u32, now: Timestamp) -> Result<Handed> {
    let nothing = Handed {
        notices: Vec::new(),
        upto: None,
    };
    let mut session = Session::read(&store.db).await?;
    let last = place(&mut session).await?;
    let known = first_int(
        &mut session,
        "SELECT place FROM outbox_readers WHERE name = $1",
        reader.name,
    )
    .await?;
    drop(session);
    if known.unwrap_or(0) >= last {
        return Ok(nothing);
    }
    let safe = safe(store, last).await?;
    let mut tx = Session::begin(&store.db).await?;
    let Some(begin) = take_turn(&mut tx, reader, now).await? else {
        return Ok(nothing);
    };
    let text = "SELECT seq, org_id, at, kind, body FROM outbox WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3";
    let statement = sql(text).int(begin).int(safe).int(i64::from(limit));
    let rows = tx.fetch(statement).await?;
    tx.commit().await?;
    handed(reader, &rows)
}

fn handed(reader: &Reader, rows: &[Row]) -> Result<Handed> {
    let mut handed = Handed {
        notices: Vec::new(),
        upto: None,
    };
    for row in rows {
        let mut c = row.cells();
        let (seq, org, at, kind) = (c.int()?, c.int()?, c.int()?, c.int()?);
        handed.upto = Some(ReadUpTo(seq));
        // This version does not read kinds of the next one.
        if reader.kinds.iter().any(|it| i64::from(it.code()) == kind) {
            handed.notices.push(Notice::read(seq, org, at, &c.text()?)?);
        }
    }
    Ok(handed)
}

/// The last number given out. A row with it may be under way, rolled back or removed.
pub(super) async fn place(session: &mut Session) -> Result<i64> {
    let text = match session.dialect() {
        Dialect::Sqlite => "SELECT COALESCE(MAX(seq), 0) FROM outbox",
        Dialect::Postgres => "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_seq",
    };
    let row = session.first(sql(text)).await?;
    row.map_or(Ok(0), |row| row.cells().int())
}

/// Up to where no row can come any more.
async fn safe(store: &SqlStore, last: i64) -> Result<i64> {
    if store.dialect() == Dialect::Sqlite {
        return Ok(last);
    }
    let known = *store.horizon.lock().unwrap_or_else(PoisonError::into_inner);
    if known.safe == last {
        return Ok(last);
    }
    let mut tx = Session::begin(&store.db).await?;
    let own = number(&mut tx, "SELECT pg_current_xact_id()::text::bigint").await?;
    let oldest = number(&mut tx, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").await?;
    tx.commit().await?;
    let mut horizon = store.horizon.lock().unwrap_or_else(PoisonError::into_inner);
    *horizon = horizon.after(Look { last, own, oldest });
    Ok(horizon.safe)
}

/// Where the reader is, if it is its turn now.
async fn take_turn(tx: &mut Session, reader: &Reader, now: Timestamp) -> Result<Option<i64>> {
    let text = "INSERT INTO outbox_readers (name, place) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
    tx.execute(sql(text).text(reader.name)).await?;
    let text = "UPDATE outbox_readers SET holder = $2, held_until = $3
                WHERE name = $1 AND (holder = $2 OR held_until <= $4) RETURNING place";
    let statement = sql(text)
        .text(reader.name)
        .text(reader.holder.as_str())
        .int(now.plus(reader.turn).0)
        .int(now.0);
    let row = tx.first(statement).await?;
    row.map(|row| row.cells().int()).transpose()
}

async fn first_int(session: &mut Session, text: &'static str, of: &str) -> Result<Option<i64>> {
    let row = session.first(sql(text).text(of)).await?;
    row.map(|row| row.cells().int()).transpose()
}

async fn number(tx: &mut Session, text: &'static str) -> Result<i64> {
    let row = tx.first(sql(text)).await?;
    row.map_or(Ok(0), |row| row.cells().int())
}
