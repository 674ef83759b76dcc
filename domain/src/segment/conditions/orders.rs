//! `{"orders":{…}}`: how many orders meet all of the filters together, and their sum.

use super::{admits, one_of};
use crate::Money;
use crate::order::OrderStatus;
use crate::segment::{Asked, Bounds, Condition, FilterError, Guest, Order, Period};
use serde::{Deserialize, Serialize};

/// All filters must match the same order; a dish and a category must match the same item of it. Then the matching
/// orders are counted, summed and averaged. Without `count`: at least one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Bounds<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Bounds<Money>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<Bounds<Money>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dish: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    /// If empty, every status except cancelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<OrderStatus>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promo: Vec<String>,
}

impl Orders {
    pub fn period(&self) -> Period {
        self.between.clone().unwrap_or_default()
    }

    /// The range of the count.
    pub fn counts(&self) -> Bounds<u64> {
        match self.count {
            None => Bounds {
                min: Some(1),
                max: None,
            },
            Some(b) => Bounds {
                min: b.min.map(u64::from),
                max: b.max.map(u64::from),
            },
        }
    }

    /// The range of the sum, if there is one.
    pub fn totals(&self) -> Option<Bounds<Money>> {
        self.total.filter(|b| !b.is_open())
    }

    /// The range of the average, if there is one.
    pub fn averages(&self) -> Option<Bounds<Money>> {
        self.average.filter(|b| !b.is_open())
    }

    /// Whether a guest without a matching order is in. Never if a sum or an average is asked for.
    pub fn admits_none(&self) -> bool {
        self.counts().contains(0) && self.totals().is_none() && self.averages().is_none()
    }

    /// Whether orders are chosen only by when they were placed.
    pub fn takes_all(&self) -> bool {
        let lists = [&self.dish, &self.category, &self.delivery, &self.source, &self.promo];
        self.status.is_empty() && lists.iter().all(|l| l.is_empty())
    }

    fn matches(&self, order: &Order, asked: &Asked) -> bool {
        let by_status = match self.status.is_empty() {
            true => order.status.counts(),
            false => self.status.contains(&order.status),
        };
        by_status
            && self.period().span(asked).contains(order.placed_at)
            && admits(&self.delivery, order.delivery.as_deref())
            && admits(&self.source, order.source.as_deref())
            && admits(&self.promo, order.promo.as_deref())
            && self.has_item(order)
    }

    fn has_item(&self, order: &Order) -> bool {
        (self.dish.is_empty() && self.category.is_empty())
            || order.items.iter().any(|item| {
                admits(&self.dish, item.dish.as_deref()) && admits(&self.category, item.category.as_deref())
            })
    }

    fn matching(&self, guest: &Guest, asked: &Asked) -> (u64, Money) {
        let totals: Vec<_> = guest
            .orders_seen(asked)
            .filter(|o| self.matches(o, asked))
            .map(|o| o.total)
            .collect();
        (totals.len() as u64, totals.into_iter().sum())
    }
}

impl Condition for Orders {
    fn check(&self) -> Result<(), FilterError> {
        self.period().check().map_err(|e| e.under("between"))?;
        self.count.unwrap_or_default().check("count")?;
        self.total.unwrap_or_default().check_amount("total")?;
        self.average.unwrap_or_default().check_amount("average")
    }

    fn holds(&self, guest: &Guest, asked: &Asked) -> bool {
        let (count, sum) = self.matching(guest, asked);
        if count == 0 {
            return self.admits_none();
        }
        self.counts().contains(count)
            && self.totals().is_none_or(|b| b.contains(sum))
            && self.averages().is_none_or(|b| b.contains_average(sum, count))
    }

    fn clause(&self, _: &Asked) -> String {
        let mut filters = vec![format!("orders {}", self.period().words())];
        let statuses: Vec<_> = self.status.iter().map(|s| s.name()).collect();
        if !statuses.is_empty() {
            filters.push(one_of(&statuses));
        }
        for (name, list) in [
            ("dish", &self.dish),
            ("category", &self.category),
            ("delivery", &self.delivery),
            ("source", &self.source),
            ("promo", &self.promo),
        ] {
            if !list.is_empty() {
                filters.push(format!("{name} {}", one_of(list)));
            }
        }
        let mut wanted = vec![self.counts().words()];
        wanted.extend(self.totals().map(|b| format!("total {}", b.words())));
        wanted.extend(self.averages().map(|b| format!("average {}", b.words())));
        format!("{}: wanted {}", filters.join(", "), wanted.join(", "))
    }

    fn fact(&self, guest: &Guest, asked: &Asked) -> String {
        let (count, sum) = self.matching(guest, asked);
        let all = guest.orders_counted(asked).count();
        let average = sum.per(count).map(|a| format!(", average {a}")).unwrap_or_default();
        format!("{count} match of {all} in all, total {sum}{average}")
    }
}
