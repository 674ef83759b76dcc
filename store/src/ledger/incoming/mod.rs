//! What providers tell, by webhook or over a session: each event is one transaction, and told twice it changes nothing.

mod conversations;
pub(super) mod health;
pub(super) mod inbox;
mod kept;
pub(super) mod moved;
mod whose;

pub use health::SenderHealth;

use crate::ledger::storable::{ID_BYTES, KEPT_BYTES, storable};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::Timestamp;

pub use crate::ledger::source::Source;

/// Keeps a call of a kind that this version does not know, for whoever will.
pub(super) async fn keep(store: &SqlStore, source: &Source<'_>, kind: &str, raw: &str, now: Timestamp) -> Result<()> {
    let (kind, raw) = (storable(kind, ID_BYTES), storable(raw, KEPT_BYTES));
    let mut tx = Session::begin(&store.db).await?;
    let text = "INSERT INTO provider_events (org_id, sender, at, kind, body) VALUES ($1, $2, $3, $4, $5)";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(now.0)
        .text(kind.as_ref())
        .text(raw.as_ref());
    tx.execute(statement).await?;
    tx.commit().await
}
