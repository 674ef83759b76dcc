//! What the words of an address come to, beside the words.

use super::heard::Heard;
use crate::sql::{Columns, Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::consent::{Space, Stand, Word};
use bellhop_domain::{Channel, OrgId, Purpose, Timestamp};
use std::collections::BTreeMap;

/// A word that was not known yet.
pub(super) struct Fresh {
    pub id: i64,
    pub address: String,
    pub channel: i64,
    pub word: Word,
}

/// [`Stand::hear`] in SQL: of two words the later one, and of two at the same instant the no.
const HEAR: &str =
    "INSERT INTO consent_stands (org_id, space, address, channel, purpose, said, said_at, held_at, released_at)
    SELECT $1, $2, r.address, r.channel, $3, r.said, r.said_at, r.held_at, r.released_at FROM {rows}
    WHERE TRUE ORDER BY r.address, r.channel
    ON CONFLICT (org_id, space, address, channel, purpose) DO UPDATE SET
        said = CASE WHEN excluded.said IS NOT NULL AND (consent_stands.said IS NULL
                OR excluded.said_at > consent_stands.said_at
                OR (excluded.said_at = consent_stands.said_at AND excluded.said > consent_stands.said))
            THEN excluded.said ELSE consent_stands.said END,
        said_at = CASE WHEN excluded.said IS NOT NULL AND (consent_stands.said IS NULL
                OR excluded.said_at > consent_stands.said_at
                OR (excluded.said_at = consent_stands.said_at AND excluded.said > consent_stands.said))
            THEN excluded.said_at ELSE consent_stands.said_at END,
        held_at = CASE WHEN excluded.held_at IS NOT NULL
                AND (consent_stands.held_at IS NULL OR excluded.held_at > consent_stands.held_at)
            THEN excluded.held_at ELSE consent_stands.held_at END,
        released_at = CASE WHEN excluded.released_at IS NOT NULL
                AND (consent_stands.released_at IS NULL OR excluded.released_at > consent_stands.released_at)
            THEN excluded.released_at ELSE consent_stands.released_at END";

pub(super) async fn hear(tx: &mut Session, heard: &Heard<'_>, fresh: &[Fresh]) -> Result<()> {
    let at = |wanted: fn(Word) -> bool| {
        let at = heard.at.0;
        fresh.iter().map(move |f| wanted(f.word).then_some(at))
    };
    let is_said = |word| matches!(word, Word::Given | Word::Withdrawn);
    let said = fresh
        .iter()
        .map(|f| is_said(f.word).then_some(i64::from(f.word.code())));
    let table = Table::default()
        .texts("address", fresh.iter().map(|f| f.address.as_str()))
        .ints("channel", fresh.iter().map(|f| f.channel))
        .ints("said", said)
        .ints("said_at", at(|word| matches!(word, Word::Given | Word::Withdrawn)))
        .ints("held_at", at(|word| word == Word::Held))
        .ints("released_at", at(|word| word == Word::Released));
    let statement = sql(HEAR)
        .int(i64::from(heard.org.0))
        .int(i64::from(heard.space.code()))
        .int(i64::from(heard.purpose.code()))
        .rows(table);
    tx.execute(statement).await?;
    Ok(())
}

/// A word of an address that counts.
pub(super) struct Counted {
    pub space: Space,
    pub address: String,
    pub channel: Channel,
    pub purpose: Purpose,
    pub word: Word,
    pub at: Timestamp,
}

/// Adds what these words come to, whatever their order. The caller computes the facts of whoever has the addresses.
pub(super) async fn count(tx: &mut Session, org: OrgId, words: Vec<Counted>) -> Result<()> {
    let mut stands: BTreeMap<(Space, i16), BTreeMap<(String, i64), Stand>> = BTreeMap::new();
    for it in words {
        let of_purpose = stands.entry((it.space, it.purpose.code())).or_default();
        let stand = of_purpose.entry((it.address, it.channel as i64)).or_default();
        *stand = stand.hear(it.word, it.at);
    }
    for ((space, purpose), all) in stands {
        let table = Table::default()
            .texts("address", all.keys().map(|(address, _)| address.as_str()))
            .ints("channel", all.keys().map(|(_, channel)| *channel))
            .ints(
                "said",
                all.values().map(|it| it.said.map(|(_, word)| i64::from(word.code()))),
            )
            .ints("said_at", all.values().map(|it| it.said.map(|(at, _)| at.0)))
            .ints("held_at", all.values().map(|it| it.held.map(|at| at.0)))
            .ints("released_at", all.values().map(|it| it.released.map(|at| at.0)));
        let statement = sql(HEAR)
            .int(i64::from(org.0))
            .int(i64::from(space.code()))
            .int(i64::from(purpose));
        tx.execute(statement.rows(table)).await?;
    }
    Ok(())
}

/// The columns of [`read`].
pub(super) const COLUMNS: &str = "s.said, s.said_at, s.held_at, s.released_at";

pub(super) fn read(c: &Columns<'_>) -> Result<Stand> {
    let said = c.opt_code("said", "word", Word::from_code)?;
    let at = |name| Ok::<_, StoreError>(c.opt_int(name)?.map(Timestamp));
    Ok(Stand {
        said: at("said_at")?.zip(said),
        held: at("held_at")?,
        released: at("released_at")?,
    })
}
