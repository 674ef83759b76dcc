//! Countries that a sender may not send to, as its provider says. Messages to them move to another number of the pool
//! that may, or go on to their next step if none may; messages to other countries go out. A human who resumes the
//! sender opens them again.

use super::codes::MESSAGE_PENDING;
use super::months;
use crate::Result;
use crate::base::audit::{Deed, OURSELVES, log};
use crate::sql::{Session, Table, sql};
use bellhop_domain::phone::Region;
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A country that a sender may not send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedCountry {
    pub org: OrgId,
    pub sender: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub since: Timestamp,
    /// The provider's words.
    pub reason: String,
}

/// Stops the country of an address; a number of no country stops nothing.
pub(super) async fn stop(
    tx: &mut Session,
    (org, sender): (OrgId, &str),
    endpoint: EndpointId,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let row = tx
        .first(sql("SELECT address FROM endpoints WHERE id = $1").int(endpoint.0))
        .await?;
    let address = row.map(|row| row.columns().text("address")).transpose()?;
    let Some(region) = address.as_deref().and_then(Region::of) else {
        return Ok(());
    };
    let text = "INSERT INTO sender_countries (org_id, sender, country, since, reason) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (org_id, sender, country) DO NOTHING";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(sender)
        .text(region.code())
        .int(now.0)
        .text(reason);
    if tx.execute(statement).await? > 0 {
        let deed = Deed {
            org,
            who: OURSELVES,
            action: "sender.stop_country",
            object: format!("sender {sender}, country {}", region.code()),
            detail: Some(reason),
            at: now,
        };
        log(tx, deed).await?;
    }
    Ok(())
}

/// The countries of one sender.
pub(super) struct Stopped(HashSet<String>);

impl Stopped {
    pub fn none() -> Self {
        Self(HashSet::new())
    }

    /// Whether an address is in one of them. Only then are the world's numbering plans asked.
    pub fn has(&self, address: &str) -> bool {
        !self.0.is_empty() && Region::of(address).is_some_and(|region| self.0.contains(region.code()))
    }
}

pub(super) async fn of(tx: &mut Session, org: OrgId, sender: &str) -> Result<Stopped> {
    let text = "SELECT country FROM sender_countries WHERE org_id = $1 AND sender = $2";
    let rows = tx.fetch(sql(text).int(i64::from(org.0)).text(sender)).await?;
    let countries: Result<HashSet<String>> = rows.iter().map(|row| row.columns().text("country")).collect();
    countries.map(Stopped)
}

/// The other numbers of a pool, each with the countries that it may not send to.
pub(super) struct Elsewhere<'a>(Vec<(&'a str, Stopped)>);

impl<'a> Elsewhere<'a> {
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Those of these numbers that do not stand still.
    pub async fn of(tx: &mut Session, org: OrgId, others: &'a [String]) -> Result<Self> {
        let mut able = Vec::with_capacity(others.len());
        for sender in others {
            let paused = "SELECT 1 FROM sender_pauses WHERE org_id = $1 AND sender = $2";
            let paused = tx
                .first(sql(paused).int(i64::from(org.0)).text(sender.as_str()))
                .await?;
            if paused.is_none() {
                able.push((sender.as_str(), of(tx, org, sender).await?));
            }
        }
        Ok(Self(able))
    }

    /// One that may send to this address, each for its share of the messages.
    pub fn number(&self, address: &str, message: MessageId) -> Option<&'a str> {
        let able = self.0.iter().filter(|(_, stopped)| !stopped.has(address));
        let able: Vec<&str> = able.map(|(sender, _)| *sender).collect();
        let place = message.0.checked_rem(able.len() as u64)?;
        able.get(place as usize).copied()
    }
}

/// Moves messages out of a batch that the caller holds, each to a new batch of the same kind whose guests know that
/// number. No message moves for ever: the number that it moves to may send there, so it moves again only if that has
/// changed.
pub(super) async fn turn(tx: &mut Session, batch: BatchId, turned: &[(MessageId, &str)]) -> Result<()> {
    let numbers: BTreeSet<&str> = turned.iter().map(|(_, number)| *number).collect();
    let table = Table::default().texts("number", numbers.iter().map(|number| Some(*number)));
    let era = months::of_batch(batch);
    let text = format!(
        "INSERT INTO batches (id, org_id, run_id, lane, kind, number, zone, quiet_from, expires_at)
         SELECT {}, b.org_id, b.run_id, b.lane, b.kind, r.number, b.zone, b.quiet_from, b.expires_at
         FROM {{rows}} JOIN batches b ON b.id = $1
         RETURNING number, id",
        months::next_batch(tx.dialect(), &era.first_key().to_string())
    );
    let mut made = HashMap::new();
    for row in tx.fetch(sql(text).int(batch.0).rows(table)).await? {
        let c = row.columns();
        made.insert(c.text("number")?, c.int("id")?);
    }
    let table = Table::default()
        .messages("message", turned.iter().map(|(message, _)| *message))
        .ints("batch", turned.iter().map(|(_, number)| made.get(*number).copied()));
    let text = format!(
        "UPDATE messages SET batch_id = r.batch FROM {{rows}}
         WHERE id = r.message AND batch_id = $1 AND state = {MESSAGE_PENDING}{}",
        months::within(tx.dialect(), "id", era)
    );
    tx.execute(sql(text).int(batch.0).rows(table)).await?;
    Ok(())
}

/// Opens all countries of a sender; whether there was one.
pub(super) async fn open(tx: &mut Session, org: OrgId, sender: &str) -> Result<bool> {
    let text = "DELETE FROM sender_countries WHERE org_id = $1 AND sender = $2";
    Ok(tx.execute(sql(text).int(i64::from(org.0)).text(sender)).await? > 0)
}
