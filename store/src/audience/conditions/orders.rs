//! Facts answer questions about all orders; the raw orders answer the others, counted as a set.

use super::latest_orders::Since;
use super::order_filters::{AsSql, Wanted};
use super::{QueryContext, Render, Writer};
use crate::audience::context::Late;
use bellhop_domain::segment::Span;
use bellhop_domain::segment::conditions::Orders;

impl Render for Orders {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        let span = self.period().span(context.asked);
        let ever = span.from.is_none() && span.to == context.asked.as_of;
        let mask = self.category_mask(context);
        match (self.wanted(), mask) {
            (wanted @ (Wanted::Some | Wanted::None), _) if self.takes_all() => {
                negate_if(w, wanted == Wanted::None);
                any_in_span(w, self, context, span);
            }
            (wanted @ (Wanted::Some | Wanted::None), Some(mask)) if ever => {
                negate_if(w, wanted == Wanted::None);
                context.facts_or_raw(
                    w,
                    |w| {
                        w.with("(f.category_mask & ?) <> 0", [mask]);
                    },
                    |w| matching(w, self, context, span, true),
                );
            }
            (Wanted::Measured, _) if ever && self.takes_all() => context.facts_or_raw(
                w,
                |w| {
                    if !self.admits_none() {
                        w.put("f.orders_count > 0 AND ");
                    }
                    self.measure(w, &put("f.orders_count"), &put("f.revenue"));
                },
                |w| measured(w, self, context, span, true),
            ),
            (Wanted::Measured, _) => match Since::of(w, self, context, span) {
                Some(since) => since.measures_up(w, context),
                None => measured(w, self, context, span, false),
            },
            (wanted, _) => {
                negate_if(w, wanted == Wanted::None);
                matching(w, self, context, span, false);
            }
        }
    }

    fn count_alone(&self, w: &mut Writer, context: &QueryContext<'_>) -> Option<()> {
        let measured = self.wanted() == Wanted::Measured;
        let since = Since::of(w, self, context, self.period().span(context.asked)).filter(|_| measured)?;
        since.count(w, context)
    }
}

fn negate_if(w: &mut Writer, negated: bool) {
    if negated {
        w.put("NOT ");
    }
}

/// Whether an order that counts lies in the span. The first and the latest order decide for most guests.
fn any_in_span(w: &mut Writer, orders: &Orders, context: &QueryContext<'_>, span: Span) {
    let Some(from) = span.from else {
        w.with("COALESCE(f.first_at < ?, FALSE)", [span.to.0]);
        return;
    };
    let late_only = span.to == context.asked.as_of;
    if late_only && context.late == Late::None {
        w.with("COALESCE(f.last_at >= ?, FALSE)", [from.0]);
        return;
    }
    w.with(
        "CASE WHEN f.last_at IS NULL OR f.last_at < ? OR f.first_at >= ? THEN FALSE",
        [from.0, span.to.0],
    );
    w.with(
        " WHEN f.first_at >= ? OR f.last_at < ? THEN TRUE ELSE ",
        [from.0, span.to.0],
    );
    let late_only = span.to == context.asked.as_of;
    matching(w, orders, context, span, late_only);
    w.put(" END");
}

/// Guests with a matching order; `late`: only of those with orders after the instant asked.
fn matching(w: &mut Writer, orders: &Orders, context: &QueryContext<'_>, span: Span, late: bool) {
    w.put("f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ");
    orders.filters(w, context, span);
    if late {
        context.late(w, "o.customer_id");
    }
    w.put(")");
}

/// Guests whose matching orders are in the ranges. Guests without any are in no group: if they are wanted, the groups
/// that are out of range are subtracted.
fn measured(w: &mut Writer, orders: &Orders, context: &QueryContext<'_>, span: Span, late: bool) {
    negate_if(w, orders.admits_none());
    w.put("f.customer_id IN (");
    match context.halves.filter(|_| !late) {
        None => measured_of(w, orders, context, span, |w| {
            if late {
                context.late(w, "o.customer_id");
            }
        }),
        // PostgreSQL groups on one core; two halves are grouped on two (`Parallel Append`). OFFSET keeps them from
        // being planned into the outer query, where every worker would group all of them.
        Some(middle) => {
            w.put("SELECT half.customer_id FROM (");
            measured_of(w, orders, context, span, |w| {
                w.with(" AND o.customer_id <= ?", [middle]);
            });
            w.put(" UNION ALL ");
            measured_of(w, orders, context, span, |w| {
                w.with(" AND o.customer_id > ?", [middle]);
            });
            w.put(") half OFFSET 0");
        }
    }
    w.put(")");
}

fn measured_of(
    w: &mut Writer,
    orders: &Orders,
    context: &QueryContext<'_>,
    span: Span,
    whose: impl FnOnce(&mut Writer),
) {
    w.put("SELECT o.customer_id FROM orders o WHERE ");
    orders.filters(w, context, span);
    whose(w);
    w.put(" GROUP BY o.customer_id HAVING ");
    negate_if(w, orders.admits_none());
    w.put("(");
    orders.measure(w, &put("COUNT(*)"), &put("SUM(o.total)"));
    w.put(")");
}

/// Writes text.
fn put(text: &'static str) -> impl Fn(&mut Writer) {
    move |w| {
        w.put(text);
    }
}
