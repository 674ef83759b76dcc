//! The brand's app.

use crate::event::{Field, FieldKind, KindSpec, Schema, Source, text_of};
use crate::fault::{Fault, Why};
use crate::ids::MessageId;
use serde_json::{Map, Value};

pub(in crate::event) const OPENED: KindSpec = KindSpec {
    name: "app.opened",
    says: "a guest has opened the brand's app; with a message_id, by a tap on that push, which is an open of it",
    source: Source::Told,
    schema: Schema {
        fields: &[Field::may("message_id", FieldKind::Text, "the push's message_id")],
    },
    check,
};

fn check(data: &Map<String, Value>) -> Vec<Fault> {
    let id = text_of(data, "message_id");
    let unfit = id.and_then(|id| id.parse::<MessageId>().err());
    unfit
        .map(|_| Why::MessageUnknown.at("message_id"))
        .into_iter()
        .collect()
}
