//! Writing tags: each write is one source's, and changes that source's word alone.
//!
//! A row of `customer_tags` holds the set of sources that say so and is deleted with the last of them, so that an
//! audience only asks whether there is a row. Writers lock the customers' rows.

use super::settle::{ids_of, json_ids};
use crate::Result;
use crate::db::{Dialect, on_both};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{CustomerId, OrgId};
use sqlx::{QueryBuilder, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Rows per statement of many values.
const ROWS: usize = 500;

/// A tag of a customer, by their ids.
pub(crate) type Tagging = (CustomerId, i64);

/// Tags on a connection, inside a transaction.
pub(crate) trait TagRows {
    /// Locks the customer's row, so that no other write of their tags can interfere; returns whether the customer
    /// exists.
    async fn hold_customer(&mut self, org: OrgId, it: CustomerId) -> Result<bool>;
    /// Makes these the only tags that the source says of these customers; returns the customers for whom that changed
    /// something.
    async fn replace_tags(
        &mut self,
        source: TagSource,
        wanted: &BTreeMap<CustomerId, BTreeSet<i64>>,
    ) -> Result<BTreeSet<CustomerId>>;
    /// The source says these too.
    async fn say_tags(&mut self, source: TagSource, tags: &[Tagging]) -> Result<()>;
    /// The source no longer says these.
    async fn take_back_tags(&mut self, source: TagSource, tags: &[Tagging]) -> Result<()>;
}

on_both! {
    static SAID: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT customer_id, tag_id FROM customer_tags WHERE customer_id IN ({}) AND (sources & $2) <> 0",
            ids_of(DIALECT, "$1")
        )
    });

    static HOLD: LazyLock<String> = LazyLock::new(|| {
        let lock = match DIALECT {
            // It has a single writer.
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR NO KEY UPDATE",
        };
        format!("SELECT 1 FROM customers WHERE org_id = $1 AND id = $2 {lock}")
    });

    /// `text` with the pairs as `(customer_id, tag_id) IN (…)` at its end.
    async fn of_pairs(conn: &mut Conn, text: &str, pairs: &[Tagging]) -> Result<()> {
        let mut statement = QueryBuilder::<Backend>::new(text);
        statement.push(" AND (customer_id, tag_id) IN (");
        statement.push_values(pairs, |mut values, (customer, tag)| {
            values.push_bind(customer.0).push_bind(*tag);
        });
        statement.push(")").build().execute(conn).await?;
        Ok(())
    }

    impl TagRows for Conn {
        async fn hold_customer(&mut self, org: OrgId, it: CustomerId) -> Result<bool> {
            let row = sqlx::query(HOLD.as_str()).bind(org.0).bind(it.0).fetch_optional(self).await?;
            Ok(row.is_some())
        }

        async fn replace_tags(
            &mut self,
            source: TagSource,
            wanted: &BTreeMap<CustomerId, BTreeSet<i64>>,
        ) -> Result<BTreeSet<CustomerId>> {
            if wanted.is_empty() {
                return Ok(BTreeSet::new());
            }
            let rows = sqlx::query(SAID.as_str())
                .bind(json_ids(wanted.keys().map(|c| c.0)))
                .bind(source.bit())
                .fetch_all(&mut *self)
                .await?;
            let mut said: BTreeSet<Tagging> = BTreeSet::new();
            for row in rows {
                said.insert((CustomerId(row.try_get("customer_id")?), row.try_get("tag_id")?));
            }
            let wanted: BTreeSet<Tagging> =
                wanted.iter().flat_map(|(c, tags)| tags.iter().map(|tag| (*c, *tag))).collect();
            let missing: Vec<_> = wanted.difference(&said).copied().collect();
            let surplus: Vec<_> = said.difference(&wanted).copied().collect();
            self.take_back_tags(source, &surplus).await?;
            self.say_tags(source, &missing).await?;
            Ok(missing.iter().chain(&surplus).map(|(customer, _)| *customer).collect())
        }

        async fn say_tags(&mut self, source: TagSource, tags: &[Tagging]) -> Result<()> {
            for pairs in tags.chunks(ROWS) {
                let mut insert =
                    QueryBuilder::<Backend>::new("INSERT INTO customer_tags (customer_id, tag_id, sources) ");
                insert.push_values(pairs, |mut values, (customer, tag)| {
                    values.push_bind(customer.0).push_bind(*tag).push_bind(source.bit());
                });
                insert.push(
                    " ON CONFLICT (tag_id, customer_id)
                    DO UPDATE SET sources = customer_tags.sources | excluded.sources
                    WHERE (customer_tags.sources & excluded.sources) = 0",
                );
                insert.build().execute(&mut *self).await?;
            }
            Ok(())
        }

        async fn take_back_tags(&mut self, source: TagSource, tags: &[Tagging]) -> Result<()> {
            let bit = source.bit();
            let alone = format!("DELETE FROM customer_tags WHERE sources = {bit}");
            let among = format!("UPDATE customer_tags SET sources = sources - {bit} WHERE (sources & {bit}) <> 0");
            for pairs in tags.chunks(ROWS) {
                of_pairs(self, &alone, pairs).await?;
                of_pairs(self, &among, pairs).await?;
            }
            Ok(())
        }
    }
}
