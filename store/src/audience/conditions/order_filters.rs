//! The filters of orders, over `orders o`.

use super::{QueryContext, Writer};
use crate::audience::writer::Bind;
use bellhop_domain::Money;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::segment::conditions::Orders;
use bellhop_domain::segment::{Bounds, Span};

/// What is required of the matching orders.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted {
    /// At least one.
    Some,
    None,
    /// A range of the count, or anything of sums.
    Measured,
}

/// The filters of `Orders`, as the store needs them.
pub(super) trait AsSql {
    fn wanted(&self) -> Wanted;
    fn category_mask(&self, context: &QueryContext<'_>) -> Option<i64>;
    fn filters(&self, w: &mut Writer, context: &QueryContext<'_>, span: Span);
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

    /// The mask that answers a filter which consists only of categories.
    fn category_mask(&self, context: &QueryContext<'_>) -> Option<i64> {
        let without = Orders {
            category: Vec::new(),
            ..self.clone()
        };
        if self.category.is_empty() || !without.takes_all() {
            return None;
        }
        context.names.categories.mask(&self.category)
    }

    fn filters(&self, w: &mut Writer, context: &QueryContext<'_>, span: Span) {
        w.with("o.org_id = ? AND o.placed_at < ?", [context.org(), span.to.0]);
        if let Some(from) = span.from {
            w.with(" AND o.placed_at >= ?", [from.0]);
        }
        context.within(w, "o.customer_id");
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
            one_item(w, self, context);
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

fn one_item(w: &mut Writer, orders: &Orders, context: &QueryContext<'_>) {
    w.put(" AND EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id");
    if !orders.dish.is_empty() {
        w.put(" AND ")
            .one_of("i.dish_id", Bind::Ints(context.names.dishes.ids(&orders.dish)));
    }
    if !orders.category.is_empty() {
        w.put(" AND ").one_of(
            "i.category_id",
            Bind::Ints(context.names.categories.ids(&orders.category)),
        );
    }
    context.within(w, "i.customer_id");
    w.put(")");
}
