//! A period up to the instant asked, answered by a guest's latest orders, which PostgreSQL's facts keep.
//!
//! `recent_at` has the instants of the latest [`RECENT_ORDERS`] orders, oldest first; `recent_before` has, for each,
//! the sum of all orders before it. So a search in a short array gives the number of orders since an instant, and a
//! subtraction their sum: no orders are read, but for a guest of whom all kept orders lie in the period and who has
//! older ones too (docs/decisions/0002-audience-sql.md).

use super::orders::AsSql;
use super::{Scope, Writer};
use crate::Dialect;
use crate::audience::selection::Late;
use crate::guests::RECENT_ORDERS;
use bellhop_domain::Timestamp;
use bellhop_domain::segment::Span;
use bellhop_domain::segment::conditions::Orders;

/// Where the period begins, if the kept orders answer: it ends at the instant asked, no filter but the period tells
/// orders apart, and there are no orders at or after that instant.
pub(super) fn answer_since(w: &Writer, orders: &Orders, scope: &Scope<'_>, span: Span) -> Option<Timestamp> {
    let answered = w.dialect() == Dialect::Postgres
        && scope.late == Late::None
        && span.to == scope.asked.as_of
        && orders.takes_all();
    span.from.filter(|_| answered)
}

/// Whether the guest's orders since `from` measure up.
pub(super) fn measured_since(w: &mut Writer, orders: &Orders, scope: &Scope<'_>, span: Span, from: Timestamp) {
    let from = from.0;
    w.with("CASE WHEN f.last_at IS NULL OR f.last_at < ? THEN ", [from]);
    w.put(if orders.admits_none() { "TRUE" } else { "FALSE" });
    too_few_ever(w, orders);
    if only_bounded_below(orders) {
        // More orders than are kept can only add.
        w.put(" WHEN ");
        kept_measure_up(w, orders, from);
        w.put(" THEN TRUE WHEN ");
        more_than_kept(w, from);
        w.put(" THEN ");
        all_measure_up(w, orders, scope, span);
        w.put(" ELSE FALSE END");
    } else {
        w.put(" WHEN ");
        more_than_kept(w, from);
        w.put(" THEN ");
        all_measure_up(w, orders, scope, span);
        w.put(" ELSE ");
        kept_measure_up(w, orders, from);
        w.put(" END");
    }
}

/// Who has too few orders in all has too few in any period.
fn too_few_ever(w: &mut Writer, orders: &Orders) {
    if let Some(min) = orders.counts().min {
        w.with(
            " WHEN f.orders_count < ? THEN FALSE",
            [i64::try_from(min).unwrap_or(i64::MAX)],
        );
    }
    if let Some(min) = orders.totals().unwrap_or_default().min {
        w.with(" WHEN f.revenue < ? THEN FALSE", [min.0]);
    }
}

fn only_bounded_below(orders: &Orders) -> bool {
    orders.counts().max.is_none() && orders.totals().unwrap_or_default().max.is_none() && orders.averages().is_none()
}

fn more_than_kept(w: &mut Writer, from: i64) {
    w.with(
        "f.orders_count > ? AND f.recent_at[1] >= ?",
        [i64::from(RECENT_ORDERS), from],
    );
}

fn kept_measure_up(w: &mut Writer, orders: &Orders, from: i64) {
    // width_bucket: how many of the sorted instants are at most the one given.
    let count = |w: &mut Writer| {
        w.with("(CARDINALITY(f.recent_at) - WIDTH_BUCKET(?, f.recent_at))", [from - 1]);
    };
    let sum = |w: &mut Writer| {
        w.with(
            "(f.revenue - f.recent_before[WIDTH_BUCKET(?, f.recent_at) + 1])",
            [from - 1],
        );
    };
    orders.measure(w, &count, &sum);
}

fn all_measure_up(w: &mut Writer, orders: &Orders, scope: &Scope<'_>, span: Span) {
    w.put("(SELECT ");
    let count = |w: &mut Writer| {
        w.put("COUNT(*)");
    };
    let sum = |w: &mut Writer| {
        w.put("COALESCE(SUM(o.total), 0)");
    };
    orders.measure(w, &count, &sum);
    w.put(" FROM orders o WHERE o.customer_id = f.customer_id AND ");
    orders.filters(w, scope, span);
    w.put(")");
}
