//! What providers tell, by webhook or over a session: each event is one transaction, and told twice it changes nothing.

mod conversations;
mod health;
mod inbox;
mod kept;
mod moved;
mod whose;

pub use health::SenderHealth;
pub(crate) use health::all as sender_health;

use crate::guests::again_if_crossed;
use crate::ledger::receipts;
use crate::ledger::storable::{ID_BYTES, KEPT_BYTES, storable};
use crate::ledger::wishes;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::Event;

pub use crate::ledger::source::Source;

/// Records one event.
pub(crate) async fn take(store: &SqlStore, source: &Source<'_>, event: &Event, now: Timestamp) -> Result<()> {
    match event {
        Event::Receipt(receipt) => receipts::receipt(store, source, receipt, now).await,
        Event::Inbound(message) => again_if_crossed!(inbox::receive(store, source, message, now)),
        Event::Preference(preference) => again_if_crossed!(wishes::obey(store, source, preference, now)),
        Event::Moved(moved) => again_if_crossed!(moved::follow(store, source, moved, now)),
        Event::Health(health) => health::note(&store.db, source, health, now).await,
        Event::Unrecognised { kind, raw } => keep(store, source, kind, raw, now).await,
    }
}

/// Keeps a call of a kind that this version does not know, for whoever will.
async fn keep(store: &SqlStore, source: &Source<'_>, kind: &str, raw: &str, now: Timestamp) -> Result<()> {
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
