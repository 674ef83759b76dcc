//! Rules in plain Rust, by the words of PRODUCT.md §4: over whole histories, again and again, without any plan of when to look.

use bellhop_domain::Timestamp;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::tag_rule::{Menu, TagRule};
use bellhop_domain::time::DAY_MS;
use bellhop_store::guests::LiveOrder;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Reference {
    /// By their numbers, as the reports have brought them.
    pub orders: BTreeMap<String, LiveOrder>,
    pub guests: BTreeSet<String>,
    /// How many rules there had been when a delivered order of a guest was last heard of, while any was in force.
    heard: BTreeMap<String, usize>,
    pub rules: Vec<Rule>,
}

pub struct Rule {
    pub rule: TagRule,
    pub covers_all: bool,
    pub is_deleted: bool,
}

impl Reference {
    /// A report; a status only moves forward.
    pub fn put(&mut self, report: &LiveOrder) {
        let guest = report.customer.clone().unwrap();
        self.guests.insert(guest.clone());
        let before = self.orders.get(&report.external_id).map(|it| it.status);
        let after = before.map_or(report.status, |it| later(it, report.status));
        if before != Some(after) && [before, Some(after)].contains(&Some(OrderStatus::Delivered)) && self.has_rules() {
            self.heard.insert(guest, self.rules.len());
        }
        let order = LiveOrder {
            status: after,
            ..report.clone()
        };
        self.orders.insert(report.external_id.clone(), order);
    }

    fn has_rules(&self) -> bool {
        self.rules.iter().any(|it| !it.is_deleted)
    }

    pub fn tags(&self, guest: &str, now: Timestamp) -> BTreeSet<String> {
        let heard = self.heard.get(guest).copied().unwrap_or_default();
        let speaking = self
            .rules
            .iter()
            .enumerate()
            .filter(|(place, it)| !it.is_deleted && (it.covers_all || *place < heard));
        let setting = speaking.filter(|(_, it)| self.sets(&it.rule, guest, now));
        setting.map(|(_, it)| it.rule.tag.clone()).collect()
    }

    /// How many guests the rule sets its tag on, if it speaks of everybody.
    pub fn count(&self, rule: &TagRule, now: Timestamp) -> u64 {
        self.guests.iter().filter(|guest| self.sets(rule, guest, now)).count() as u64
    }

    fn sets(&self, rule: &TagRule, guest: &str, now: Timestamp) -> bool {
        let counted: Vec<&LiveOrder> = self
            .orders
            .values()
            .filter(|it| it.customer.as_deref() == Some(guest) && it.status == OrderStatus::Delivered)
            .filter(|it| it.placed_at <= now && now.0 < it.placed_at.0 + i64::from(rule.days) * DAY_MS)
            .collect();
        let sum = counted.iter().map(|it| it.total).sum();
        let ate = |menu: &Menu| {
            let items = counted.iter().flat_map(|it| it.items.iter().flatten());
            items.into_iter().any(|item| {
                let has = |names: &[String], name: &Option<String>| name.as_ref().is_some_and(|it| names.contains(it));
                has(&menu.dish, &item.dish) || has(&menu.category, &item.category)
            })
        };
        let mut holds = rule.count.is_none_or(|range| range.contains(counted.len() as u32));
        holds &= rule.total.is_none_or(|range| range.contains(sum));
        holds &= rule.ordered.as_ref().is_none_or(ate);
        holds &= !rule.not_ordered.as_ref().is_some_and(ate);
        holds != rule.inverse
    }
}

fn later(one: OrderStatus, other: OrderStatus) -> OrderStatus {
    if one.code() > other.code() { one } else { other }
}
