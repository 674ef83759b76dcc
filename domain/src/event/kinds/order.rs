//! What an order has become.

use super::whatever;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source};
use crate::order::OrderStatus;

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
        check: whatever,
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
