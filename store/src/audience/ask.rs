//! Asking the database: without the raw orders where they are not needed, and on several cores.

use super::context::Late;
use super::count::{self, Group};
use super::writer::Rendered;
use crate::db::Dialect;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::{OrgId, Timestamp};

/// Applies to this transaction. Parallel workers cost less than PostgreSQL assumes. Each half of the orders is
/// scanned by one worker, so two halves are scanned by two.
const PARALLEL: &str = "SELECT set_config('parallel_setup_cost', '100', true), \
     set_config('parallel_tuple_cost', '0.01', true), set_config('min_parallel_index_scan_size', '1TB', true)";
/// Not `EXISTS … placed_at >= $2`: planned without knowing $2, as PostgreSQL does after five questions, that reads all orders.
const LATE: &str = "SELECT COALESCE((SELECT MAX(placed_at) FROM orders WHERE org_id = $1) >= $2, FALSE) AS late";
const MIDDLE: &str = "SELECT (MIN(customer_id) + MAX(customer_id)) / 2 AS middle FROM customer_facts WHERE org_id = $1";

impl SqlStore {
    /// Asks only the facts if there is no order at or after `as_of`. If one arrives meanwhile, asks again with the
    /// raw orders.
    pub(super) async fn asked_of_facts(
        &self,
        org: OrgId,
        as_of: Timestamp,
        statement: impl Fn(Late) -> Rendered,
    ) -> Result<Vec<Row>> {
        if !self.late_orders(org, as_of).await? {
            let answer = self.fetch(&statement(Late::None)).await?;
            if !self.late_orders(org, as_of).await? {
                return Ok(answer);
            }
        }
        self.fetch(&statement(Late::Possible)).await
    }

    pub(super) async fn groups(
        &self,
        org: OrgId,
        as_of: Timestamp,
        statement: impl Fn(Late) -> Rendered,
    ) -> Result<Vec<Group>> {
        let rows = self.asked_of_facts(org, as_of, statement).await?;
        rows.iter().map(count::read).collect()
    }

    async fn late_orders(&self, org: OrgId, as_of: Timestamp) -> Result<bool> {
        let statement = sql(LATE).int(i64::from(org.0)).int(as_of.0);
        let row = Session::read(&self.db).await?.first(statement).await?;
        row.ok_or(sqlx::Error::RowNotFound)?.columns().flag("late")
    }

    /// A customer about the middle of the organisation's, where PostgreSQL may count in two halves.
    pub(super) async fn middle(&self, org: OrgId) -> Result<Option<i64>> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(None);
        }
        let statement = sql(MIDDLE).int(i64::from(org.0));
        let row = Session::read(&self.db).await?.first(statement).await?;
        row.ok_or(sqlx::Error::RowNotFound)?.columns().opt_int("middle")
    }

    pub(super) async fn fetch(&self, statement: &Rendered) -> Result<Vec<Row>> {
        if self.dialect() == Dialect::Sqlite {
            return Session::read(&self.db).await?.fetch_rendered(statement).await;
        }
        let mut tx = Session::begin(&self.db).await?;
        tx.execute(sql(PARALLEL)).await?;
        let rows = tx.fetch_rendered(statement).await?;
        tx.commit().await?;
        Ok(rows)
    }
}
