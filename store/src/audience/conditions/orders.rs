//! Facts answer questions about all orders; the raw orders answer the others, counted as a set.

use super::latest_orders::Since;
use super::{Render, Scope, Writer};
use crate::audience::selection::Late;
use crate::audience::sql::Bind;
use bellhop_domain::Money;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::conditions::Orders;
use bellhop_domain::segment::{Bounds, Span};

/// What is asked of the number of matching orders.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted {
    /// At least one.
    Some,
    None,
    /// A range of the count, or anything of sums.
    Measured,
}

impl Render for Orders {
    fn render(&self, w: &mut Writer, scope: &Scope<'_>) {
        let span = self.period().span(scope.asked);
        let ever = span.from.is_none() && span.to == scope.asked.as_of;
        let mask = self.category_mask(scope);
        match (self.wanted(), mask) {
            (wanted @ (Wanted::Some | Wanted::None), _) if self.takes_all() => {
                negate_if(w, wanted == Wanted::None);
                any_in_span(w, self, scope, span);
            }
            (wanted @ (Wanted::Some | Wanted::None), Some(mask)) if ever => {
                negate_if(w, wanted == Wanted::None);
                scope.facts_or_raw(
                    w,
                    |w| {
                        w.with("(f.category_mask & ?) <> 0", [mask]);
                    },
                    |w| matching(w, self, scope, span, true),
                );
            }
            (Wanted::Measured, _) if ever && self.takes_all() => scope.facts_or_raw(
                w,
                |w| {
                    if !self.admits_none() {
                        w.put("f.orders_count > 0 AND ");
                    }
                    self.measure(w, &put("f.orders_count"), &put("f.revenue"));
                },
                |w| measured(w, self, scope, span, true),
            ),
            (Wanted::Measured, _) => match Since::of(w, self, scope, span) {
                Some(since) => since.measures_up(w, scope),
                None => measured(w, self, scope, span, false),
            },
            (wanted, _) => {
                negate_if(w, wanted == Wanted::None);
                matching(w, self, scope, span, false);
            }
        }
    }

    fn count_alone(&self, w: &mut Writer, scope: &Scope<'_>) -> Option<()> {
        let measured = self.wanted() == Wanted::Measured;
        let since = Since::of(w, self, scope, self.period().span(scope.asked)).filter(|_| measured)?;
        since.count(w, scope)
    }
}

fn negate_if(w: &mut Writer, negated: bool) {
    if negated {
        w.put("NOT ");
    }
}

/// Whether an order that counts lies in the span. The first and the latest order decide for most guests.
fn any_in_span(w: &mut Writer, orders: &Orders, scope: &Scope<'_>, span: Span) {
    let Some(from) = span.from else {
        w.with("COALESCE(f.first_at < ?, FALSE)", [span.to.0]);
        return;
    };
    let late_only = span.to == scope.asked.as_of;
    if late_only && scope.late == Late::None {
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
    let late_only = span.to == scope.asked.as_of;
    matching(w, orders, scope, span, late_only);
    w.put(" END");
}

/// Guests with a matching order; `late`: only of those with orders after the instant asked.
fn matching(w: &mut Writer, orders: &Orders, scope: &Scope<'_>, span: Span, late: bool) {
    w.put("f.customer_id IN (SELECT o.customer_id FROM orders o WHERE ");
    orders.filters(w, scope, span);
    if late {
        scope.late(w, "o.customer_id");
    }
    w.put(")");
}

/// Guests whose matching orders measure up. Those without any are in no group: where they are wanted, the groups
/// that do not measure up are taken away.
fn measured(w: &mut Writer, orders: &Orders, scope: &Scope<'_>, span: Span, late: bool) {
    negate_if(w, orders.admits_none());
    w.put("f.customer_id IN (");
    match scope.halves.filter(|_| !late) {
        None => measured_of(w, orders, scope, span, |w| {
            if late {
                scope.late(w, "o.customer_id");
            }
        }),
        // PostgreSQL groups on one core; two halves are grouped on two (`Parallel Append`). OFFSET keeps them from
        // being planned into the outer query, where every worker would group all of them.
        Some(middle) => {
            w.put("SELECT half.customer_id FROM (");
            measured_of(w, orders, scope, span, |w| {
                w.with(" AND o.customer_id <= ?", [middle]);
            });
            w.put(" UNION ALL ");
            measured_of(w, orders, scope, span, |w| {
                w.with(" AND o.customer_id > ?", [middle]);
            });
            w.put(") half OFFSET 0");
        }
    }
    w.put(")");
}

fn measured_of(w: &mut Writer, orders: &Orders, scope: &Scope<'_>, span: Span, whose: impl FnOnce(&mut Writer)) {
    w.put("SELECT o.customer_id FROM orders o WHERE ");
    orders.filters(w, scope, span);
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

/// The filters of `Orders`, as the store needs them.
pub(super) trait AsSql {
    fn wanted(&self) -> Wanted;
    fn category_mask(&self, scope: &Scope<'_>) -> Option<i64>;
    fn filters(&self, w: &mut Writer, scope: &Scope<'_>, span: Span);
    fn measure(&self, w: &mut Writer, count: &dyn Fn(&mut Writer), sum: &dyn Fn(&mut Writer));
}

impl AsSql for Orders {
    fn wanted(&self) -> Wanted {
        let Bounds { min, max } = self.counts();
        let measures = self.totals().is_some() || self.averages().is_some();
        match (min.unwrap_or(0), max) {
            (1, None) if !measures => Wanted::Some,
            (0, Some(0)) if !measures => Wanted::None,
            _ => Wanted::Measured,
        }
    }

    /// The mask that answers for a filter by nothing but categories.
    fn category_mask(&self, scope: &Scope<'_>) -> Option<i64> {
        let without = Orders {
            category: Vec::new(),
            ..self.clone()
        };
        if self.category.is_empty() || !without.takes_all() {
            return None;
        }
        scope.names.categories.mask(&self.category)
    }

    fn filters(&self, w: &mut Writer, scope: &Scope<'_>, span: Span) {
        w.with("o.org_id = ? AND o.placed_at < ?", [scope.org(), span.to.0]);
        if let Some(from) = span.from {
            w.with(" AND o.placed_at >= ?", [from.0]);
        }
        scope.within(w, "o.customer_id");
        if self.status.is_empty() {
            w.with(" AND o.status <> ?", [i64::from(OrderStatus::Cancelled.code())]);
        } else {
            let codes = self.status.iter().map(|s| i64::from(s.code())).collect();
            w.put(" AND ").one_of("o.status", Bind::Ints(codes));
        }
        for (column, list) in [
            ("o.delivery", &self.delivery),
            ("o.source", &self.source),
            ("o.promo", &self.promo),
        ] {
            if !list.is_empty() {
                w.put(" AND ").texts(column, list);
            }
        }
        if !self.dish.is_empty() || !self.category.is_empty() {
            one_item(w, self, scope);
        }
    }

    /// The ranges over a count and a sum; averages without division, so exact.
    fn measure(&self, w: &mut Writer, count: &dyn Fn(&mut Writer), sum: &dyn Fn(&mut Writer)) {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let amount = |m: Money| m.0;
        let (counts, totals) = (self.counts(), self.totals().unwrap_or_default());
        let averages = self.averages().unwrap_or_default();
        let tests = [
            (count, " >= ?", counts.min.map(number).filter(|n| *n > 0), false),
            (count, " <= ?", counts.max.map(number), false),
            (sum, " >= ?", totals.min.map(amount), false),
            (sum, " <= ?", totals.max.map(amount), false),
            (sum, " >= ? * ", averages.min.map(amount), true),
            (sum, " <= ? * ", averages.max.map(amount), true),
        ];
        let asked = tests
            .into_iter()
            .filter_map(|(left, test, value, times_count)| Some((left, test, value?, times_count)));
        w.join(asked, " AND ", "TRUE", |w, (left, test, value, times_count)| {
            left(w);
            w.with(test, [value]);
            if times_count {
                count(w);
            }
        });
    }
}

fn one_item(w: &mut Writer, orders: &Orders, scope: &Scope<'_>) {
    w.put(" AND EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id");
    if !orders.dish.is_empty() {
        w.put(" AND ")
            .one_of("i.dish_id", Bind::Ints(scope.names.dishes.ids(&orders.dish)));
    }
    if !orders.category.is_empty() {
        w.put(" AND ").one_of(
            "i.category_id",
            Bind::Ints(scope.names.categories.ids(&orders.category)),
        );
    }
    scope.within(w, "i.customer_id");
    w.put(")");
}
