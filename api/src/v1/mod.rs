//! Version 1: live events, what an organisation decides, its mailings, audiences and guests; and the
//! people who do.

mod address;
pub(crate) mod audience;
pub(crate) mod audit;
pub(crate) mod consents;
pub(crate) mod endpoints;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod guests;
pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod landings;
pub(crate) mod live_audience;
pub(crate) mod mailings;
pub(crate) mod messages;
pub(crate) mod opens;
pub(crate) mod orders;
mod page;
pub(crate) mod people;
pub(crate) mod presence;
pub(crate) mod programs;
pub(crate) mod promos;
pub(crate) mod rehearsals;
pub(crate) mod reports;
pub(crate) mod segments;
pub(crate) mod senders;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod stream;
pub(crate) mod tag_rules;
mod text;
pub(crate) mod webhooks;
