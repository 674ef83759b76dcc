use super::{Render, Scope, Writer};
use crate::audience::sql::Bind;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::conditions::Restaurants;

impl Render for Restaurants {
    fn render(&self, w: &mut Writer, scope: &Scope<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        let ids = Bind::Ints(scope.names.restaurants.ids(&self.0));
        match scope.names.restaurants.mask(&self.0) {
            // The home restaurant is the latest order's, or that of the card where no order names one.
            Some(mask) => scope.facts_or_raw(
                w,
                |w| {
                    w.with("((f.restaurant_mask & ?) <> 0 OR COALESCE(", [mask]);
                    w.one_of("f.home_restaurant_id", ids.clone()).put(", FALSE))");
                },
                |w| from_orders(w, scope, &ids, true),
            ),
            None => from_orders(w, scope, &ids, false),
        }
    }
}

/// `late`: only of guests with orders after the instant asked.
fn from_orders(w: &mut Writer, scope: &Scope<'_>, ids: &Bind, late: bool) {
    w.put("(f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ");
    seen(w, scope, late);
    w.put(" AND ").one_of("o.restaurant_id", ids.clone());
    w.put(") OR (f.customer_id IN (SELECT c.id FROM customers c WHERE ")
        .with("c.org_id = ?", [scope.org()]);
    w.put(" AND ").one_of("c.restaurant_id", ids.clone());
    scope.within(w, "c.id");
    w.put(") AND NOT f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ");
    seen(w, scope, late);
    w.put(" AND o.restaurant_id IS NOT NULL)))");
}

fn seen(w: &mut Writer, scope: &Scope<'_>, late: bool) {
    w.with(
        "o.org_id = ? AND o.placed_at < ? AND o.status <> ?",
        [scope.org(), scope.as_of(), i64::from(OrderStatus::Cancelled.code())],
    );
    scope.within(w, "o.customer_id");
    if late {
        scope.late(w, "o.customer_id");
    }
}
