//! What a page of planning writes of its guests: their messages, and how many get none.

use super::known::KnownRun;
use super::message_numbers;
use super::months;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{CopyRows, Row, Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use std::collections::{BTreeMap, HashSet};

/// A message about to be planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub customer: Option<CustomerId>,
    pub step: u16,
    pub kind: EndpointKind,
    pub endpoint: EndpointId,
}

/// Inserts messages to addresses that have none of this run yet; how many there were. The caller has the run's lock, so that
/// nobody else gives an address its message meanwhile.
pub(super) async fn insert_messages(
    tx: &mut Session,
    run: &KnownRun,
    era: Era,
    planned: &[Planned],
    batches: &[BatchId],
) -> Result<u64> {
    if planned.is_empty() {
        return Ok(0);
    }
    let keys = message_numbers::in_batches(tx, era, batches).await?;
    let rows = planned.iter().zip(batches).zip(keys);
    let mut rows: Vec<_> = rows.map(|((planned, batch), key)| (key, *batch, *planned)).collect();
    // Messages of one batch side by side, also where several batches are dealt to in turn.
    rows.sort_unstable_by_key(|(key, ..)| *key);
    match tx.dialect() {
        Dialect::Postgres => copy(tx, run, era, rows).await,
        Dialect::Sqlite => insert(tx, run, &rows).await,
    }
}

type NewMessage = (MessageKey, BatchId, Planned);

async fn copy(tx: &mut Session, run: &KnownRun, era: Era, mut rows: Vec<NewMessage>) -> Result<u64> {
    let part = months::part(Dialect::Postgres, "messages", era);
    let reached = reached(tx, run, &part, &rows).await?;
    rows.retain(|(_, _, planned)| !reached.contains(&planned.endpoint));
    let mut copied = CopyRows::new(9);
    for (key, batch, planned) in &rows {
        copied.row();
        copied.i64(key.0);
        copied.i32(run.org.0);
        copied.i64(run.id.0);
        copied.i64(batch.0);
        copied.optional(planned.customer.map(|c| c.0), CopyRows::i64);
        copied.i64(planned.endpoint.0);
        copied.i16(planned.step.cast_signed());
        copied.i16(MessageState::Pending.code());
        copied.flag(run.origin.is_once_per_address());
    }
    let text = format!("COPY {part} ({COLUMNS}) FROM STDIN (FORMAT BINARY)");
    tx.copy(copied, &text).await?;
    Ok(rows.len() as u64)
}

const COLUMNS: &str = "id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, once_per_address";

/// Which of these addresses have their message of the run, or had. Mostly none has, because no message of the run is to an address
/// between the first and the last of them, and none has left its address for a next step: then none is looked up by itself.
/// `OFFSET` makes PostgreSQL look up each; otherwise it might read all messages of the run, page after page.
async fn reached(tx: &mut Session, run: &KnownRun, part: &str, rows: &[NewMessage]) -> Result<HashSet<EndpointId>> {
    let address = "(CASE WHEN m.once_per_address THEN m.endpoint_id ELSE m.id END)";
    let text = format!(
        "WITH near AS MATERIALIZED (
             SELECT COALESCE((SELECT {address} FROM {part} m WHERE m.run_id = $1 AND {address} >= $2
                              ORDER BY m.run_id, {address} LIMIT 1) <= $3, FALSE) AS is_near,
                    (SELECT l.run_id FROM run_endpoints l WHERE l.run_id = $1 ORDER BY l.run_id, l.endpoint_id LIMIT 1) IS NOT NULL AS has_left)
         SELECT r.endpoint FROM {{rows}}
         WHERE (SELECT is_near FROM near) AND EXISTS (SELECT 1 FROM {part} m WHERE m.run_id = $1 AND {address} = r.endpoint LIMIT 1 OFFSET 0)
            OR (SELECT has_left FROM near) AND EXISTS (SELECT 1 FROM run_endpoints l
                                                   WHERE l.run_id = $1 AND l.endpoint_id = r.endpoint LIMIT 1 OFFSET 0)"
    );
    let addresses = || rows.iter().map(|(_, _, planned)| planned.endpoint.0);
    let table = Table::default().ints("endpoint", addresses());
    let statement = sql(text).int(run.id.0).int(addresses().min()).int(addresses().max());
    let found = tx.fetch(statement.rows(table)).await?;
    let endpoint = |row: &Row| row.columns().int("endpoint").map(EndpointId);
    found.iter().map(endpoint).collect()
}

async fn insert(tx: &mut Session, run: &KnownRun, rows: &[NewMessage]) -> Result<u64> {
    let table = Table::default()
        .ints("message", rows.iter().map(|(key, ..)| key.0))
        .ints("batch", rows.iter().map(|(_, batch, _)| batch.0))
        .ints("customer", rows.iter().map(|(_, _, p)| p.customer.map(|c| c.0)))
        .ints("endpoint", rows.iter().map(|(_, _, p)| p.endpoint.0))
        .ints("place", rows.iter().map(|(_, _, p)| i64::from(p.step)));
    let text = format!(
        "INSERT INTO messages ({COLUMNS})
         SELECT r.message, $1, $2, r.batch, r.customer, r.endpoint, r.place, $3, $4 FROM {{rows}}
         WHERE NOT EXISTS (SELECT 1 FROM run_endpoints l WHERE l.run_id = $2 AND l.endpoint_id = r.endpoint)
         ON CONFLICT (run_id, (CASE WHEN once_per_address THEN endpoint_id ELSE id END)) DO NOTHING"
    );
    let statement = sql(text)
        .int(i64::from(run.org.0))
        .int(run.id.0)
        .int(i64::from(MessageState::Pending.code()))
        .flag(run.origin.is_once_per_address())
        .rows(table);
    tx.execute(statement).await
}

pub(super) async fn count_excluded(tx: &mut Session, run: RunId, excluded: &BTreeMap<Exclusion, u64>) -> Result<()> {
    for (reason, guests) in excluded {
        let text = "INSERT INTO run_exclusions (run_id, reason, guests) VALUES ($1, $2, $3)
                    ON CONFLICT (run_id, reason) DO UPDATE SET guests = run_exclusions.guests + EXCLUDED.guests";
        let guests = i64::try_from(*guests).unwrap_or(i64::MAX);
        tx.execute(sql(text).int(run.0).int(i64::from(reason.code())).int(guests))
            .await?;
    }
    Ok(())
}
