//! Countries that a sender may not send to, by its provider's word: its messages to them go on to their next step, those
//! to other countries go out. A human who resumes the sender opens them again.

use super::commands::{Deed, log};
use super::senders::OURSELVES;
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::phone::Region;
use bellhop_domain::*;
use std::collections::HashSet;

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
    let address = row.map(|row| row.cells().text()).transpose()?;
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
    let countries: Result<HashSet<String>> = rows.iter().map(|row| row.cells().text()).collect();
    countries.map(Stopped)
}

/// Opens all countries of a sender; whether there was one.
pub(super) async fn open(tx: &mut Session, org: OrgId, sender: &str) -> Result<bool> {
    let text = "DELETE FROM sender_countries WHERE org_id = $1 AND sender = $2";
    Ok(tx.execute(sql(text).int(i64::from(org.0)).text(sender)).await? > 0)
}

pub(super) async fn all(db: &Db) -> Result<Vec<StoppedCountry>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT org_id, sender, country, since, reason FROM sender_countries ORDER BY org_id, sender, country";
    let rows = session.fetch(sql(text)).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok(StoppedCountry {
                org: OrgId(c.int()? as i32),
                sender: c.text()?,
                country: c.text()?,
                since: Timestamp(c.int()?),
                reason: c.text()?,
            })
        })
        .collect()
}
