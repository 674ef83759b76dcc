//! A guest whom another has invited.

use super::whatever;
use crate::event::{Field, FieldKind, KindSpec, Schema, Source, text_of};
use crate::fault::{Fault, Why};
use serde_json::{Map, Value};

pub(in crate::event) const JOINED: KindSpec = KindSpec {
    name: "referral.joined",
    says: "a guest has come by the invitation of another; the event is the newcomer's, and the first invitation counts",
    source: Source::Told,
    schema: Schema {
        fields: &[Field::must(
            "referral",
            FieldKind::Object(&INVITATION),
            "the invitation",
        )],
    },
    check: by_somebody,
};

pub(in crate::event) const ORDERED: KindSpec = KindSpec {
    name: "referral.ordered",
    says: "the first order of a guest who came by an invitation was delivered; the event is of the guest who invited",
    source: Source::Made,
    schema: Schema {
        fields: &[
            Field::must("referral", FieldKind::Object(&NEWCOMER), "who came"),
            Field::must("order", FieldKind::Object(&FIRST_ORDER), "the newcomer's order"),
        ],
    },
    check: whatever,
};

const INVITATION: Schema = Schema {
    fields: &[
        Field::may(
            "by",
            FieldKind::Text,
            "the customer_id of the guest who invited; without it, `code` says who",
        ),
        Field::may(
            "code",
            FieldKind::Text,
            "the code by which the newcomer came, of the inviter's page or of the brand's own",
        ),
    ],
};

const NEWCOMER: Schema = Schema {
    fields: &[
        Field::must("customer_id", FieldKind::Text, "the customer_id of the newcomer"),
        Field::may("name", FieldKind::Text, "the newcomer's name"),
        Field::may("code", FieldKind::Text, "the code by which the newcomer came"),
    ],
};

const FIRST_ORDER: Schema = Schema {
    fields: &[
        Field::must("number", FieldKind::Text, "the brand's own id of the order"),
        Field::must("total", FieldKind::Money, "what it cost"),
    ],
};

/// An invitation is somebody's, by id or by code.
fn by_somebody(data: &Map<String, Value>) -> Vec<Fault> {
    let says = |path| text_of(data, path).is_some();
    if !data.contains_key("referral") || says("referral.by") || says("referral.code") {
        return Vec::new();
    }
    let key = "by".to_owned();
    vec![Why::BodyKeyAbsent { key }.at("referral.by")]
}
