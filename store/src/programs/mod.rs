//! Programs: what they say, what they have fired for whom, and what came of it.
//!
//! This room keeps and does not decide: a definition is a text here, and whoever fires or lets go says by values what is to
//! happen (the crate `bellhop-programs` is the rule, a dispatcher asks it). What is here is that it happens once.
//!
//! # Firings
//! A firing is what a program means to send to one guest for one occasion. It waits until it is due, and is then sent, skipped
//! or cancelled for good. A guest gets one for an occasion (a unique index), so that an event may be told any number of times.
//! A message exists if, and only if, its firing says *sent*: both are written by one transaction.
//!
//! # Locks
//! Always program, firings, run, and then as in the [ledger](crate::ledger). Whoever fires or lets go shares the program's row,
//! which switching on or off changes: when `switch_off` returns, nobody is in the middle of letting go what it has ended.
//! Firings that are due are taken with `SKIP LOCKED`, so that several dispatchers let go different ones. Where a guest is to rest
//! after a message, the guest is held too (`resting.rs`).

mod arming;
mod changing;
mod dated;
mod decided;
mod deciding;
mod definitions;
mod effects;
mod firing;
mod guests_in_hand;
mod journal;
mod letting_go;
mod listing;
mod past;
mod resting;
mod switching;
mod told;
mod types;
mod writing;

pub use arming::{Armed, Arming, Calendar, Replanned};
pub use dated::{DatedGuest, Days, KnownFiring, OrderMark};
pub use deciding::{DueFiring, Needs, Rule, Standing, Verdict};
pub use definitions::ProgramsBook;
pub use effects::{Change, Effect, Fired};
pub use firing::Firing;
pub use letting_go::{DueProgram, LetGo, LettingGo};
pub use past::{Concerning, Past, PastEvent, PastFiring, PastGuest, PastWord};
pub use types::*;
