//! Saved segments (PRODUCT.md §3): filters with a name, which mailings, programs and landings refer to.
//!
//! A reference is put into its filter when somebody is asked about: a program is asked by the segment as it is at that moment, and a run
//! by the segment as it was at its start, so that a change in the middle of its planning concerns nobody of it.

mod book;
mod changing;
mod reading;
mod saved;
mod uses;

pub use book::SegmentBook;
pub use reading::{KeptSegment, NewSegment, SegmentPage, SegmentUse};

pub(crate) use saved::of_file;
pub(crate) use uses::note;
