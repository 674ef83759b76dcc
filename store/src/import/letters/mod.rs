//! The encoding of a file.
//!
//! A byte order mark identifies UTF-8 and UTF-16, and zero bytes identify UTF-16 without a mark. In all other
//! encodings of CSV files the structure of a file is ASCII. So a row is read as UTF-8 and, if it is not, in the
//! encoding that all rows which are not UTF-8 suggest. The usual file is thus read once and nothing is guessed, and
//! files that were joined are read correctly.

mod family;
mod guess;
#[cfg(test)]
mod model;
mod record;
mod utf16;

pub(super) use record::Letters;
pub(super) use utf16::{Utf16, endianness};
