//! Numbers for new messages, drawn in sequence: new rows then stand side by side at the end of their indexes.
//!
//! There is one sequence for all months, so that a number never comes twice. PostgreSQL's is outside all transactions, and
//! nobody waits for another's; what is drawn and not used is a gap. SQLite's is a row of its only writer.

use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, sql};
use bellhop_domain::{Era, MessageKey};

/// Draws keys of an era, in their order.
pub(super) async fn draw(tx: &mut Session, era: Era, count: usize) -> Result<Vec<MessageKey>> {
    let ids = tx.message_ids()?;
    let mut keys = Vec::with_capacity(count);
    while keys.len() < count {
        let drawn = numbers(tx, count - keys.len()).await?;
        let drawn = drawn.into_iter().map(|number| MessageKey(era.first_key().0 + number));
        keys.extend(drawn.filter(|key| ids.is_told_apart(*key)));
    }
    Ok(keys)
}

async fn numbers(tx: &mut Session, count: usize) -> Result<Vec<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    match tx.dialect() {
        Dialect::Postgres => {
            let text = "SELECT nextval('message_numbers') AS number FROM generate_series(1, $1)";
            let rows = tx.fetch(sql(text).int(count)).await?;
            rows.iter().map(|row| row.columns().int("number")).collect()
        }
        Dialect::Sqlite => {
            let text = "UPDATE message_numbers SET last = last + $1 RETURNING last";
            let row = tx.first(sql(text).int(count)).await?;
            let last = row.ok_or(sqlx::Error::RowNotFound)?.columns().int("last")?;
            Ok((last - count + 1..=last).collect())
        }
    }
}

/// SQL for the next number; to be asked for in the statement that writes it, which saves a round trip.
pub(super) async fn next(tx: &mut Session) -> Result<&'static str> {
    match tx.dialect() {
        Dialect::Postgres => Ok("nextval('message_numbers')"),
        Dialect::Sqlite => {
            tx.execute(sql("UPDATE message_numbers SET last = last + 1")).await?;
            Ok("(SELECT last FROM message_numbers)")
        }
    }
}
