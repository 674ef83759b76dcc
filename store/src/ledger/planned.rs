//! What a page of planning writes of its guests: their messages, and how many get none.

use super::known::KnownRun;
use super::message_numbers;
use super::months;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use std::collections::BTreeMap;

/// A message about to be planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub customer: Option<CustomerId>,
    pub step: u16,
    pub kind: EndpointKind,
    pub endpoint: EndpointId,
}

/// Inserts messages to addresses that have none of this run yet; how many there were.
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
    let keys = message_numbers::draw(tx, era, planned.len()).await?;
    let table = Table::default()
        .ints("message", keys.iter().map(|key| key.0))
        .ints("batch", batches.iter().map(|b| b.0))
        .ints("customer", planned.iter().map(|p| p.customer.map(|c| c.0)))
        .ints("endpoint", planned.iter().map(|p| p.endpoint.0))
        .ints("place", planned.iter().map(|p| i64::from(p.step)))
        .folded();
    let text = format!(
        "INSERT INTO {} (id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, once_per_address)
         SELECT r.message, $1, $2, r.batch, r.customer, r.endpoint, r.place, $3, $4 FROM {{rows}}
         WHERE NOT EXISTS (SELECT 1 FROM run_endpoints l WHERE l.run_id = $2 AND l.endpoint_id = r.endpoint)
         ON CONFLICT (run_id, (CASE WHEN once_per_address THEN endpoint_id ELSE id END)) DO NOTHING",
        months::part(tx.dialect(), "messages", era)
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
