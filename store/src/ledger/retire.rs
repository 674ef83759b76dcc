//! Retiring dead addresses.

use super::codes::ENDPOINT_DEAD;
use super::types::Recorded;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::*;

/// Retires what the outcomes say is gone.
pub(super) async fn endpoints(tx: &mut Session, outcomes: &[Recorded]) -> Result<()> {
    let mut gone: Vec<_> = outcomes
        .iter()
        .filter_map(|o| {
            let why = o.reason.as_deref().unwrap_or("gone");
            o.retire.map(|since| (o.endpoint, since, why))
        })
        .collect();
    gone.sort_by_key(|(endpoint, ..)| *endpoint);
    gone.dedup_by_key(|(endpoint, ..)| *endpoint);
    for (endpoint, since, why) in gone {
        one(tx, endpoint, since, why).await?;
    }
    Ok(())
}

/// Retires an address, unless it was registered again since, and marks its guests' facts as stale. Addresses are few
/// here and come in the order of their ids, so that two records cannot wait for each other.
pub(super) async fn one(tx: &mut Session, endpoint: EndpointId, since: Timestamp, why: &str) -> Result<()> {
    let text = format!(
        "UPDATE endpoints SET state = {ENDPOINT_DEAD}, state_since = $2, reason = $3
         WHERE id = $1 AND state <> {ENDPOINT_DEAD} AND registered_at <= $2"
    );
    let retired = tx.execute(sql(text).int(endpoint.0).int(since.0).text(why)).await?;
    if retired > 0 {
        let text = "INSERT INTO stale_customers (customer_id, org_id)
                    SELECT ce.customer_id, e.org_id FROM customer_endpoints ce JOIN endpoints e ON e.id = ce.endpoint_id
                    WHERE ce.endpoint_id = $1 ORDER BY ce.customer_id
                    -- The update takes the lock of a mark that was there: no settling passes this change by.
                    ON CONFLICT (customer_id) DO UPDATE SET org_id = excluded.org_id";
        tx.execute(sql(text).int(endpoint.0)).await?;
    }
    Ok(())
}
