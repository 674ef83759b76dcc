//! What a campaign is, from the text of its file to the answers about it, without a process that runs it.
//!
//! Whoever asks about a mailing (command line, API) and whoever sends it (dispatcher, worker) go by the same code: texts are
//! compiled by [`RunContents`], rendered by [`RunContents::render`], guests are chosen by [`MailingPlanner`], and what they
//! are sent by are [`Senders`].

mod contents;
mod plan;
mod render;
mod rendered;
mod senders;

pub use contents::RunContents;
pub use plan::MailingPlanner;
pub use render::{CannotRender, OrgDefaults, Recipient, may_write_freely};
pub use rendered::{Lists, Rendered, RenderedAction, RenderedButton, RenderedHeader, RenderedMedia, RenderedWhatsApp};
pub use senders::{Sender, Senders};
