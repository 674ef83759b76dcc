//! Looking at guests: what all rules say of them now is written, and when they are looked at next.

use super::{history, reading, writing};
use crate::Result;
use crate::sql::{Session, Sql, Table, sql};
use bellhop_domain::tag_rule::{Judged, judge};
use bellhop_domain::{CustomerId, OrgId, TagRuleId, Timestamp};
use std::collections::BTreeMap;

/// A guest in hand, and the latest rule that there was when a delivered order of theirs was last heard of.
pub(super) type InHand = (CustomerId, Option<TagRuleId>);

/// The guests of rows of `tag_looks`.
pub(super) async fn in_hand(tx: &mut Session, statement: Sql<'_>) -> Result<Vec<InHand>> {
    let rows = tx.fetch(statement).await?;
    let guests = rows.iter().map(|row| {
        let c = row.columns();
        Ok((
            CustomerId(c.int("customer_id")?),
            c.opt_int("heard_rule")?.map(TagRuleId),
        ))
    });
    guests.collect()
}

/// Writes what all rules say of guests now; what they say, and for how many something has changed.
pub(super) async fn look(
    tx: &mut Session,
    org: OrgId,
    guests: &[InHand],
    now: Timestamp,
) -> Result<(BTreeMap<CustomerId, Judged>, u64)> {
    let rules = reading::in_force(tx, org).await?;
    let ids: Vec<CustomerId> = guests.iter().map(|(guest, _)| *guest).collect();
    let orders = history::of(tx, org, &ids, &rules.live, now).await?;
    let judged = guests.iter().map(|(guest, heard_rule)| {
        let orders = orders.get(guest).map_or(&[][..], Vec::as_slice);
        (*guest, judge(&rules.live, orders, *heard_rule, now))
    });
    let judged: BTreeMap<CustomerId, Judged> = judged.collect();
    let changed = writing::write(tx, org, &judged, &rules.tags, now).await?;
    Ok((judged, changed))
}

/// Notes when guests are looked at next, whose rows this transaction holds.
pub(super) async fn plan(tx: &mut Session, judged: &BTreeMap<CustomerId, Judged>) -> Result<()> {
    if judged.is_empty() {
        return Ok(());
    }
    let text = "UPDATE tag_looks SET look_at = r.next FROM {rows} WHERE tag_looks.customer_id = r.guest";
    let table = Table::default()
        .ints("guest", judged.keys().map(|it| it.0))
        .ints("next", judged.values().map(|it| it.changes_at.map(|at| at.0)));
    tx.execute(sql(text).rows(table)).await?;
    Ok(())
}
