//! Trigger programs and schedules (PRODUCT.md §5, §7): what a program is, and what events, dates and clocks make of it.
//!
//! Everything here is a pure function of values: it asks nobody, stores nothing and reads no clock. Whoever keeps firings
//! and messages carries out what is decided here.

pub mod calendar;
pub mod definition;
pub mod engine;
mod order_told;
pub mod presets;
mod time_of_day;

pub use definition::{Definition, check, read};
pub use time_of_day::{NotTimeOfDay, TimeOfDay};
