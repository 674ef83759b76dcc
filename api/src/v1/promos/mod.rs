//! `/v1/promo-lists` and `/v1/promo-tags`: lists of promo codes, the codes of each, and the tags that the use of a promo sets
//! (docs/promo-codes.md).

mod codes;
mod lists;
mod tags;

pub(crate) use codes::{Which, add, given};
pub(crate) use lists::{get, list, put, remove};
pub(crate) use tags::{put_tags, tags};
