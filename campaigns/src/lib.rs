//! What a campaign is, from the text of its file to the answers about it, without a process that runs it.
//!
//! Whoever asks about a mailing (command line, API) and whoever sends it (dispatcher, worker) go by the same code: texts are
//! compiled by [`RunContents`], rendered by [`RunContents::render`], guests are chosen by [`MailingPlanner`], and what they
//! are sent by are [`Senders`].
//!
//! Answers are values that can be serialised; nothing here prints, and the instant of a question is an argument. A mailing is
//! asked about with a [`Brand`]: by [`check::check`], [`preview::preview`], [`rehearsal::rehearse`] and [`forecast::foresee`],
//! which write nothing, and [`launch::launch`] and [`test_send::test_send`], which begin a run.

mod brand;
pub mod check;
mod contents;
mod error;
pub mod forecast;
mod form;
mod in_force;
pub mod launch;
mod live;
pub mod nearest;
mod plan;
pub mod preview;
pub mod rehearsal;
mod render;
mod rendered;
mod report;
mod runs;
mod senderless;
mod senders;
mod shared_provider;
pub mod test_send;

pub use brand::{Brand, CampaignStore, Rendering, spec_of};
pub use contents::RunContents;
pub use error::{CampaignError, Result};
pub use in_force::{InForce, OrgInForce};
pub use live::{Live, News};
pub use plan::MailingPlanner;
pub use render::{CannotRender, OrgDefaults, Recipient, may_write_freely};
pub use rendered::Lists;
pub use senderless::Senderless;
pub use senders::{Sender, Senders, pacing};
pub use shared_provider::{Aside, SharedProvider};
