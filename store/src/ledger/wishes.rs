//! Marketing consent by a guest's own word: in a message, or by a choice made at the provider (PRODUCT.md §10).

use super::source::Source;
use super::storable::{ID_BYTES, storable};
use crate::consent::addresses;
use crate::consent::hear::{Heard, covers, hear};
use crate::consent::lock;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::incoming::Preference;
use bellhop_domain::{EndpointId, Purpose, Timestamp};

/// What a guest said, and by whom we heard of it.
pub(super) struct GuestWish<'a> {
    pub word: Word,
    pub source: WordSource,
    pub at: Timestamp,
    /// How it was said, for the proof.
    pub how: &'a str,
}

pub(super) async fn obey(store: &SqlStore, source: &Source<'_>, preference: &Preference, now: Timestamp) -> Result<()> {
    let address = storable(&preference.address, ID_BYTES).into_owned();
    let how = storable(&preference.how, ID_BYTES);
    let mut tx = Session::begin(&store.db).await?;
    lock::alone(&mut tx, source.org).await?;
    let wish = GuestWish {
        word: if preference.given { Word::Given } else { Word::Withdrawn },
        source: WordSource::Provider,
        at: preference.at.min(now),
        how: &how,
    };
    of_address(&mut tx, source, address, &wish, now).await?;
    tx.commit().await
}

/// Withdraws the consent of whoever has the address, in the transaction of an outcome that says so. Nothing may be
/// locked before this for which somebody who attaches an address could wait.
pub(crate) async fn withdraw(
    tx: &mut Session,
    source: &Source<'_>,
    endpoint: EndpointId,
    at: Timestamp,
    why: &str,
    now: Timestamp,
) -> Result<()> {
    lock::alone(tx, source.org).await?;
    let address = tx
        .first(sql("SELECT address FROM endpoints WHERE id = $1").int(endpoint.0))
        .await?;
    let Some(address) = address.map(|row| row.columns().text("address")).transpose()? else {
        return Ok(());
    };
    let how = format!("opted out at the provider: {why}");
    let wish = GuestWish {
        word: Word::Withdrawn,
        source: WordSource::Provider,
        at: at.min(now),
        how: &storable(&how, ID_BYTES),
    };
    of_address(tx, source, address, &wish, now).await
}

async fn of_address(
    tx: &mut Session,
    source: &Source<'_>,
    address: String,
    wish: &GuestWish<'_>,
    now: Timestamp,
) -> Result<()> {
    let addresses = addresses::of_person(tx, source.org, Space::of(source.kind), &[address]).await?;
    take(tx, source, &addresses, wish, now).await?;
    Ok(())
}

/// Takes a word that was said by one of a person's addresses; the ids of what is new in the ledger.
pub(super) async fn take(
    tx: &mut Session,
    source: &Source<'_>,
    addresses: &[String],
    wish: &GuestWish<'_>,
    now: Timestamp,
) -> Result<Vec<i64>> {
    let covers = covers(tx, source.org).await?;
    let heard = Heard {
        org: source.org,
        space: Space::of(source.kind),
        addresses,
        words: covers.words(source.kind.channel(), wish.word),
        purpose: Purpose::Marketing,
        source: wish.source,
        at: wish.at,
        how: wish.how,
        text_version: None,
        customer: None,
    };
    hear(tx, &heard, now).await
}
