use super::{QueryContext, Render, Writer};
use crate::audience::writer::Bind;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::conditions::Restaurants;

impl Render for Restaurants {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        let ids = Bind::Ints(context.names.restaurants.ids(&self.0));
        match context.names.restaurants.mask(&self.0) {
            // The home restaurant is the latest order's, or that of the card where no order names one.
            Some(mask) => context.facts_or_raw(
                w,
                |w| {
                    w.with("((f.restaurant_mask & ?) <> 0 OR COALESCE(", [mask]);
                    w.one_of("f.home_restaurant_id", ids.clone()).put(", FALSE))");
                },
                |w| from_orders(w, context, &ids, true),
            ),
            None => from_orders(w, context, &ids, false),
        }
    }
}

/// `late`: only of guests with orders after the instant asked.
fn from_orders(w: &mut Writer, context: &QueryContext<'_>, ids: &Bind, late: bool) {
    w.put("(f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ");
    seen(w, context, late);
    w.put(" AND ").one_of("o.restaurant_id", ids.clone());
    w.put(") OR (f.customer_id IN (SELECT c.id FROM customers c WHERE ")
        .with("c.org_id = ?", [context.org()]);
    w.put(" AND ").one_of("c.restaurant_id", ids.clone());
    context.within(w, "c.id");
    w.put(") AND NOT f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ");
    seen(w, context, late);
    w.put(" AND o.restaurant_id IS NOT NULL)))");
}

fn seen(w: &mut Writer, context: &QueryContext<'_>, late: bool) {
    w.with(
        "o.org_id = ? AND o.placed_at < ? AND o.status <> ?",
        [context.org(), context.as_of(), i64::from(OrderStatus::Cancelled.code())],
    );
    context.within(w, "o.customer_id");
    if late {
        context.late(w, "o.customer_id");
    }
}
