//! What events and dates make of a definition: pure decisions, which whoever stores firings carries out.
//!
//! An event asks for [`Step`]s ([`on_event`]), and [`change`] says what they change among the firings of its guest. A date
//! gives the next moment ([`next_date`]), and [`replan`] says what that changes. When a firing is due, [`let_go`] decides.

mod birthday;
mod burn;
mod date;
mod event;
mod firing;
mod guest_dates;
mod local;
mod occasion;
mod reason;
mod retention;
mod values;
mod verdict;

pub use burn::burns_on;
pub use date::{Replan, next_date, replan};
pub use event::{Change, Step, change, on_event};
pub use firing::{Firing, FiringState};
pub use guest_dates::{Birthday, Burn, GuestDates};
pub use occasion::Occasion;
pub use reason::Reason;
pub use values::{Sending, granted, values_at_sending, values_of};
pub use verdict::{Circumstances, Verdict, let_go};
