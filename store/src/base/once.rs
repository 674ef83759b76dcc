//! What is made once, however often it is asked for: the caller gives the request a key of its own.

use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, Timestamp};
use std::time::Duration;

/// A repeat is recognised for at least this long.
const KEPT: Duration = Duration::from_secs(3 * 24 * 3600);

/// A request that may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once<'a> {
    /// The caller's own key of it.
    pub key: &'a str,
    /// A digest of what is asked for. The same key for anything else is a conflict.
    pub request: &'a str,
}

/// The number of what was made for this request.
pub(crate) async fn made(session: &mut Session, org: OrgId, once: &Once<'_>) -> Result<Option<i64>> {
    let text = "SELECT request, made FROM made_once WHERE org_id = $1 AND key = $2";
    let row = session.first(sql(text).int(i64::from(org.0)).text(once.key)).await?;
    let Some(row) = row else { return Ok(None) };
    let c = row.columns();
    if c.text("request")? != once.request {
        let key = once.key.to_owned();
        return Err(StoreError::Conflict(Why::IdempotencyKeyTaken { key }));
    }
    Ok(Some(c.int("made")?))
}

/// Keeps what was made, and forgets what has had its time. Of two requests at once the second meets the first one's key,
/// and is to be tried again.
pub(crate) async fn keep(tx: &mut Session, org: OrgId, once: &Once<'_>, made: i64, now: Timestamp) -> Result<()> {
    let text = "INSERT INTO made_once (org_id, key, request, made, at) VALUES ($1, $2, $3, $4, $5)";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(once.key)
        .text(once.request)
        .int(made)
        .int(now.0);
    tx.execute(statement).await?;
    let text = "DELETE FROM made_once WHERE org_id = $1 AND at < $2";
    tx.execute(sql(text).int(i64::from(org.0)).int(now.minus(KEPT).0))
        .await?;
    Ok(())
}
