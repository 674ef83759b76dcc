//! One guest's address with one of our senders.

use super::Source;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::{EndpointId, Timestamp};

/// `last_inbound_at` of a conversation in which no guest has written a message: no window is open.
const NEVER: i64 = 0;

pub(super) struct Converse<'a> {
    pub endpoint: EndpointId,
    /// The profile's name.
    pub name: Option<&'a str>,
    pub at: Timestamp,
    pub opens_window: bool,
}

/// The conversation, begun if there is none.
pub(super) async fn with(tx: &mut Session, source: &Source<'_>, it: &Converse<'_>) -> Result<i64> {
    let text = "INSERT INTO conversations (org_id, sender, endpoint_id, name, last_inbound_at, started_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (endpoint_id, sender) DO UPDATE SET name = COALESCE(excluded.name, conversations.name),
                    last_inbound_at = CASE WHEN conversations.last_inbound_at < excluded.last_inbound_at
                        THEN excluded.last_inbound_at ELSE conversations.last_inbound_at END
                RETURNING id";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(it.endpoint.0)
        .text(it.name)
        .int(if it.opens_window { it.at.0 } else { NEVER })
        .int(it.at.0);
    let row = tx.first(statement).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    row.columns().int("id")
}

/// Merges the conversations of other addresses into that of this address. If it is a new number, no window is open
/// there.
pub(super) async fn move_to(tx: &mut Session, from: &[EndpointId], to: EndpointId, keeps_window: bool) -> Result<()> {
    let table = Table::default().ints("endpoint", from.iter().map(|endpoint| endpoint.0));
    let text = "SELECT v.id, v.org_id, v.sender, v.name, v.last_inbound_at, v.started_at FROM {rows}
                JOIN conversations v ON v.endpoint_id = r.endpoint ORDER BY v.id";
    for row in tx.fetch(sql(text).rows(table)).await? {
        let c = row.columns();
        let (old, org, sender, name) = (c.int("id")?, c.int("org_id")?, c.text("sender")?, c.opt_text("name")?);
        let (last, started) = (c.int("last_inbound_at")?, c.int("started_at")?);
        let text = "INSERT INTO conversations (org_id, sender, endpoint_id, name, last_inbound_at, started_at)
                    VALUES ($1, $2, $3, $4, $5, $6)
                    ON CONFLICT (endpoint_id, sender) DO UPDATE SET name = COALESCE(conversations.name, excluded.name),
                        last_inbound_at = CASE WHEN conversations.last_inbound_at < excluded.last_inbound_at
                            THEN excluded.last_inbound_at ELSE conversations.last_inbound_at END
                    RETURNING id";
        let statement = sql(text)
            .int(org)
            .text(sender.as_str())
            .int(to.0)
            .text(name.as_deref())
            .int(if keeps_window { last } else { NEVER })
            .int(started);
        let row = tx.first(statement).await?;
        let new = row.ok_or(sqlx::Error::RowNotFound)?.columns().int("id")?;
        let text = "UPDATE inbound_messages SET conversation_id = $2 WHERE conversation_id = $1";
        tx.execute(sql(text).int(old).int(new)).await?;
        tx.execute(sql("DELETE FROM conversations WHERE id = $1").int(old))
            .await?;
    }
    Ok(())
}
