//! Credited orders by the restaurants that took them.

use super::credits::CreditedOrder;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::{CustomerId, Money};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a restaurant got of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfRestaurant {
    /// `None`: the order did not say.
    pub restaurant: Option<String>,
    pub orders: u64,
    pub revenue: Money,
    /// Different guests.
    pub buyers: u64,
}

/// Orders that are gathered by restaurant.
#[derive(Default)]
pub(super) struct Restaurants(BTreeMap<Option<String>, (u64, Money, HashSet<CustomerId>)>);

impl Restaurants {
    /// Adds these orders. Those with a promo by guests to whom nothing was sent are no part of it.
    pub async fn add(&mut self, session: &mut Session, orders: &[CreditedOrder]) -> Result<()> {
        let own: HashMap<i64, &CreditedOrder> = orders
            .iter()
            .filter(|it| !it.by_non_recipient)
            .map(|it| (it.id, it))
            .collect();
        if own.is_empty() {
            return Ok(());
        }
        let text = "SELECT o.id, t.name FROM {rows} JOIN orders o ON o.id = r.placed
                    LEFT JOIN restaurants t ON t.id = o.restaurant_id";
        let placed = Table::default().ints("placed", own.keys().copied());
        for row in session.fetch(sql(text).rows(placed)).await? {
            let c = row.columns();
            let Some(order) = own.get(&c.int("id")?) else {
                continue;
            };
            let (orders, revenue, buyers) = self.0.entry(c.opt_text("name")?).or_default();
            *orders += 1;
            revenue.0 += order.total.0;
            buyers.insert(order.customer);
        }
        Ok(())
    }

    /// Those with the most revenue first.
    pub fn finish(self) -> Vec<OfRestaurant> {
        let all = self
            .0
            .into_iter()
            .map(|(restaurant, (orders, revenue, buyers))| OfRestaurant {
                restaurant,
                orders,
                revenue,
                buyers: buyers.len() as u64,
            });
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.revenue));
        all
    }
}
