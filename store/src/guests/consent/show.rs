//! What people read of the ledger of consent.

use super::addresses;
use crate::Result;
use crate::base::codes::MARKETING;
use crate::guests::codes::HELD;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::{Channel, EndpointKind, OrgId, Purpose, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// A word of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When it was said, and when we heard of it.
    pub at: Timestamp,
    pub came_at: Timestamp,
    pub word: Word,
    /// What it is about: marketing, or notifications.
    pub purpose: Purpose,
    /// Absent: all that there were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    pub source: WordSource,
    pub how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_version: Option<String>,
    /// The address that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The card that it is about, by the brand's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
}

/// An answer that holds marketing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    pub address: String,
    pub channel: Channel,
    pub since: Timestamp,
    /// What made it doubtful.
    pub how: String,
    /// What the guest wrote, if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrote: Option<String>,
}

/// Every space that there is, once.
pub(super) fn spaces() -> BTreeSet<Space> {
    EndpointKind::ALL.into_iter().map(Space::of).collect()
}

pub(super) const COLUMNS: &str =
    "w.id, w.at, w.came_at, w.word, w.purpose, w.channel, w.source, w.how, w.text_version, w.address, c.external_id";

pub(super) fn said(row: &Row) -> Result<(i64, Said)> {
    let c = row.columns();
    let said = Said {
        at: Timestamp(c.int("at")?),
        came_at: Timestamp(c.int("came_at")?),
        word: c.code("word", "word", Word::from_code)?,
        purpose: c.code("purpose", "purpose", Purpose::from_code)?,
        channel: c.opt_code("channel", "channel", channel)?,
        source: c.code("source", "source of a word", WordSource::from_code)?,
        how: c.text("how")?,
        text_version: c.opt_text("text_version")?,
        address: c.opt_text("address")?,
        customer: c.opt_text("external_id")?,
    };
    Ok((c.int("id")?, said))
}

pub(super) fn channel(code: i16) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| *channel as i16 == code)
}

pub(super) async fn by_addresses(
    session: &mut Session,
    org: OrgId,
    space: Space,
    told: &[String],
    found: &mut Vec<(i64, Said)>,
) -> Result<()> {
    let person = addresses::of_person(session, org, space, told).await?;
    let table = Table::default().texts("address", person.iter().map(String::as_str));
    let text = format!(
        "SELECT {COLUMNS} FROM {{rows}}
         JOIN consent_words w ON w.org_id = $1 AND w.space = $2 AND w.address = r.address
         LEFT JOIN customers c ON c.id = w.customer_id"
    );
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(space.code())).rows(table);
    for row in session.fetch(statement).await? {
        found.push(said(&row)?);
    }
    Ok(())
}

pub(super) fn in_order(mut found: Vec<(i64, Said)>) -> Vec<Said> {
    found.sort_by_key(|(id, _)| *id);
    found.dedup_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, said)| said).collect()
}

/// A hold as it is in force.
pub(super) struct Hold {
    /// Of the word that holds; unknown if only what it came to is kept.
    pub id: Option<i64>,
    pub since: Timestamp,
}

/// The latest hold of one of a person's addresses on marketing by a channel.
pub(super) async fn hold(
    tx: &mut Session,
    org: OrgId,
    space: Space,
    person: &[String],
    channel: Channel,
) -> Result<Option<Hold>> {
    let table = Table::default().texts("address", person.iter().map(String::as_str));
    let text = format!(
        "SELECT s.held_at, (SELECT MIN(w.id) FROM consent_words w WHERE w.org_id = s.org_id AND w.space = s.space
                        AND w.address = s.address AND w.channel = s.channel AND w.purpose = s.purpose AND w.word = {HELD}
                        AND w.at = s.held_at) AS word
                FROM {{rows}} JOIN consent_stands s ON s.org_id = $1 AND s.space = $2
                    AND s.address = r.address AND s.channel = $3 AND s.purpose = {MARKETING} AND s.held
                ORDER BY s.held_at DESC, word LIMIT 1"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(space.code()))
        .int(channel as i64)
        .rows(table);
    let row = tx.first(statement).await?;
    let Some(row) = row else { return Ok(None) };
    let c = row.columns();
    Ok(Some(Hold {
        id: c.opt_int("word")?,
        since: Timestamp(c.int("held_at")?),
    }))
}
