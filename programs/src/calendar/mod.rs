//! Schedules of mailings: a moment, the same time everywhere, or a recurrence (PRODUCT.md §5).
//!
//! Recurrences are expanded on the wall clock, and every moment is placed by [`bellhop_domain::Zone::first_at`]: in a gap (the
//! clocks are put forward) at its end, in a fold (they are put back) the first time and not again.

mod days;
mod occurrences;
mod own_time;
mod parse;
mod read;
mod rule;
mod schedule;
mod starts;

pub use own_time::OwnTime;
pub use read::read;
pub use rule::{NotRule, Rule};
pub use schedule::{At, Clock, Day, Local, NamedZone, Past, Recurring, Schedule};
pub use starts::{Reached, Start};
