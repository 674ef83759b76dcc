//! One dispatcher at a time removes what has had its time, once a day.

use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::Timestamp;

pub(super) async fn take(db: &Db, holder: &str, until: Timestamp, now: Timestamp) -> Result<bool> {
    let mut tx = Session::autocommit(db).await?;
    let text = "UPDATE pruning SET holder = $1, held_until = $2
                WHERE one = 1 AND next_at <= $3 AND (holder = $1 OR held_until <= $3)";
    let taken = tx.execute(sql(text).text(holder).int(until.0).int(now.0)).await?;
    tx.commit().await?;
    Ok(taken > 0)
}

pub(super) async fn end(db: &Db, holder: &str, next: Timestamp) -> Result<()> {
    let mut tx = Session::autocommit(db).await?;
    let text = "UPDATE pruning SET holder = NULL, held_until = 0, next_at = $2 WHERE one = 1 AND holder = $1";
    tx.execute(sql(text).text(holder).int(next.0)).await?;
    tx.commit().await
}
