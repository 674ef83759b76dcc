//! What only this brand knows of.

use super::whatever;
use crate::event::{KindSpec, Schema, Source};

pub(in crate::event) const CUSTOM: KindSpec = KindSpec {
    name: "custom",
    says: "anything else; `name` says what, and every other key beside the usual ones is a text, a number or a flag",
    source: Source::Told,
    schema: Schema { fields: &[] },
    check: whatever,
};

/// The longest name of a custom event's field.
const FIELD_CHARS: usize = 64;

/// Whether a custom event may have a field of this name, which is then a variable of texts.
pub(in crate::event) fn is_field_name(name: &str) -> bool {
    let mut chars = name.chars();
    let begins = chars.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    begins && name.len() <= FIELD_CHARS && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
