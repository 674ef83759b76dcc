//! What people read of the ledger of consent.

use super::addresses;
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::{Channel, EndpointKind, OrgId, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// A word of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When it was said, and when we heard of it.
    pub at: Timestamp,
    pub came_at: Timestamp,
    pub word: Word,
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

const COLUMNS: &str =
    "w.id, w.at, w.came_at, w.word, w.channel, w.source, w.how, w.text_version, w.address, c.external_id";

fn said(row: &Row) -> Result<(i64, Said)> {
    let mut c = row.cells();
    let id = c.int()?;
    let said = Said {
        at: Timestamp(c.int()?),
        came_at: Timestamp(c.int()?),
        word: c.code("word", Word::from_code)?,
        channel: c.opt_code("channel", channel)?,
        source: c.code("source of a word", WordSource::from_code)?,
        how: c.text()?,
        text_version: c.opt_text()?,
        address: c.opt_text()?,
        customer: c.opt_text()?,
    };
    Ok((id, said))
}

fn channel(code: i16) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| *channel as i16 == code)
}

async fn by_addresses(
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

fn in_order(mut found: Vec<(i64, Said)>) -> Vec<Said> {
    found.sort_by_key(|(id, _)| *id);
    found.dedup_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, said)| said).collect()
}

pub(super) async fn of_addresses(db: &Db, org: OrgId, told: &[String]) -> Result<Vec<Said>> {
    let mut session = Session::read(db).await?;
    let mut found = Vec::new();
    for space in spaces() {
        by_addresses(&mut session, org, space, told, &mut found).await?;
    }
    Ok(in_order(found))
}

pub(super) async fn of_customer(db: &Db, org: OrgId, customer: &str) -> Result<Vec<Said>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT id FROM customers WHERE org_id = $1 AND external_id = $2";
    let row = session.first(sql(text).int(i64::from(org.0)).text(customer)).await?;
    let id = row
        .ok_or_else(|| StoreError::NotFound {
            what: "customer",
            id: customer.to_owned(),
        })?
        .cells()
        .int()?;
    let text = format!(
        "SELECT {COLUMNS} FROM consent_words w JOIN customers c ON c.id = w.customer_id WHERE w.customer_id = $1"
    );
    let rows = session.fetch(sql(text).int(id)).await?;
    let mut found = rows.iter().map(said).collect::<Result<Vec<_>>>()?;
    let text = "SELECT e.kind, e.address FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
                WHERE l.customer_id = $1";
    for row in session.fetch(sql(text).int(id)).await? {
        let mut c = row.cells();
        let space = Space::of(c.code("endpoint kind", EndpointKind::from_code)?);
        by_addresses(&mut session, org, space, &[c.text()?], &mut found).await?;
    }
    Ok(in_order(found))
}

/// Since when one of a person's addresses holds marketing on a channel.
pub(super) async fn held_since(
    tx: &mut Session,
    org: OrgId,
    space: Space,
    person: &[String],
    channel: Channel,
) -> Result<Option<Timestamp>> {
    let table = Table::default().texts("address", person.iter().map(String::as_str));
    let text = "SELECT MAX(s.held_at) FROM {rows} JOIN consent_stands s ON s.org_id = $1 AND s.space = $2
                    AND s.address = r.address AND s.channel = $3 AND s.purpose = 1 AND s.held";
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(space.code()))
        .int(channel as i64)
        .rows(table);
    let row = tx.first(statement).await?;
    let since = row.map(|row| row.cells().opt_int()).transpose()?.flatten();
    Ok(since.map(Timestamp))
}

/// All addresses of a person are held; the one that they wrote from stands for all.
pub(super) async fn held(db: &Db, org: OrgId) -> Result<Vec<Held>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT space, channel, address, held_at, how, wrote FROM (
                    SELECT s.space, s.channel, s.address, s.held_at,
                        (SELECT w.how FROM consent_words w WHERE w.org_id = s.org_id AND w.space = s.space
                            AND w.address = s.address AND w.channel = s.channel AND w.word = 3 AND w.at = s.held_at
                            ORDER BY w.id DESC LIMIT 1) AS how,
                        (SELECT m.words FROM endpoints e JOIN conversations v ON v.endpoint_id = e.id
                            JOIN inbound_messages m ON m.conversation_id = v.id
                            WHERE e.org_id = s.org_id AND e.address = s.address AND m.at = s.held_at
                            ORDER BY m.id DESC LIMIT 1) AS wrote
                    FROM consent_stands s WHERE s.org_id = $1 AND s.held AND s.purpose = 1) AS h
                ORDER BY held_at, wrote IS NULL, address, channel";
    let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
    let mut seen: BTreeSet<(Space, i16, String)> = BTreeSet::new();
    let mut held = Vec::new();
    for row in &rows {
        let mut c = row.cells();
        let space = Space::of(c.code("endpoint kind", EndpointKind::from_code)?);
        let channel = c.code("channel", channel)?;
        let (address, since) = (c.text()?, Timestamp(c.int()?));
        if !seen.insert((space, channel as i16, address.clone())) {
            continue;
        }
        let told = [address.clone()];
        for other in addresses::of_person(&mut session, org, space, &told).await? {
            seen.insert((space, channel as i16, other));
        }
        held.push(Held {
            address,
            channel,
            since,
            how: c.opt_text()?.unwrap_or_default(),
            wrote: c.opt_text()?,
        });
    }
    Ok(held)
}
