//! In which encoding a file is.
//!
//! A mark tells UTF-8 and UTF-16, zero bytes tell UTF-16 without one. The others of which CSV files are, are like ASCII where
//! the structure of a file is: a row is read as UTF-8, and if it is none, in the encoding that the file's other rows that are
//! none speak for. So the usual file is read once and never guessed about, and files that were joined are read right.

mod family;
mod guess;
#[cfg(test)]
mod model;
mod record;
mod utf16;

pub(super) use record::Letters;
pub(super) use utf16::{Utf16, endianness};

/// What every refusal of an encoding says to do.
pub(super) const REMEDY: &str = "save the file as UTF-8 (in Excel: CSV UTF-8)";
