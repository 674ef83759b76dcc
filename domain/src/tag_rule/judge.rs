//! What rules say of a guest at an instant, and when that changes if nothing happens.

use super::{Menu, TagRule};
use crate::{Money, TagRuleId, Timestamp};
use std::collections::BTreeSet;

/// A delivered order, as far as rules ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredOrder {
    pub placed_at: Timestamp,
    pub total: Money,
    /// Of what was ordered, those names that a rule has.
    pub dishes: Vec<String>,
    pub categories: Vec<String>,
}

/// Of whom a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    Everybody,
    /// Guests of whom a delivered order was heard since there is this rule.
    HeardSince(TagRuleId),
}

/// A rule that is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveRule {
    pub rule: TagRule,
    pub covers: Covers,
}

/// What all rules together say of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    pub tags: BTreeSet<String>,
    /// The first instant at which a rule says something else, if nothing happens until then.
    pub changes_at: Option<Timestamp>,
}

/// The longest time for which any of these asks for orders, in milliseconds.
pub fn longest(rules: &[LiveRule]) -> i64 {
    rules.iter().map(|it| it.rule.span_ms()).max().unwrap_or_default()
}

/// What rules say of a guest. `heard` is the latest rule that there was when a delivered order of theirs was last heard of.
pub fn judge(rules: &[LiveRule], orders: &[DeliveredOrder], heard: Option<TagRuleId>, now: Timestamp) -> Judged {
    let covering = rules.iter().filter(|it| match it.covers {
        Covers::Everybody => true,
        Covers::HeardSince(rule) => heard.is_some_and(|latest| latest >= rule),
    });
    let mut judged = Judged::default();
    for LiveRule { rule, .. } in covering {
        let (is_set, changes_at) = rule.judge(orders, now);
        if is_set {
            judged.tags.insert(rule.tag.clone());
        }
        judged.changes_at = judged.changes_at.into_iter().chain(changes_at).min();
    }
    judged
}

/// What a rule counts of the orders in its days.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    orders: u64,
    /// Of any number of the largest orders.
    total: i128,
    ordered: u64,
    not_ordered: u64,
}

/// An order begins to count, or ends to.
struct Step<'a> {
    at: Timestamp,
    begins: bool,
    order: &'a DeliveredOrder,
}

impl TagRule {
    /// Whether it sets its tag on a guest without orders.
    pub fn sets_without_orders(&self) -> bool {
        self.sets(&Tally::default())
    }

    /// Whether it sets its tag, and the first instant at which it no longer says so.
    fn judge(&self, orders: &[DeliveredOrder], now: Timestamp) -> (bool, Option<Timestamp>) {
        let mut tally = Tally::default();
        let mut steps = Vec::new();
        for order in orders {
            let until = Timestamp(order.placed_at.0.saturating_add(self.span_ms()));
            let step = |at, begins| Step { at, begins, order };
            if until <= now {
                continue;
            }
            match order.placed_at <= now {
                true => self.count(&mut tally, order, true),
                false => steps.push(step(order.placed_at, true)),
            }
            steps.push(step(until, false));
        }
        let is_set = self.sets(&tally);
        steps.sort_by_key(|step| step.at);
        for together in steps.chunk_by(|one, other| one.at == other.at) {
            together
                .iter()
                .for_each(|it| self.count(&mut tally, it.order, it.begins));
            if self.sets(&tally) != is_set {
                return (is_set, together.first().map(|it| it.at));
            }
        }
        (is_set, None)
    }

    fn count(&self, tally: &mut Tally, order: &DeliveredOrder, begins: bool) {
        let has = |menu: &Option<Menu>| menu.as_ref().is_some_and(|menu| menu.is_in(order));
        let put = |number: &mut u64| *number = number.saturating_add_signed(if begins { 1 } else { -1 });
        put(&mut tally.orders);
        tally.total += i128::from(order.total.0) * if begins { 1 } else { -1 };
        if has(&self.ordered) {
            put(&mut tally.ordered);
        }
        if has(&self.not_ordered) {
            put(&mut tally.not_ordered);
        }
    }

    fn sets(&self, tally: &Tally) -> bool {
        let total = Money(i64::try_from(tally.total).unwrap_or(i64::MAX));
        let orders = u32::try_from(tally.orders).unwrap_or(u32::MAX);
        let holds = self.count.is_none_or(|range| range.contains(orders))
            && self.total.is_none_or(|range| range.contains(total))
            && (self.ordered.is_none() || tally.ordered > 0)
            && (self.not_ordered.is_none() || tally.not_ordered == 0);
        holds != self.inverse
    }
}

impl Menu {
    fn is_in(&self, order: &DeliveredOrder) -> bool {
        let has = |wanted: &[String], there: &[String]| wanted.iter().any(|name| there.contains(name));
        has(&self.dish, &order.dishes) || has(&self.category, &order.categories)
    }
}
