//! Guests who have had a recurring mailing lately are left alone for a while (PRODUCT.md §5).

use super::known::KnownRun;
use super::planned::Planned;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::*;
use std::collections::{BTreeMap, HashSet};

/// Leaves out those who rest, and notes the others. It counts from start to start, so that a plan that takes long, or begins
/// late, leaves nobody out of the next run.
pub(super) async fn leave_alone(
    tx: &mut Session,
    run: &KnownRun,
    mut planned: Vec<Planned>,
    excluded: &mut BTreeMap<Exclusion, u64>,
) -> Result<Vec<Planned>> {
    let Some(rest) = run.rest else {
        return Ok(planned);
    };
    let rows = |planned: &[Planned]| {
        let customers: Vec<i64> = planned.iter().filter_map(|it| it.customer).map(|it| it.0).collect();
        Table::default().ints("customer", customers)
    };
    let text = "SELECT d.customer_id FROM {rows} JOIN rested d ON d.customer_id = r.customer
                WHERE d.mailing_id = $1 AND d.at > $2 AND d.at < $3";
    let statement = sql(text)
        .int(run.mailing.0)
        .int(run.start_at.minus(rest).0)
        .int(run.start_at.0)
        .rows(rows(&planned));
    let mut resting = HashSet::new();
    for row in tx.fetch(statement).await? {
        resting.insert(CustomerId(row.columns().int("customer_id")?));
    }
    let before = planned.len();
    planned.retain(|it| it.customer.is_none_or(|customer| !resting.contains(&customer)));
    if planned.len() < before {
        *excluded.entry(Exclusion::Resting).or_default() += (before - planned.len()) as u64;
    }
    let text = "INSERT INTO rested (mailing_id, customer_id, at) SELECT $1, r.customer, $2 FROM {rows} WHERE TRUE
                ON CONFLICT (mailing_id, customer_id) DO UPDATE SET at = EXCLUDED.at";
    let statement = sql(text).int(run.mailing.0).int(run.start_at.0).rows(rows(&planned));
    tx.execute(statement).await?;
    Ok(planned)
}
