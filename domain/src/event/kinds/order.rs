//! What an order has become.

use crate::Timestamp;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source, value_of};
use crate::fault::{Fault, Why};
use crate::order::OrderStatus;
use crate::time::DAY_MS;
use serde_json::{Map, Value};

pub(in crate::event) const PLACED: KindSpec = becomes(OrderStatus::Placed, "order.placed", "an order was placed");
pub(in crate::event) const COOKING: KindSpec =
    becomes(OrderStatus::Cooking, "order.cooking", "an order is being cooked");
pub(in crate::event) const ON_ITS_WAY: KindSpec =
    becomes(OrderStatus::OnItsWay, "order.on_its_way", "an order is on its way");
pub(in crate::event) const DELIVERED: KindSpec =
    becomes(OrderStatus::Delivered, "order.delivered", "an order was delivered");
pub(in crate::event) const CANCELLED: KindSpec =
    becomes(OrderStatus::Cancelled, "order.cancelled", "an order was cancelled");

const fn becomes(status: OrderStatus, name: &'static str, says: &'static str) -> KindSpec {
    KindSpec {
        name,
        says,
        source: Source::Order(status),
        schema: Schema { fields: FIELDS },
        check,
    }
}

const FIELDS: &[Field] = &[Field::must(
    "order",
    FieldKind::Object(&ORDER),
    "the whole order, as it is now",
)];

const ORDER: Schema = Schema {
    fields: &[
        Field::must("number", FieldKind::Text, "the brand's own id of the order"),
        Field::must("placed_at", FieldKind::Instant, "when it was placed"),
        Field::must("total", FieldKind::Money, "what it costs"),
        Field::may("restaurant", FieldKind::Text, "the restaurant's name"),
        Field::may("delivery", FieldKind::Text, "how it is delivered, in the brand's words"),
        Field::may(
            "source",
            FieldKind::Text,
            "where it came from, in the brand's words: site, app, operator, aggregator",
        ),
        Field::may("promo", FieldKind::Text, "the promo code used"),
        Field::may("items", FieldKind::List(&FieldKind::Object(&ITEM)), "what was ordered"),
    ],
};

const ITEM: Schema = Schema {
    fields: &[
        Field::may("dish", FieldKind::Text, "the dish"),
        Field::may("category", FieldKind::Text, "the dish's category"),
        Field::may("quantity", FieldKind::Number, "how many of it, 1 if absent"),
        Field::must("price", FieldKind::Money, "the price of one"),
    ],
};

/// The most pieces of a dish in one order.
const MAX_QUANTITY: i64 = 1_000_000;

fn check(data: &Map<String, Value>) -> Vec<Fault> {
    let items = value_of(data, "order.items").and_then(Value::as_array);
    let numbered = items.into_iter().flatten().enumerate();
    let unfit = numbered.filter_map(|(i, item)| {
        let fits = |it: &Value| it.as_i64().is_some_and(|it| (1..=MAX_QUANTITY).contains(&it));
        let quantity = item.get("quantity").filter(|it| !fits(it));
        let (least, most) = (1, MAX_QUANTITY);
        quantity.map(|_| Why::NumberOutside { least, most }.at(format!("order.items[{i}].quantity")))
    });
    unfit.collect()
}

/// When an order became what a report says, if the report does not tell. An order that was placed long before anybody told of
/// it is history: what became of it happened then, and not now.
pub fn became_at(status: OrderStatus, is_first_report: bool, placed_at: Timestamp, now: Timestamp) -> Timestamp {
    let is_history = placed_at.0 < now.0 - DAY_MS;
    if is_first_report && (status == OrderStatus::Placed || is_history) {
        placed_at.min(now)
    } else {
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_became_what_it_is_when_it_was_told_of_unless_it_is_history() {
        let now = Timestamp(10 * DAY_MS);
        let (hour_ago, days_ago) = (Timestamp(now.0 - 3_600_000), Timestamp(now.0 - 2 * DAY_MS));
        for (status, is_first, placed_at, at) in [
            (OrderStatus::Placed, true, hour_ago, hour_ago),
            (OrderStatus::Placed, true, Timestamp(now.0 + 1), now),
            (OrderStatus::Delivered, true, hour_ago, now),
            (OrderStatus::Delivered, true, days_ago, days_ago),
            (OrderStatus::Delivered, false, days_ago, now),
        ] {
            assert_eq!(
                became_at(status, is_first, placed_at, now),
                at,
                "{status:?} {is_first} {placed_at}"
            );
        }
    }

    #[test]
    fn pieces_are_whole() {
        let of = |quantity| json!({"order": {"items": [{"price": "1"}, {"price": "1", "quantity": quantity}]}});
        for (quantity, fits) in [
            (json!(1), true),
            (json!(0), false),
            (json!(1.5), false),
            (json!(1_000_001), false),
        ] {
            let faults = check(of(quantity.clone()).as_object().unwrap());
            assert_eq!(faults.is_empty(), fits, "{quantity}");
        }
    }
}
