//! Carries what was said by one address over to other addresses of the same person.

use super::hear::{Heard, hear};
use super::stands::{self, COLUMNS};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{Space, Stand, Word, WordSource};
use bellhop_domain::{Channel, OrgId, Purpose, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A no, or what may have been one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    pub channel: Channel,
    pub word: Word,
    pub at: Timestamp,
}

impl Stop {
    fn of(channel: Channel, stand: &Stand) -> Option<Self> {
        let no = stand.said.filter(|(_, word)| *word == Word::Withdrawn);
        let held = stand.held.filter(|_| stand.is_held()).map(|at| (at, Word::Held));
        let (at, word) = no.or(held)?;
        Some(Stop { channel, word, at })
    }
}

/// A stop of one of a person's addresses, and the others of theirs that it has yet to stop.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unheard {
    purpose: Purpose,
    stop: Stop,
    by: Vec<String>,
}

/// What stops marketing to one of these addresses.
pub(crate) async fn stops(tx: &mut Session, org: OrgId, space: Space, addresses: &[String]) -> Result<Vec<Stop>> {
    let stands = all(tx, org, space, addresses, Purpose::Marketing).await?;
    let stops = stands
        .iter()
        .filter_map(|((_, channel), stand)| Stop::of(*channel, stand));
    Ok(stops.collect())
}

/// What stops one of a person's addresses, and not the others: nobody knew that they are one person's when it was said.
pub(crate) async fn unheard(tx: &mut Session, org: OrgId, space: Space, person: &[String]) -> Result<Vec<Unheard>> {
    if person.len() < 2 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for purpose in Purpose::ALL.into_iter().filter(|purpose| purpose.is_spoken_of()) {
        let stands = all(tx, org, space, person, purpose).await?;
        found.extend(unheard_of(&stands, person, purpose));
    }
    Ok(found)
}

/// Makes the stops stand for the person's other addresses too. The caller holds the [lock](super::lock) of words.
pub(crate) async fn over(
    tx: &mut Session,
    org: OrgId,
    space: Space,
    unheard: &[Unheard],
    now: Timestamp,
) -> Result<()> {
    for Unheard { purpose, stop, by } in unheard {
        let heard = Heard {
            org,
            space,
            addresses: by,
            words: vec![(stop.channel, stop.word)],
            purpose: *purpose,
            source: WordSource::Provider,
            at: stop.at,
            how: "said by another address of the same guest",
            text_version: None,
            customer: None,
        };
        hear(tx, &heard, now).await?;
    }
    Ok(())
}

type Stands = BTreeMap<(String, Channel), Stand>;

async fn all(tx: &mut Session, org: OrgId, space: Space, addresses: &[String], purpose: Purpose) -> Result<Stands> {
    let table = Table::default().texts("address", addresses.iter().map(String::as_str));
    let text = format!(
        "SELECT s.address, s.channel, {COLUMNS} FROM {{rows}} JOIN consent_stands s ON s.org_id = $1 AND s.space = $2
             AND s.address = r.address AND s.purpose = $3 ORDER BY s.address, s.channel"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(space.code()))
        .int(i64::from(purpose.code()))
        .rows(table);
    let mut all = Stands::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let (address, number) = (c.text("address")?, c.int("channel")?);
        let channel = Channel::ALL.into_iter().find(|channel| *channel as i64 == number);
        let stand = stands::read(&c)?;
        if let Some(channel) = channel {
            all.insert((address, channel), stand);
        }
    }
    Ok(all)
}

/// A later word of an address itself outlives a stop of another.
fn unheard_of(stands: &Stands, person: &[String], purpose: Purpose) -> Vec<Unheard> {
    let mut stops: Vec<Stop> = stands
        .iter()
        .filter_map(|((_, channel), stand)| Stop::of(*channel, stand))
        .collect();
    stops.sort_by_key(|stop| (stop.channel, stop.word.code(), Reverse(stop.at)));
    // The latest of a kind says what the others say.
    stops.dedup_by_key(|stop| (stop.channel, stop.word));
    let would_stop = |stop: &Stop, address: &String| {
        let stand = stands
            .get(&(address.clone(), stop.channel))
            .copied()
            .unwrap_or_default();
        let heard = stand.hear(stop.word, stop.at);
        heard != stand && heard.stops()
    };
    let each = stops.into_iter().map(|stop| Unheard {
        by: person
            .iter()
            .filter(|address| would_stop(&stop, address))
            .cloned()
            .collect(),
        stop,
        purpose,
    });
    each.filter(|unheard| !unheard.by.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the phone has yet to hear when the hidden id and the phone stand so, and the other way about.
    #[test]
    fn a_stop_is_missing_where_nothing_later_was_said() {
        let given = |at| Stand::default().hear(Word::Given, Timestamp(at));
        let no = |at| Stand::default().hear(Word::Withdrawn, Timestamp(at));
        let held = |at| Stand::default().hear(Word::Held, Timestamp(at));
        let none = Stand::default();
        let released = |at| held(at).hear(Word::Released, Timestamp(at));
        for (hidden, phone, expected) in [
            (none, none, vec![]),
            (given(1), none, vec![]),
            (no(1), none, vec![(Word::Withdrawn, 1, "phone")]),
            (none, no(1), vec![(Word::Withdrawn, 1, "hidden")]),
            (held(1), none, vec![(Word::Held, 1, "phone")]),
            (released(1), none, vec![]),
            (no(2), given(1), vec![(Word::Withdrawn, 2, "phone")]),
            (no(2), given(2), vec![(Word::Withdrawn, 2, "phone")]),
            (no(1), given(2), vec![]),
            (held(1), given(2), vec![]),
            (no(1), no(1), vec![]),
            (no(1), no(2), vec![(Word::Withdrawn, 2, "hidden")]),
            (no(1), held(1).hear(Word::Withdrawn, Timestamp(1)), vec![]),
        ] {
            let person = ["hidden".to_owned(), "phone".to_owned()];
            let of = |address: &String, stand| ((address.clone(), Channel::WhatsApp), stand);
            let stands = Stands::from([of(&person[0], hidden), of(&person[1], phone)]);
            let found: Vec<_> = unheard_of(&stands, &person, Purpose::Marketing)
                .into_iter()
                .map(|it| (it.stop.word, it.stop.at.0, it.by.join(" ")))
                .collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(word, at, by)| (word, at, by.to_owned()))
                .collect();
            assert_eq!(found, expected, "{hidden:?} {phone:?}");
        }
    }
}
