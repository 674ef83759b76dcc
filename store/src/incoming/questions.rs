//! Asking a guest back what they meant, once for each hold: written here, asked by the dispatcher.

use super::Source;
use crate::Result;
use crate::consent::addresses;
use crate::sql::{Session, Table, sql};
use bellhop_domain::Timestamp;
use bellhop_domain::consent::Space;

/// Whether a guest behind these addresses gets marketing on the channel: else nothing stops, and nobody is asked. Of a
/// second doubtful answer it says no, as the first has stopped it.
pub(super) async fn is_worth_asking(tx: &mut Session, source: &Source<'_>, person: &[String]) -> Result<bool> {
    let owners = addresses::owners(tx, source.org, Space::of(source.kind), person).await?;
    let table = Table::default().ints("customer", owners.iter().map(|customer| customer.0));
    let text = "SELECT 1 FROM {rows} JOIN customer_facts f ON f.customer_id = r.customer
                WHERE NOT f.blacklisted AND (f.consent_mask & $1) <> 0 LIMIT 1";
    let statement = sql(text).int(source.kind.channel().bit()).rows(table);
    Ok(tx.first(statement).await?.is_some())
}

pub(super) async fn write(
    tx: &mut Session,
    source: &Source<'_>,
    hold: i64,
    address: &str,
    now: Timestamp,
) -> Result<()> {
    let text = "INSERT INTO consent_questions (word_id, org_id, sender, kind, address, at)
                VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (word_id) DO NOTHING";
    let statement = sql(text)
        .int(hold)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(i64::from(source.kind.code()))
        .text(address)
        .int(now.0);
    tx.execute(statement).await?;
    Ok(())
}
