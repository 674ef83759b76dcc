//! Taking a word: into the ledger, into what holds, and into the facts, in one transaction.

use super::addresses;
use super::cards::{CardSaid, Replaces, say};
use super::stands::{self, Fresh};

pub(crate) use super::heard::Heard;
use crate::Result;
use crate::base::audit::{Deed, log};
use crate::guests::settle::{compute, mark_stale};
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{StopCovers, Word};
use bellhop_domain::{Channel, CustomerId, OrgId, Purpose, Timestamp};

/// Records the word; one that was heard before changes nothing. Returns the ids of what is new, in the order of the
/// addresses. The caller holds the [lock](super::lock) of words.
pub(crate) async fn hear(tx: &mut Session, heard: &Heard<'_>, now: Timestamp) -> Result<Vec<i64>> {
    let fresh = write(tx, heard, now).await?;
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    stands::hear(tx, heard, &fresh).await?;
    let owners = addresses::owners(tx, heard.org, heard.space, heard.addresses).await?;
    mark_stale(tx, heard.org, &owners).await?;
    let on_card = |(channel, word): &(Channel, Word)| match word {
        Word::Given => Some((*channel, true)),
        Word::Withdrawn => Some((*channel, false)),
        Word::Held | Word::Released => None,
    };
    let of_owner = |owner: &CustomerId| {
        let owner = *owner;
        let said = heard.words.iter().filter_map(on_card);
        said.map(move |(channel, given)| (owner, channel, given))
    };
    let words: Vec<_> = owners.iter().flat_map(of_owner).collect();
    let said = CardSaid {
        org: heard.org,
        words: &words,
        purpose: heard.purpose,
        source: heard.source,
        at: heard.at,
        how: heard.how,
        replaces: Replaces::ByAuthority,
    };
    for (customer, given) in say(tx, &said).await? {
        audit(tx, heard, customer, given, now).await?;
    }
    // At once: claims and starts read the facts as they are.
    compute(tx, heard.org, &owners).await?;
    let mut fresh = fresh;
    fresh.sort_by_key(|f| heard.addresses.iter().position(|address| *address == f.address));
    Ok(fresh.into_iter().map(|f| f.id).collect())
}

/// Writes what was not heard yet into the ledger; nothing follows from it by itself.
pub(super) async fn write(tx: &mut Session, heard: &Heard<'_>, now: Timestamp) -> Result<Vec<Fresh>> {
    let rows = || {
        let of = |address| {
            heard
                .words
                .iter()
                .map(move |(channel, word)| (address, *channel, *word))
        };
        heard.addresses.iter().flat_map(of)
    };
    let table = Table::default()
        .texts("address", rows().map(|(address, ..)| address.as_str()))
        .ints("channel", rows().map(|(_, channel, _)| channel as i64))
        .ints("word", rows().map(|(.., word)| i64::from(word.code())));
    let text = "INSERT INTO consent_words (org_id, space, purpose, source, at, came_at, how, text_version, customer_id,
                    address, channel, word)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, r.address, r.channel, r.word FROM {rows}
                WHERE NOT EXISTS (SELECT 1 FROM consent_words w WHERE w.org_id = $1 AND w.space = $2
                    AND w.address = r.address AND w.channel = r.channel AND w.purpose = $3 AND w.word = r.word
                    AND w.at = $5 AND w.how = $7)
                RETURNING id, address, channel, word";
    let statement = sql(text)
        .int(i64::from(heard.org.0))
        .int(i64::from(heard.space.code()))
        .int(i64::from(heard.purpose.code()))
        .int(i64::from(heard.source.code()))
        .int(heard.at.0)
        .int(now.0)
        .text(heard.how)
        .text(heard.text_version)
        .int(heard.customer.map(|customer| customer.0))
        .rows(table);
    let rows = tx.fetch(statement).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok(Fresh {
                id: c.int("id")?,
                address: c.text("address")?,
                channel: c.int("channel")?,
                word: c.code("word", "word", Word::from_code)?,
            })
        })
        .collect()
}

async fn audit(tx: &mut Session, heard: &Heard<'_>, customer: CustomerId, given: bool, now: Timestamp) -> Result<()> {
    if !heard.source.is_own() {
        return Ok(());
    }
    let deed = Deed {
        org: heard.org,
        who: "guest",
        action: match (heard.purpose, given) {
            (Purpose::Notification, true) => "notifications.on",
            (Purpose::Notification, false) => "notifications.off",
            (_, true) => "consent.give",
            (_, false) => "consent.withdraw",
        },
        object: format!("customer {customer}"),
        detail: Some(heard.how),
        at: now,
    };
    log(tx, deed).await
}

/// What a stop covers in an organisation.
pub(crate) async fn covers(tx: &mut Session, org: OrgId) -> Result<StopCovers> {
    Ok(crate::guests::settings(tx, org).await?.stop_covers)
}
