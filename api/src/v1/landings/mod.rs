//! `/v1/landings`: pages of an image, a text and a button, and which of them the app or site shows at its entry (docs/landings.md).

mod change;
mod current;
mod document;

pub(crate) use change::{post, put, remove};
pub(crate) use current::{Who, clicked, current, shown};
pub(crate) use document::{Which, get, list, statistics};
