//! Messages held back by a limit that depends on whom they are for (PRODUCT.md §8), which are put back without an
//! attempt; and what such a limiter is told when it has lost its past.

use super::installation::{IS_THE_TASKS, with_task};
use super::types::{Deferred, TaskOf};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::*;
use std::time::Duration;

/// Why a message waits that its portfolio's ceiling holds back.
pub const HELD_BY_QUOTA: &str = "held by a quota";
/// Why a message waits that follows another one to the same guest.
pub const HELD_BY_PAIR: &str = "another message to this guest has just left the same number";

/// The guest's window is taken for closed so long before it closes: clocks differ.
const CLOCKS: Duration = Duration::from_secs(60);

/// Puts pending messages of a leased batch back; a lease that is lost changes nothing.
pub(super) async fn defer(db: &Db, batch: BatchId, lease: i64, deferred: &[Deferred]) -> Result<()> {
    if deferred.is_empty() {
        return Ok(());
    }
    let mut tx = Session::begin(db).await?;
    let text = "SELECT id FROM batches WHERE id = $1 AND lease = $2 AND lease_until IS NOT NULL {lock}";
    let held = sql(text).int(batch.0).int(lease).lock("FOR NO KEY UPDATE");
    if tx.first(held).await?.is_none() {
        return Ok(());
    }
    let table = Table::default()
        .ints("message", deferred.iter().map(|it| it.message.to_sql()))
        .ints("due", deferred.iter().map(|it| it.until.0))
        .texts("why", deferred.iter().map(|it| Some(it.reason)));
    let text = "UPDATE messages SET state = $2, waiting_for = $3, due_at = r.due, reason = r.why
                FROM {rows} WHERE id = r.message AND batch_id = $1 AND messages.state = 1";
    let statement = sql(text)
        .int(batch.0)
        .int(i64::from(MessageState::Waiting.code()))
        .int(i64::from(WaitingFor::Retry.code()))
        .rows(table);
    tx.execute(statement).await?;
    tx.commit().await
}

/// Hands a batch that nobody has leased back to the dispatchers, until `until`; the quota has room at `free_at`.
pub(super) async fn hold(db: &Db, of: &TaskOf, until: Timestamp, free_at: Timestamp) -> Result<()> {
    let mut tx = Session::autocommit(db).await?;
    let text = format!(
        "UPDATE batches SET published_at = NULL, held_until = $7, quota_until = $8
         WHERE {IS_THE_TASKS} AND done_at IS NULL AND lease_until IS NULL"
    );
    let installation = of.installation.to_string();
    let statement = with_task(sql(text), of, &installation);
    tx.execute(statement.int(until.0).int(free_at.0)).await?;
    tx.commit().await
}

/// To whom a sender's messages went since `since`, each address with its latest.
///
/// With a `window`, only messages that a portfolio's ceiling counts: not those that the provider refused at once, nor
/// those that went out while the guest's window was surely open. A guest who has written again since is counted,
/// because it is not known when they had written before.
pub(super) async fn recent_people(
    db: &Db,
    (org, sender): (OrgId, &str),
    since: Timestamp,
    window: Option<Duration>,
) -> Result<Vec<(String, Timestamp)>> {
    let counted = "AND NOT (a.state IN (3, 4, 6) AND a.provider_id IS NULL)
                   AND NOT EXISTS (SELECT 1 FROM conversations v WHERE v.endpoint_id = a.endpoint_id AND v.sender = a.sender
                                   AND v.last_inbound_at <= a.started_at AND a.started_at < v.last_inbound_at + $4)";
    let text = format!(
        "SELECT e.address, MAX(a.started_at) FROM attempts a JOIN endpoints e ON e.id = a.endpoint_id
         WHERE a.org_id = $1 AND a.sender = $2 AND a.started_at >= $3 AND a.kind >= 4 {}
         GROUP BY e.address",
        window.map_or("", |_| counted)
    );
    let mut statement = sql(text).int(i64::from(org.0)).text(sender).int(since.0);
    if let Some(window) = window {
        statement = statement.int(window.saturating_sub(CLOCKS).as_millis() as i64);
    }
    let mut session = Session::read(db).await?;
    let rows = session.fetch(statement).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok((c.text()?, Timestamp(c.int()?)))
        })
        .collect()
}
