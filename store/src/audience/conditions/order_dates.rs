use super::{QueryContext, Render, Writer};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::conditions::{FirstOrder, LastOrder};
use bellhop_domain::segment::{Period, Span};

impl Render for FirstOrder {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        // The first of all orders is the first of those before any instant that it is before.
        inside(w, "f.first_at", &self.0.span(context.asked));
    }
}

impl Render for LastOrder {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        context.facts_or_raw(
            w,
            |w| inside(w, "f.last_at", &self.0.span(context.asked)),
            |w| latest_of_late_guests(w, context, &self.0),
        );
    }
}

/// Whether an instant, which may be NULL, is in the span.
fn inside(w: &mut Writer, column: &'static str, span: &Span) {
    w.put("COALESCE(").put(column).with(" < ?", [span.to.0]);
    if let Some(from) = span.from {
        w.put(" AND ").put(column).with(" >= ?", [from.0]);
    }
    w.put(", FALSE)");
}

fn latest_of_late_guests(w: &mut Writer, context: &QueryContext<'_>, period: &Period) {
    w.put("f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ")
        .with(
            "o.org_id = ? AND o.placed_at < ? AND o.status <> ?",
            [context.org(), context.as_of(), i64::from(OrderStatus::Cancelled.code())],
        );
    context.within(w, "o.customer_id");
    context.late(w, "o.customer_id");
    w.put(" GROUP BY o.customer_id HAVING ");
    inside(w, "MAX(o.placed_at)", &period.span(context.asked));
    w.put(")");
}
