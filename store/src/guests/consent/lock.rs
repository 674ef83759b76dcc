//! Writing a word and attaching an address exclude each other.
//!
//! Otherwise PostgreSQL would let both happen at once: the word would find no card with its address yet, and the card
//! would find no word. SQLite has a single writer. The lock is taken before any row's, so that nobody waits in a
//! circle.

use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, sql};
use bellhop_domain::OrgId;

/// An organisation's words among the advisory locks of the database: `cons` in the upper half.
fn key(org: OrgId) -> i64 {
    (0x636f_6e73_i64 << 32) | i64::from(org.0)
}

/// For writing words: until the transaction ends no address is attached and no facts are computed beside it.
pub(crate) async fn alone(tx: &mut Session, org: OrgId) -> Result<()> {
    take(tx, "SELECT pg_advisory_xact_lock($1)", org).await
}

/// For attaching addresses: until the transaction ends no word is written.
pub(crate) async fn among_others(tx: &mut Session, org: OrgId) -> Result<()> {
    take(tx, "SELECT pg_advisory_xact_lock_shared($1)", org).await
}

async fn take(tx: &mut Session, text: &'static str, org: OrgId) -> Result<()> {
    if tx.dialect() == Dialect::Postgres {
        tx.execute(sql(text).int(key(org))).await?;
    }
    Ok(())
}
