//! A guest's bonuses, which the brand's own system keeps.

use super::whatever;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source};

pub(in crate::event) const ACCRUED: KindSpec = KindSpec {
    name: "bonuses.accrued",
    says: "a guest was given bonuses",
    source: Source::Told,
    schema: Schema {
        fields: &[
            Field::must("bonus_amount", FieldKind::Money, "how many"),
            Field::may("balance", FieldKind::Money, "how many the guest has now"),
            Field::may("valid_to", FieldKind::Date, "the last day on which these can be spent"),
            Field::may(
                "order",
                FieldKind::Text,
                "the brand's own id of the order that they are for",
            ),
        ],
    },
    check: whatever,
};

pub(in crate::event) const CHANGED: KindSpec = KindSpec {
    name: "bonuses.changed",
    says: "a guest's bonus balance is another than before, or burns at other times",
    source: Source::Told,
    schema: Schema {
        fields: &[
            Field::must("balance", FieldKind::Money, "how many the guest has now"),
            Field::may(
                "burns",
                FieldKind::List(&FieldKind::Object(&BURN)),
                "how many of them burn when, all that is known; absent, nothing burns",
            ),
        ],
    },
    check: whatever,
};

const BURN: Schema = Schema {
    fields: &[
        Field::must("amount", FieldKind::Money, "how many burn"),
        Field::must("at", FieldKind::Instant, "when they do"),
    ],
};
