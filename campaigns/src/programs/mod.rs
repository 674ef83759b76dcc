//! Programs, as far as it is decided what they do: a dispatcher does it, and a rehearsal says what a dispatcher would do. Both
//! ask here.
//!
//! The rules are those of `bellhop-programs`, which knows no store; the store keeps what they decide, and decides nothing. What
//! is here brings the values of the one to the questions of the other. Nothing of it asks the store.

mod dates;
mod hearing;
mod known;
pub mod rehearsal;
mod rule;

pub use dates::{AHEAD, ByDates, LONGEST_LATE, ROUND};
pub use hearing::{Asked, LiveProgram, asked};
pub use known::Known;
pub use rule::{ByDefinition, burns_of};
