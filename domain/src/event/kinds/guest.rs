//! A guest has registered.

use super::whatever;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source};

pub(in crate::event) const REGISTERED: KindSpec = KindSpec {
    name: "guest.registered",
    says: "a guest has registered; what is told is written on the card",
    source: Source::Told,
    schema: Schema {
        fields: &[Field::may(
            "guest",
            FieldKind::Object(&GUEST),
            "what the guest has told",
        )],
    },
    check: whatever,
};

const GUEST: Schema = Schema {
    fields: &[
        Field::may("name", FieldKind::Text, "the guest's name"),
        Field::may("email", FieldKind::Text, "an e-mail address"),
        Field::may("birthday", FieldKind::Date, "the day of birth"),
        Field::may("locale", FieldKind::Text, "the guest's language (BCP 47), like ru"),
        Field::may(
            "timezone",
            FieldKind::Text,
            "the guest's own time zone (IANA), like Europe/Moscow",
        ),
        Field::may("restaurant", FieldKind::Text, "the home restaurant's name"),
        Field::may(
            "source",
            FieldKind::Text,
            "by what the guest has registered: site, app, operator",
        ),
        Field::may(
            "marketing_consent",
            FieldKind::Flag,
            "whether the guest has agreed to marketing, on all channels",
        ),
    ],
};
