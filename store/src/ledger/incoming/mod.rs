//! What providers tell, by webhook or over a session: each event is one transaction, and told twice it changes nothing.

mod conversations;
mod health;
mod inbox;
mod kept;
mod moved;
mod whose;
pub(crate) mod wishes;

pub use health::SenderHealth;
pub(crate) use health::all as sender_health;

use crate::guests::again_if_crossed;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, ledger};
use bellhop_domain::incoming::Event;
use bellhop_domain::{EndpointKind, OrgId, Timestamp};
use std::borrow::Cow;

/// Whose provider speaks.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub org: OrgId,
    /// The sender's name in the configuration.
    pub sender: &'a str,
    /// The kind of address it sends to.
    pub kind: EndpointKind,
    /// The senders of the organisation that use the same account at the provider: a report of one may come by another. Empty:
    /// none but itself.
    pub peers: &'a [String],
}

/// The longest text that is kept of a provider's own words, in bytes.
const KEPT_BYTES: usize = 64 << 10;
/// The longest id or address: they are indexed.
const ID_BYTES: usize = 1_000;

/// Records one event.
pub(crate) async fn take(store: &SqlStore, source: &Source<'_>, event: &Event, now: Timestamp) -> Result<()> {
    match event {
        Event::Receipt(receipt) => ledger::record_receipt(store, source, receipt, now).await,
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

/// A provider's text as a database takes it: of at most `most` bytes, and without the zero character, which PostgreSQL
/// refuses; a refused event would be told again and again.
fn storable(text: &str, most: usize) -> Cow<'_, str> {
    let short = &text[..text.floor_char_boundary(most)];
    if short.contains('\0') {
        Cow::Owned(short.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_hold_no_zero() {
        for (text, most, expected) in [
            ("привет", 100, "привет"),
            ("привет", 5, "пр"),
            ("a\0b", 100, "a\u{fffd}b"),
            ("", 0, ""),
        ] {
            assert_eq!(storable(text, most), expected, "{text:?}");
        }
    }
}
