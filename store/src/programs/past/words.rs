//! Every word of some guests: about their cards, and by their addresses.

use super::PastWord;
use super::grouped::{among, grouped};
use crate::Result;
use crate::guests::codes::space_of;
use crate::sql::{Row, Session, sql};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::*;
use std::collections::HashMap;

pub(super) async fn of(
    session: &mut Session,
    org: OrgId,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<PastWord>>> {
    let text = "SELECT w.customer_id, w.id, w.channel, w.purpose, w.word, w.source, w.at, w.came_at
                FROM {rows} JOIN consent_words w ON w.customer_id = r.guest WHERE w.address IS NULL";
    let mut all = grouped(session, sql(text).rows(among(customers)), |row| word(row, None)).await?;
    let space = space_of("e.kind");
    let text = format!(
        "SELECT DISTINCT l.customer_id, w.id, e.kind, w.address, w.channel, w.purpose, w.word, w.source, w.at, w.came_at
         FROM {{rows}} JOIN customer_endpoints l ON l.customer_id = r.guest JOIN endpoints e ON e.id = l.endpoint_id
         JOIN consent_words w ON w.org_id = $1 AND w.space = {space} AND w.address = e.address"
    );
    let statement = sql(text).int(i64::from(org.0)).rows(among(customers));
    let said = grouped(session, statement, |row| {
        let c = row.columns();
        let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
        word(row, Some((Space::of(kind), c.text("address")?)))
    })
    .await?;
    for (customer, words) in said {
        all.entry(customer).or_default().extend(words);
    }
    let in_order = |mut words: Vec<(i64, PastWord)>| {
        words.sort_by_key(|(id, _)| *id);
        // A phone and a WhatsApp number of one guest are one address, which has said it once.
        words.dedup_by_key(|(id, _)| *id);
        words.into_iter().map(|(_, word)| word).collect()
    };
    Ok(all
        .into_iter()
        .map(|(customer, words)| (customer, in_order(words)))
        .collect())
}

fn word(row: &Row, address: Option<(Space, String)>) -> Result<(i64, PastWord)> {
    let c = row.columns();
    let channel = |code: i16| Channel::ALL.into_iter().find(|it| *it as i16 == code);
    let word = PastWord {
        address,
        channel: c.opt_code("channel", "channel", channel)?,
        purpose: c.code("purpose", "purpose", Purpose::from_code)?,
        word: c.code("word", "word", Word::from_code)?,
        source: c.code("source", "source of a word", WordSource::from_code)?,
        at: Timestamp(c.int("at")?),
        came_at: Timestamp(c.int("came_at")?),
    };
    Ok((c.int("id")?, word))
}
