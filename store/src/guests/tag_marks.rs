//! Whom rules of tags are to look at, because of an order: marked in the transaction that writes it.

use super::settle::{ids_of, json_ids};
use crate::Result;
use crate::sql::{PerDialect, Session, sql};
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use std::collections::BTreeSet;

/// How an order came to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    pub at: Timestamp,
    /// What happens now is looked at before what an import has left.
    pub is_live: bool,
}

impl Heard {
    pub fn live(at: Timestamp) -> Self {
        Self { at, is_live: true }
    }

    pub fn by_import(at: Timestamp) -> Self {
        Self { at, is_live: false }
    }
}

// Where there are no rules nothing is written. In the order of the ids, and before the marks of stale facts: whoever looks
// at a guest takes the two in this order.
static MARK: PerDialect = PerDialect::new(|dialect| {
    format!(
        "INSERT INTO tag_looks (customer_id, org_id, look_at, heard_rule)
        SELECT id, $2, $3, (SELECT MAX(id) FROM tag_rules WHERE org_id = $2) FROM ({}) AS s
        WHERE EXISTS (SELECT 1 FROM tag_rules WHERE org_id = $2 AND deleted_at IS NULL) ORDER BY id
        ON CONFLICT (customer_id) DO UPDATE SET heard_rule = excluded.heard_rule,
            look_at = CASE WHEN tag_looks.look_at < excluded.look_at THEN tag_looks.look_at ELSE excluded.look_at END",
        ids_of(dialect, "$1")
    )
});

/// Before whom an import leaves to be looked at, and after live orders.
const NEWCOMER: i64 = 1;

static MARK_NEW: PerDialect = PerDialect::new(|dialect| {
    format!(
        "INSERT INTO tag_looks (customer_id, org_id, look_at) SELECT id, $2, {NEWCOMER} FROM ({}) AS s
        WHERE EXISTS (SELECT 1 FROM tag_rules WHERE org_id = $2 AND deleted_at IS NULL AND covers_all) ORDER BY id
        ON CONFLICT (customer_id) DO NOTHING",
        ids_of(dialect, "$1")
    )
});

/// Marks guests who have just come to be: a rule that speaks of everybody may speak of those without orders.
pub(super) async fn mark_new(tx: &mut Session, org: OrgId, guests: &[CustomerId]) -> Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    let ids = json_ids(guests.iter().map(|it| it.0));
    let statement = sql(MARK_NEW.of(tx.dialect())).text(ids.as_str());
    tx.execute(statement.int(i64::from(org.0))).await?;
    Ok(())
}

/// Marks guests whose delivered orders have changed.
pub(super) async fn mark(tx: &mut Session, org: OrgId, guests: &BTreeSet<CustomerId>, heard: Heard) -> Result<()> {
    if guests.is_empty() {
        return Ok(());
    }
    let ids = json_ids(guests.iter().map(|it| it.0));
    let look_at = if heard.is_live { 0 } else { heard.at.0 };
    let statement = sql(MARK.of(tx.dialect())).text(ids.as_str()).int(i64::from(org.0));
    tx.execute(statement.int(look_at)).await?;
    Ok(())
}
