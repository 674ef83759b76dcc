//! The ledger: mailings, runs, planning, batches, leases, outcomes, receipts and opens.
//!
//! Every method is one short transaction, or one statement; none is held open while somebody talks to a provider or a
//! broker. Any number of dispatchers, workers and API processes call it at once. PostgreSQL runs at READ COMMITTED:
//! what must not change under a decision is locked, and a locked row is read again after the wait.
//!
//! # Roles
//! What somebody may do is a trait, implemented where its transactions are; whoever needs some roles names these and no
//! more. People and breakers use [`Commanding`], people who write mailings [`Drafting`], people and dispatchers [`Scheduling`]; programs
//! [`Requesting`]; dispatchers [`Planning`], [`Publishing`],
//! [`Finishing`] and [`Asking`]; workers [`Claiming`], [`Leasing`] and [`SentLately`]; workers and the API [`Recording`]
//! and [`SenderStates`]; checks and forecasts [`Rehearsal`] and [`Backlog`]; lists [`Listing`]; all of them [`Reading`].
//! `now` is always the caller's clock; ids and leases never repeat.
//!
//! # Statements
//! Numbers of enumerations stand in them by name (`codes`), and rows are read by the names of their columns: what selects a
//! column and what reads it stand side by side.
//!
//! # Locks
//! Always in this order: run, batch, attempts, messages, endpoints, marks of stale facts, guests' marketing. Whoever changes several
//! messages either holds their batch's row, which serialises them, or skips what is locked (`SKIP LOCKED`: promoting,
//! ending cancelled runs) and so never waits. An open locks one message and nothing after it; a receipt one attempt,
//! then its message; what it says against its run is counted in a transaction after it. Hence nobody waits in a circle.
//! SQLite has one writer (`BEGIN IMMEDIATE`) and needs none of it.
//!
//! On the run's row, planning and promoting take `NO KEY UPDATE`: one of them at a time gives addresses their messages.
//! [`start`](Claiming::start) takes `KEY SHARE`, which they do not disturb; pause and cancel take `FOR UPDATE`, which
//! meets both. A claim locks no run: with ten thousand batches that row would be the bottleneck.
//!
//! # What stops a message, and when
//! - **Pause, cancel.** On channels that send at most once, they wait for every `start` in progress, and every later
//!   one sees them: when the command returns, what had not started does not start. On channels that replace repeats a
//!   claim may read *running* an instant before; its worker polls the run's state, and a push after a pause is a push
//!   that was in flight. A cancel ends what is pending and unleased, and waits for leases. An outcome that lands on a
//!   cancelled message lifts it to *sent*, because it was.
//! - **An open** locks the message. Committed before `start` reads it, the message is no longer pending and does not
//!   start; after, the SMS goes out, its outcome finds the message opened, stays on the attempt and marks it as raced.
//! - **Withdrawal, blacklist, a dead address** change the guest's facts in transactions of their own. `start` reads
//!   them in the statement that locks the messages: what was committed before it counts. What is committed between
//!   it and the request is, in the ledger's order, after the request.
//! - **A country closed to the sender** is read by `start` too, in the transaction that locks the messages.
//!
//! # What a lost process leaves
//! A page of planning, a claim, a record have happened or not. A lease that runs out: messages that had not started are
//! ready again; those that had are in doubt, and only a receipt, a look-up or the late answer settles them. A task that
//! vanished is published again, one that doubled finds its batch leased or done.

pub(crate) mod admit;
mod analyze;
mod approvals;
mod audience;
pub(crate) mod batches;
mod begin;
mod cancelled;
pub(crate) mod caps;
mod change;
mod chores;
mod claim;
mod claim_columns;
mod claiming;
mod codes;
mod commands;
mod countries;
mod day_run;
mod drafts;
mod due;
mod ending;
mod evidence;
mod favourites;
mod finish;
mod finishing;
pub(crate) mod gone;
mod guest_messages;
mod in_vain;
pub mod incoming;
mod installation;
mod kept_opens;
mod kept_receipt;
mod known;
mod late;
mod leasing;
mod listing;
mod message_numbers;
mod message_secrets;
pub(crate) mod months;
mod nearby;
mod opens;
mod outcomes;
mod outlived;
mod own_time;
mod plan;
mod planned;
mod planning;
mod profiles;
mod promo_codes;
mod promo_need;
mod promote;
mod publishing;
mod quiet;
mod reading;
mod receipt_effects;
mod receipt_owner;
mod receipts;
mod recipients;
mod record;
mod record_at_once;
mod recording;
mod refusal;
mod refused_content;
mod rehearsal;
mod rendering;
mod requesting;
mod requests;
mod rested;
mod retire;
mod revived;
mod runs;
mod schedules;
mod senders;
mod sent_lately;
mod shares;
mod source;
mod start;
mod storable;
mod story;
mod tallied;
pub(crate) mod taps;
mod types;
mod unattached;
mod unmatched;
mod unsent;
pub(crate) mod watching;
mod wishes;

pub use crate::base::once::Once;
pub use approvals::{Approval, Approving};
pub use begin::OwnTimeOfRun;
pub use change::RunChange;
pub use claiming::Claiming;
pub use commands::Commanding;
pub use countries::StoppedCountry;
pub use drafts::{Drafting, KeptMailing, MailingEdit, MailingFilter, MailingPage};
pub use evidence::{Evidence, Evidencing, Evident, SentMessage};
pub use finishing::Finishing;
pub use guest_messages::GuestMessage;
pub use leasing::{HELD_BY_PAIR, HELD_BY_QUOTA, Leasing};
pub use listing::{ListedMailing, ListedMessage, Listing, StartingMailing};
pub use planning::{Planning, Unplanned};
pub use promo_codes::PromoLook;
pub use promo_need::{MessagePromo, PromoNeed, PromoUse};
pub use publishing::{Publishing, QueueNow};
pub use reading::Reading;
pub use recipients::{RecipientFilter, RecipientPage, Recipients, RunRecipient};
pub use recording::Recording;
pub use refusal::COUNTRY_CLOSED;
pub use rehearsal::{LatelyPaid, Rehearsal, RehearsedPage};
pub use rendering::{HomeRestaurant, OrderSums, Profile, RenderNeeds};
pub use requesting::Requesting;
pub use schedules::{Scheduled, ScheduledStart, Scheduling};
pub use senders::SenderStates;
pub use sent_lately::SentLately;
pub use story::{QUIET_HOURS, Story, StoryAttempt, StoryOpen};
pub use types::*;
pub use unmatched::Unmatched;
pub use unsent::{Backlog, Unsent};
pub use watching::Watching;

pub use crate::consent::Asking;
