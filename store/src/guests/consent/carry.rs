//! Carries what was said by one address over to another address of the same person.

use super::stands::{self, COLUMNS};
use crate::Result;
use crate::base::codes::MARKETING;
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{Space, Word};
use bellhop_domain::{Channel, OrgId, Timestamp};

/// A no, or what may have been one.
pub(crate) struct Stop {
    pub channel: Channel,
    pub word: Word,
    pub at: Timestamp,
}

/// What stops marketing to one of these addresses.
pub(crate) async fn stops(tx: &mut Session, org: OrgId, space: Space, addresses: &[String]) -> Result<Vec<Stop>> {
    let table = Table::default().texts("address", addresses.iter().map(String::as_str));
    let text = format!(
        "SELECT s.channel, {COLUMNS} FROM {{rows}} JOIN consent_stands s ON s.org_id = $1 AND s.space = $2
             AND s.address = r.address AND s.purpose = {MARKETING} AND s.stops ORDER BY s.address, s.channel"
    );
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(space.code())).rows(table);
    let mut stops = Vec::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let number = c.int("channel")?;
        let channel = Channel::ALL.into_iter().find(|channel| *channel as i64 == number);
        let stand = stands::read(&c)?;
        let held = stand.held.filter(|_| stand.is_held()).map(|at| (at, Word::Held));
        let no = stand.said.filter(|(_, word)| *word == Word::Withdrawn);
        if let (Some(channel), Some((at, word))) = (channel, no.or(held)) {
            stops.push(Stop { channel, word, at });
        }
    }
    Ok(stops)
}
