//! A guest has left a review.

use crate::event::{Field, FieldKind, KindSpec, Schema, Source, value_of};
use crate::fault::{Fault, Why};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// How many stars there are.
pub const STARS: RangeInclusive<i64> = 1..=5;

pub(in crate::event) const LEFT: KindSpec = KindSpec {
    name: "review.left",
    says: "a guest has left a review; of several about one order the latest stands",
    source: Source::Told,
    schema: Schema {
        fields: &[Field::must("review", FieldKind::Object(&REVIEW), "the review")],
    },
    check,
};

const REVIEW: Schema = Schema {
    fields: &[
        Field::must("stars", FieldKind::Number, "1 to 5"),
        Field::may("text", FieldKind::Text, "the guest's words").long(),
        Field::may(
            "order",
            FieldKind::Text,
            "the brand's own id of the order that it is about",
        ),
        Field::may(
            "photos",
            FieldKind::List(&FieldKind::Text),
            "where the guest's photos are",
        )
        .long(),
        Field::may("source", FieldKind::Text, "where it was left, in the brand's words"),
    ],
};

fn check(data: &Map<String, Value>) -> Vec<Fault> {
    let stars = value_of(data, "review.stars");
    let fits = stars.and_then(Value::as_i64).is_some_and(|it| STARS.contains(&it));
    let (least, most) = (*STARS.start(), *STARS.end());
    match stars {
        Some(_) if !fits => vec![Why::NumberOutside { least, most }.at("review.stars")],
        _ => Vec::new(),
    }
}
