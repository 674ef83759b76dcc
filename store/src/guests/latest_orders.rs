//! A guest's latest orders, which PostgreSQL keeps beside the facts, in `customer_latest_orders`: audiences by orders of a
//! recent period read no others. SQLite has no arrays and asks the orders themselves.

use crate::db::Dialect;

/// How many orders are kept of a guest.
pub(crate) const LATEST_ORDERS: u8 = 8;

/// The parts of the statement that computes facts, which keep the latest orders; nothing on SQLite.
#[derive(Default)]
pub(super) struct Latest {
    /// Columns of an order among the guest's orders by time.
    pub marks: String,
    /// Columns of a guest, of these orders.
    pub kept: &'static str,
    /// Writes the guests of `ordered` down, and strikes those of `stale` who have no orders any more.
    pub written: &'static str,
}

impl Latest {
    pub(super) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::default(),
            Dialect::Postgres => Self {
                marks: format!(
                    ", LEAD(o.placed_at, {LATEST_ORDERS}) OVER by_time IS NULL AS latest,
                    CAST(SUM(o.total) OVER (by_time ROWS UNBOUNDED PRECEDING) AS BIGINT) - o.total AS sum_before"
                ),
                kept: ",
                ARRAY_AGG(placed_at ORDER BY nth) FILTER (WHERE latest) AS placed,
                ARRAY_AGG(sum_before ORDER BY nth) FILTER (WHERE latest) AS sums_before",
                // A guest whose orders are as before keeps the row as it is: tags and consents change often.
                written: ",
        written AS (
            INSERT INTO customer_latest_orders AS l
                (org_id, customer_id, last_at, orders_count, revenue, placed_at, sums_before)
            SELECT $2, customer_id, last_at, orders_count, revenue, placed, sums_before FROM ordered
            ON CONFLICT (org_id, customer_id) DO UPDATE SET last_at = excluded.last_at,
                orders_count = excluded.orders_count, revenue = excluded.revenue,
                placed_at = excluded.placed_at, sums_before = excluded.sums_before
            WHERE (l.orders_count, l.revenue, l.placed_at, l.sums_before) IS DISTINCT FROM
                (excluded.orders_count, excluded.revenue, excluded.placed_at, excluded.sums_before)),
        struck AS (
            DELETE FROM customer_latest_orders l USING stale s
            WHERE l.org_id = $2 AND l.customer_id = s.customer_id
                AND NOT EXISTS (SELECT 1 FROM ordered o WHERE o.customer_id = s.customer_id))",
            },
        }
    }
}
