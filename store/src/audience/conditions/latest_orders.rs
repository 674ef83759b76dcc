//! A period up to the instant asked about, answered by a guest's latest orders, which PostgreSQL keeps in
//! `customer_latest_orders`.
//!
//! `placed_at` has the instants of the latest [`LATEST_ORDERS`] orders, oldest first; `sums_before` has, for each,
//! the sum of all orders before it. So a search in a short array gives the number of orders since an instant, and a
//! subtraction their sum: orders are read only for a guest all of whose kept orders lie in the period and who has
//! older ones too (docs/decisions/0002-audience-sql.md).

use super::order_filters::AsSql;
use super::{QueryContext, Writer};
use crate::Dialect;
use crate::audience::context::Late;
use crate::guests::LATEST_ORDERS;
use bellhop_domain::segment::Span;
use bellhop_domain::segment::conditions::Orders;

/// A condition that the latest orders answer.
pub(super) struct Since<'a> {
    orders: &'a Orders,
    span: Span,
    /// Where the period begins, ms since the epoch.
    from: i64,
}

impl<'a> Since<'a> {
    /// If the period ends at the instant asked, no filter but the period tells orders apart, and there are no orders at
    /// or after that instant.
    pub fn of(w: &Writer, orders: &'a Orders, context: &QueryContext<'_>, span: Span) -> Option<Self> {
        let answered = w.dialect() == Dialect::Postgres
            && context.late == Late::None
            && span.to == context.asked.as_of
            && orders.takes_all();
        let from = span.from.filter(|_| answered)?.0;
        Some(Self { orders, span, from })
    }

    /// Whether the guest's orders since then match. Guests without any have no row or an outdated one: if they are
    /// wanted, those who do not match are subtracted.
    pub fn measures_up(&self, w: &mut Writer, context: &QueryContext<'_>) {
        w.put(if self.orders.admits_none() { "NOT " } else { "" });
        w.put("f.customer_id IN (SELECT l.customer_id");
        self.of_guests(w, context);
        w.put(")");
    }

    /// `SELECT COUNT(*) AS guests` of those who match, without their facts, in half the time that joining them would take.
    /// `None` if guests without orders are wanted too, because the latest orders do not know them.
    pub fn count(&self, w: &mut Writer, context: &QueryContext<'_>) -> Option<()> {
        if self.orders.admits_none() {
            return None;
        }
        w.put("SELECT COUNT(*) AS guests");
        self.of_guests(w, context);
        Some(())
    }

    fn of_guests(&self, w: &mut Writer, context: &QueryContext<'_>) {
        w.with(
            " FROM customer_latest_orders l WHERE l.org_id = ? AND l.last_at >= ?",
            [context.org(), self.from],
        );
        context.within(w, "l.customer_id");
        if self.orders.admits_none() {
            w.put(" AND NOT (");
            self.expression(w, context);
            w.put(")");
        } else {
            self.enough_ever(w);
            w.put(" AND ");
            self.expression(w, context);
        }
    }

    /// A guest with too few orders altogether has too few in any period.
    fn enough_ever(&self, w: &mut Writer) {
        if let Some(min) = self.orders.counts().min {
            w.with(" AND l.orders_count >= ?", [i64::try_from(min).unwrap_or(i64::MAX)]);
        }
        if let Some(min) = self.orders.totals().unwrap_or_default().min {
            w.with(" AND l.revenue >= ?", [min.0]);
        }
    }

    fn expression(&self, w: &mut Writer, context: &QueryContext<'_>) {
        w.put("CASE WHEN ");
        if self.only_bounded_below() {
            // More orders than are kept can only add.
            self.kept_measure_up(w);
            w.put(" THEN TRUE WHEN ");
            self.more_than_kept(w);
            w.put(" THEN ");
            self.all_measure_up(w, context);
            w.put(" ELSE FALSE END");
        } else {
            self.more_than_kept(w);
            w.put(" THEN ");
            self.all_measure_up(w, context);
            w.put(" ELSE ");
            self.kept_measure_up(w);
            w.put(" END");
        }
    }

    fn only_bounded_below(&self) -> bool {
        self.orders.counts().max.is_none()
            && self.orders.totals().unwrap_or_default().max.is_none()
            && self.orders.averages().is_none()
    }

    fn more_than_kept(&self, w: &mut Writer) {
        w.with(
            "l.orders_count > ? AND l.placed_at[1] >= ?",
            [i64::from(LATEST_ORDERS), self.from],
        );
    }

    fn kept_measure_up(&self, w: &mut Writer) {
        // width_bucket: how many of the sorted instants are at most the one given.
        let before = self.from - 1;
        let count = |w: &mut Writer| {
            w.with("(CARDINALITY(l.placed_at) - WIDTH_BUCKET(?, l.placed_at))", [before]);
        };
        let sum = |w: &mut Writer| {
            w.with(
                "(l.revenue - l.sums_before[WIDTH_BUCKET(?, l.placed_at) + 1])",
                [before],
            );
        };
        self.orders.measure(w, &count, &sum);
    }

    fn all_measure_up(&self, w: &mut Writer, context: &QueryContext<'_>) {
        w.put("(SELECT ");
        let count = |w: &mut Writer| {
            w.put("COUNT(*)");
        };
        let sum = |w: &mut Writer| {
            w.put("COALESCE(SUM(o.total), 0)");
        };
        self.orders.measure(w, &count, &sum);
        w.put(" FROM orders o WHERE o.customer_id = l.customer_id AND ");
        self.orders.filters(w, context, self.span);
        w.put(")");
    }
}
