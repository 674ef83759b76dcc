//! Everything about a campaign from the text of its file to the answers about it, without running it.
//!
//! Those who ask about a mailing (command line, API) and those who send it (dispatcher, worker) use the same code:
//! [`RunContents`] compiles texts, [`RunContents::render`] renders them, [`MailingPlanner`] chooses guests, and
//! [`Senders`] knows what messages go out from.
//!
//! Answers are values that can be serialised; nothing here prints, and the instant of a question is an argument.
//! [`check::check`], [`preview::preview`], [`rehearsal::rehearse`] and [`forecast::foresee`] write nothing;
//! [`launch::launch`] and [`test_send::test_send`] begin a run. All of them but the preview, which needs no senders,
//! take a [`Brand`].

mod brand;
pub mod check;
mod check_report;
mod contents;
pub mod course;
pub mod draft;
mod error;
pub mod forecast;
mod form;
mod in_force;
pub mod launch;
mod live;
pub mod nearest;
pub mod over_time;
pub mod overlap;
mod plan;
pub mod preview;
pub mod program;
pub mod programs;
pub mod progress;
pub mod promo;
pub mod rehearsal;
mod render;
mod rendered;
pub mod report;
mod runs;
pub mod schedule;
mod senderless;
mod senders;
mod shared_provider;
pub mod test_send;
mod unsent;

pub use brand::{Brand, CampaignStore, Rendering, read_spec, spec_of};
pub use contents::RunContents;
pub use error::{CampaignError, Result};
pub use in_force::{InForce, OrgInForce};
pub use live::{Live, News};
pub use plan::MailingPlanner;
pub use render::{CannotRender, OrgDefaults, Recipient, may_write_freely};
pub use rendered::Lists;
pub use senderless::{HEARD_WITHIN, Senderless};
pub use senders::{Sender, Senders, pacing};
pub use shared_provider::{Aside, SharedProvider};
