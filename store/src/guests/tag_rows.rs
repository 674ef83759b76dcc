//! Writing tags: each write is one source's, and changes that source's word alone.
//!
//! A row of `customer_tags` holds the set of sources that say so and is deleted with the last of them, so that an
//! audience only asks whether there is a row. Writers lock the customers' rows.

use super::settle::{ids_of, json_ids};
use crate::Result;
use crate::sql::{PerDialect, Session, Table, sql};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{CustomerId, OrgId};
use std::collections::{BTreeMap, BTreeSet};

/// A tag of a customer, by their ids.
pub(crate) type Tagging = (CustomerId, i64);

static SAID: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT customer_id, tag_id FROM customer_tags WHERE customer_id IN ({}) AND (sources & $2) <> 0",
        ids_of(dialect, "$1")
    )
});

/// Locks the customer's row, so that no other write of their tags can interfere until the transaction ends; returns
/// whether the customer exists.
pub(crate) async fn hold_customer(tx: &mut Session, org: OrgId, it: CustomerId) -> Result<bool> {
    let text = "SELECT 1 FROM customers WHERE org_id = $1 AND id = $2 {lock}";
    let statement = sql(text).lock("FOR NO KEY UPDATE").int(i64::from(org.0)).int(it.0);
    Ok(tx.first(statement).await?.is_some())
}

/// Makes these the only tags that the source says of these customers; returns the customers for whom that changed
/// something.
pub(crate) async fn replace_tags(
    tx: &mut Session,
    source: TagSource,
    wanted: &BTreeMap<CustomerId, BTreeSet<i64>>,
) -> Result<BTreeSet<CustomerId>> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids = json_ids(wanted.keys().map(|c| c.0));
    let statement = sql(SAID.of(tx.dialect()))
        .text(ids.as_str())
        .int(i64::from(source.bit()));
    let rows = tx.fetch(statement).await?;
    let said = rows.iter().map(|row| {
        let c = row.columns();
        Ok((CustomerId(c.int("customer_id")?), c.int("tag_id")?))
    });
    let said: BTreeSet<Tagging> = said.collect::<Result<_>>()?;
    let wanted: BTreeSet<Tagging> = wanted
        .iter()
        .flat_map(|(c, tags)| tags.iter().map(|tag| (*c, *tag)))
        .collect();
    let missing: Vec<_> = wanted.difference(&said).copied().collect();
    let surplus: Vec<_> = said.difference(&wanted).copied().collect();
    take_back_tags(tx, source, &surplus).await?;
    say_tags(tx, source, &missing).await?;
    Ok(missing.iter().chain(&surplus).map(|(customer, _)| *customer).collect())
}

/// The source says these too.
pub(crate) async fn say_tags(tx: &mut Session, source: TagSource, tags: &[Tagging]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO customer_tags (customer_id, tag_id, sources) SELECT r.customer, r.tag, $1 FROM {rows}
                WHERE TRUE ON CONFLICT (tag_id, customer_id)
                DO UPDATE SET sources = customer_tags.sources | excluded.sources
                WHERE (customer_tags.sources & excluded.sources) = 0";
    tx.execute(sql(text).int(i64::from(source.bit())).rows(table(tags)))
        .await?;
    Ok(())
}

/// The source no longer says these.
pub(crate) async fn take_back_tags(tx: &mut Session, source: TagSource, tags: &[Tagging]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let alone = "DELETE FROM customer_tags WHERE sources = $1
                 AND (customer_id, tag_id) IN (SELECT r.customer, r.tag FROM {rows})";
    let among = "UPDATE customer_tags SET sources = sources - $1 WHERE (sources & $1) <> 0
                 AND (customer_id, tag_id) IN (SELECT r.customer, r.tag FROM {rows})";
    for text in [alone, among] {
        tx.execute(sql(text).int(i64::from(source.bit())).rows(table(tags)))
            .await?;
    }
    Ok(())
}

fn table(tags: &[Tagging]) -> Table<'_> {
    Table::default()
        .ints("customer", tags.iter().map(|(customer, _)| customer.0))
        .ints("tag", tags.iter().map(|(_, tag)| *tag))
}
