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
    let guests = |planned: &[Planned]| -> Vec<CustomerId> { planned.iter().filter_map(|it| it.customer).collect() };
    let (after, before) = (run.start_at.minus(rest), run.start_at);
    let resting = resting(tx, run.mailing, &guests(&planned), after, before).await?;
    let before = planned.len();
    planned.retain(|it| it.customer.is_none_or(|customer| !resting.contains(&customer)));
    if planned.len() < before {
        *excluded.entry(Exclusion::Resting).or_default() += (before - planned.len()) as u64;
    }
    let text = "INSERT INTO rested (mailing_id, customer_id, at) SELECT $1, r.customer, $2 FROM {rows} WHERE TRUE
                ON CONFLICT (mailing_id, customer_id) DO UPDATE SET at = EXCLUDED.at";
    let statement = sql(text)
        .int(run.mailing.0)
        .int(run.start_at.0)
        .rows(table(&guests(&planned)));
    tx.execute(statement).await?;
    Ok(planned)
}

/// For whom of these a mailing was planned for a start between two instants, both excluded.
pub(super) async fn resting(
    session: &mut Session,
    mailing: MailingId,
    customers: &[CustomerId],
    after: Timestamp,
    before: Timestamp,
) -> Result<HashSet<CustomerId>> {
    let text = "SELECT d.customer_id FROM {rows} JOIN rested d ON d.customer_id = r.customer
                WHERE d.mailing_id = $1 AND d.at > $2 AND d.at < $3";
    let statement = sql(text).int(mailing.0).int(after.0).int(before.0);
    let rows = session.fetch(statement.rows(table(customers))).await?;
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
        .collect()
}

fn table(customers: &[CustomerId]) -> Table<'static> {
    Table::default().ints("customer", customers.iter().map(|it| it.0))
}
