//! Gives the file's free pages back to the disk.

use crate::Result;
use crate::db::{Db, Dialect};
use crate::sql::{Session, sql};

/// Pages at once: 4 MiB, which nobody waits for.
const PAGES: &str = "PRAGMA incremental_vacuum(1000)";

/// SQLite only; PostgreSQL's own vacuum does it, and a month that is dropped is a file that is gone. A file that was made without
/// incremental vacuum keeps its pages and uses them again.
pub(super) async fn give_back(db: &Db) -> Result<()> {
    let mut before = i64::MAX;
    loop {
        let mut tx = Session::begin(db).await?;
        if tx.dialect() == Dialect::Postgres {
            return Ok(());
        }
        let row = tx.first(sql("PRAGMA freelist_count")).await?;
        let free = row.map_or(Ok(0), |row| row.columns().int("freelist_count"))?;
        if free == 0 || free >= before {
            return tx.commit().await;
        }
        before = free;
        tx.execute(sql(PAGES)).await?;
        tx.commit().await?;
    }
}
