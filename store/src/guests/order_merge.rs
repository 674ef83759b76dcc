//! What a report about an order changes in what is known of it: a pure rule, the same for live orders and files.

use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, Money, Timestamp};

/// An order with its names resolved, as its row holds it. The id is 0 until the row exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderRow {
    pub id: i64,
    pub external_id: String,
    pub customer: CustomerId,
    pub restaurant: Option<i64>,
    pub placed_at: Timestamp,
    pub status: OrderStatus,
    pub total: Money,
    pub delivery: Option<String>,
    pub source: Option<String>,
    pub promo: Option<String>,
}

/// An item with its names resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ItemRow {
    pub dish: Option<i64>,
    pub category: Option<i64>,
    pub quantity: i64,
    pub price: Money,
}

impl OrderRow {
    /// Takes in a later-heard report about the same order. Returns whether anything changed.
    ///
    /// A report whose status is behind the known one was made earlier: it only fills what is empty. What a report
    /// leaves empty stays.
    pub fn absorb(&mut self, report: OrderRow) -> bool {
        let mut changed = false;
        let current = self.is_current(report.status);
        if current {
            changed |= replace(&mut self.customer, report.customer);
            changed |= replace(&mut self.placed_at, report.placed_at);
            changed |= replace(&mut self.status, report.status);
            changed |= replace(&mut self.total, report.total);
        }
        changed |= fill(&mut self.restaurant, report.restaurant, current);
        changed |= fill(&mut self.delivery, report.delivery, current);
        changed |= fill(&mut self.source, report.source, current);
        changed |= fill(&mut self.promo, report.promo, current);
        changed
    }

    /// Whether a report with this status is not older than what is known.
    pub fn is_current(&self, status: OrderStatus) -> bool {
        status.code() >= self.status.code()
    }
}

fn replace<T: PartialEq>(known: &mut T, said: T) -> bool {
    let news = *known != said;
    *known = said;
    news
}

fn fill<T: PartialEq>(known: &mut Option<T>, said: Option<T>, overwrite: bool) -> bool {
    if said.is_none() || (known.is_some() && !overwrite) {
        return false;
    }
    replace(known, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(status: OrderStatus, total: i64, promo: Option<&str>) -> OrderRow {
        OrderRow {
            id: 0,
            external_id: "o".into(),
            customer: CustomerId(1),
            restaurant: None,
            placed_at: Timestamp(total),
            status,
            total: Money(total),
            delivery: None,
            source: None,
            promo: promo.map(str::to_owned),
        }
    }

    #[test]
    fn a_report_changes_what_it_says_and_an_old_one_only_fills() {
        use OrderStatus::*;
        let table = [
            // known, report, then, changed
            (
                order(Placed, 1, None),
                order(Delivered, 2, None),
                order(Delivered, 2, None),
                true,
            ),
            (
                order(Delivered, 1, Some("A")),
                order(Delivered, 1, None),
                order(Delivered, 1, Some("A")),
                false,
            ),
            (
                order(Delivered, 1, Some("A")),
                order(Delivered, 3, Some("B")),
                order(Delivered, 3, Some("B")),
                true,
            ),
            (
                order(Delivered, 1, None),
                order(Placed, 2, Some("B")),
                order(Delivered, 1, Some("B")),
                true,
            ),
            (
                order(Delivered, 1, Some("A")),
                order(Cooking, 2, Some("B")),
                order(Delivered, 1, Some("A")),
                false,
            ),
            (
                order(Cancelled, 1, None),
                order(Delivered, 1, None),
                order(Cancelled, 1, None),
                false,
            ),
        ];
        for (mut known, report, then, changed) in table {
            assert_eq!(known.absorb(report.clone()), changed, "{report:?}");
            assert_eq!(known, then);
            assert!(!known.absorb(report), "repeated");
        }
    }
}
