//! Asking the database: without the raw orders where they are not needed, and on several cores.

use super::context::Late;
use super::count::Group;
use super::writer::Rendered;
use crate::db::{Db, reading};
use crate::{Result, SqlStore};
use bellhop_domain::{OrgId, Timestamp};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

/// Applies to this transaction. Parallel workers cost less than PostgreSQL assumes. Each half of the orders is
/// scanned by one worker, so two halves are scanned by two.
const PARALLEL: &str = "SELECT set_config('parallel_setup_cost', '100', true), \
     set_config('parallel_tuple_cost', '0.01', true), set_config('min_parallel_index_scan_size', '1TB', true)";
/// Not `EXISTS … placed_at >= $2`: planned without knowing $2, as PostgreSQL does after five questions, that reads all orders.
const LATE: &str = "SELECT COALESCE((SELECT MAX(placed_at) FROM orders WHERE org_id = $1) >= $2, FALSE)";
const MIDDLE: &str = "SELECT (MIN(customer_id) + MAX(customer_id)) / 2 FROM customer_facts WHERE org_id = $1";

impl SqlStore {
    /// Asks only the facts if there is no order at or after `as_of`. If one arrives meanwhile, asks again with the
    /// raw orders.
    pub(super) async fn asked_of_facts<T>(
        &self,
        org: OrgId,
        as_of: Timestamp,
        statement: impl Fn(Late) -> Rendered,
    ) -> Result<Vec<T>>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow>,
    {
        if !self.late_orders(org, as_of).await? {
            let answer = self.fetch(&statement(Late::None)).await?;
            if !self.late_orders(org, as_of).await? {
                return Ok(answer);
            }
        }
        self.fetch(&statement(Late::Possible)).await
    }

    async fn late_orders(&self, org: OrgId, as_of: Timestamp) -> Result<bool> {
        Ok(reading!(&self.db, pool => {
            sqlx::query_scalar(LATE).bind(org.0).bind(as_of.0).fetch_one(pool).await?
        }))
    }

    /// A customer about the middle of the organisation's, where PostgreSQL may count in two halves.
    pub(super) async fn middle(&self, org: OrgId) -> Result<Option<i64>> {
        match &self.db {
            Db::Sqlite { .. } => Ok(None),
            Db::Postgres(pool) => Ok(sqlx::query_scalar(MIDDLE).bind(org.0).fetch_one(pool).await?),
        }
    }

    pub(super) async fn fetch<T>(&self, statement: &Rendered) -> Result<Vec<T>>
    where
        T: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow>,
    {
        match &self.db {
            Db::Sqlite { read, .. } => {
                let rows = statement.query().fetch_all(read).await?;
                Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?)
            }
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query(PARALLEL).execute(&mut *tx).await?;
                let rows = statement.query().fetch_all(&mut *tx).await?;
                tx.commit().await?;
                Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?)
            }
        }
    }
}

impl<'r, R: Row> FromRow<'r, R> for Group
where
    usize: sqlx::ColumnIndex<R>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Group {
            reach: row.try_get(0)?,
            shared: row.try_get(1)?,
            first_customer: row.try_get(2)?,
            guests: row.try_get(3)?,
        })
    }
}
