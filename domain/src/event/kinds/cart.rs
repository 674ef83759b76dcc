//! What is in a guest's cart.

use super::whatever;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source};

pub(in crate::event) const CHANGED: KindSpec = KindSpec {
    name: "cart.changed",
    says: "a guest's cart is another than before; without items it is empty",
    source: Source::Told,
    schema: Schema {
        fields: &[Field::must(
            "cart",
            FieldKind::Object(&CART),
            "the whole cart, as it is now",
        )],
    },
    check: whatever,
};

const CART: Schema = Schema {
    fields: &[
        Field::must("total", FieldKind::Money, "what it costs"),
        Field::may("items", FieldKind::List(&FieldKind::Object(&ITEM)), "what is in it"),
        Field::may("url", FieldKind::Text, "where the guest finds it again").long(),
    ],
};

const ITEM: Schema = Schema {
    fields: &[
        Field::must("dish", FieldKind::Text, "the dish"),
        Field::may("quantity", FieldKind::Number, "how many of it"),
        Field::may("price", FieldKind::Money, "the price of one"),
    ],
};
