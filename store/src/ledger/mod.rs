//! The ledger: mailings, runs, planning, batches, leases, outcomes, receipts and opens.
//!
//! Every method is one short transaction, or one statement; none is held open while somebody talks to a provider or a
//! broker. Any number of dispatchers, workers and API processes call it at once. PostgreSQL runs at READ COMMITTED:
//! what must not change under a decision is locked, and a locked row is read again after the wait.
//!
//! # Locks
//! Always in this order: run, batch, attempts, messages, endpoints, marks of stale facts, guests' marketing. Whoever changes several
//! messages either holds their batch's row, which serialises them, or skips what is locked (`SKIP LOCKED`: promoting,
//! ending cancelled runs) and so never waits. An open locks one message and nothing after it; a receipt one attempt,
//! then its message; what it says against its run is counted in a transaction after it. Hence nobody waits in a circle.
//! SQLite has one writer (`BEGIN IMMEDIATE`) and needs none of it.
//!
//! On the run's row, planning and promoting take `NO KEY UPDATE`: one of them at a time gives addresses their messages.
//! [`start`](Ledger::start) takes `KEY SHARE`, which they do not disturb; pause and cancel take `FOR UPDATE`, which
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

mod analyze;
mod audience;
mod batches;
mod cancelled;
pub(crate) mod caps;
mod change;
mod chores;
mod claim;
mod commands;
mod countries;
mod due;
mod ending;
mod finish;
mod implementation;
mod in_vain;
pub mod incoming;
mod installation;
mod kept_opens;
mod kept_receipt;
mod known;
mod late;
mod listing;
mod opens;
mod outcomes;
mod outlived;
mod plan;
mod profiles;
mod promote;
mod queues;
mod quiet;
mod quotas;
mod ready;
mod receipt_effects;
mod receipt_owner;
mod receipts;
mod record;
mod record_at_once;
mod refusal;
mod refused_content;
mod rehearsal;
mod requests;
mod retire;
mod revived;
mod runs;
mod senders;
mod shares;
mod source;
mod start;
mod storable;
mod story;
mod types;
mod unattached;
mod unmatched;
mod unsent;
mod warm_ups;
mod wishes;

pub use countries::StoppedCountry;
pub use listing::{ListedMailing, ListedMessage, Listing};
pub use queues::QueueNow;
pub use quotas::{HELD_BY_PAIR, HELD_BY_QUOTA};
pub use refusal::COUNTRY_CLOSED;
pub use rehearsal::{Rehearsal, RehearsedPage};
pub use runs::Unplanned;
pub use story::QUIET_HOURS;
pub use types::*;
pub use unmatched::Unmatched;
pub use unsent::{Backlog, Unsent};

use crate::Result;
use crate::base::outbox::Outbox;
use crate::consent::Question;
use crate::incoming::{SenderHealth, Source};
use async_trait::async_trait;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::incoming::Event;
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::receipt::Receipt;
use bellhop_domain::warm_up::Progress;
use bellhop_domain::*;
use std::time::Duration;

/// The ledger. `now` is always the caller's clock; ids and leases never repeat.
#[async_trait]
pub trait Ledger: Outbox + Send + Sync {
    // ---- mailings and runs (commands; `who` goes to the audit log)
    async fn create_mailing(&self, org: OrgId, name: &str, spec: &str, who: &str, now: Timestamp) -> Result<MailingId>;
    async fn mailing(&self, org: OrgId, id: MailingId) -> Result<Mailing>;
    /// Fails with a conflict if [`bellhop_domain::launching`] forbids it: while a run of this mailing (except a test)
    /// is scheduled, running or paused, if the mailing was launched before, or if the start is past.
    async fn launch(&self, org: OrgId, launch: Launch, who: &str, now: Timestamp) -> Result<RunId> {
        self.launch_as_meant(org, launch, Meant::default(), who, now).await
    }
    /// Like [`launch`](Self::launch), but `meant` permits what is forbidden there.
    async fn launch_as_meant(
        &self,
        org: OrgId,
        launch: Launch,
        meant: Meant,
        who: &str,
        now: Timestamp,
    ) -> Result<RunId>;
    async fn pause(&self, org: OrgId, run: RunId, reason: &str, who: &str, now: Timestamp) -> Result<()>;
    async fn resume(&self, org: OrgId, run: RunId, who: &str, now: Timestamp) -> Result<()>;
    async fn cancel(&self, org: OrgId, run: RunId, who: &str, now: Timestamp) -> Result<()>;
    async fn run(&self, id: RunId) -> Result<Run>;
    /// The runs of a mailing, latest first.
    async fn runs_of(&self, org: OrgId, mailing: MailingId) -> Result<Vec<Run>>;
    /// States of these runs: what workers poll so that a pause is felt within half a second.
    async fn run_states(&self, runs: &[RunId]) -> Result<Vec<(RunId, RunState)>>;

    /// Sends a message on demand: plans it, and the dispatchers publish it. Fails with a conflict while its mailing does not
    /// run, or if the request's id was used for another message.
    async fn request(&self, org: OrgId, request: &MessageRequest<'_>, now: Timestamp) -> Result<Requested>;

    /// Which installation this is; its tasks carry the id.
    async fn installation(&self) -> Result<InstallationId>;
    /// Whether the batch agrees with everything that the task says.
    async fn recognises(&self, of: &TaskOf) -> Result<bool>;

    // ---- dispatchers
    /// Starts scheduled runs whose time has come (fixes `as_of` and the expiry); returns them.
    async fn begin_due(&self, now: Timestamp) -> Result<Vec<RunId>>;
    /// Running runs that are to be planned, in the order of their launch.
    async fn unplanned(&self) -> Result<Vec<Unplanned>>;
    /// How many runs are scheduled, running and paused; a state of none is left out.
    async fn count_alive(&self) -> Result<Vec<(RunState, u64)>>;
    /// Plans the next page of `run`: up to `limit` customers are looked at.
    async fn plan_page(&self, run: RunId, limit: u32, planner: &dyn Planner, now: Timestamp) -> Result<Page>;
    /// Batches of running runs that have no task, marked as published and returned: of each organisation its share of the
    /// queue, of each of its runs a share of that, oldest first. Fewer than `limit` does not mean that there are no more; none
    /// does.
    /// Those whose guests have quiet hours are held until their end instead (PRODUCT.md §8).
    async fn take_ready(&self, kind: EndpointKind, lane: Lane, limit: u32, now: Timestamp) -> Result<Vec<ReadyBatch>>;
    /// What there is of a lane's queues, by one question.
    async fn queues(&self, lane: Lane, kinds: &[EndpointKind], now: Timestamp) -> Result<Vec<QueueNow>>;
    /// Moves due waiting messages on: retries and next steps into new batches, ends where there is no next. Lets go what
    /// quiet hours have held until now.
    async fn promote_due(&self, limit: u32, now: Timestamp) -> Result<u64>;
    /// Ends leases that ran out; started attempts without outcome become doubtful until `now + settlement`.
    async fn reclaim(&self, settlement: Duration, now: Timestamp) -> Result<u64>;
    /// Tasks published before `before` and never leased are taken for vanished and become ready again.
    async fn republish(&self, kind: EndpointKind, lane: Lane, before: Timestamp) -> Result<u64>;
    /// Ends what a cancelled run has left, and messages that nobody could take before their lives ended; finishes runs with
    /// nothing left to do. Returns the runs that ended. One that is not planned as a whole ends by a cancel only. Of very many
    /// runs under way a call looks at some for having nothing left, and the next calls at the others. Forgets the values of messages on demand a day after their lives, and after three months what providers told that no version
    /// understood.
    async fn finish_runs(&self, now: Timestamp) -> Result<Vec<RunId>>;
    /// Applies receipts that came before their attempt was recorded. One that matches nothing is looked at ever less often,
    /// and after three days no more.
    async fn settle_receipts(&self, now: Timestamp) -> Result<u64>;
    /// Attempts in doubt that a provider may be asked about.
    async fn doubts(&self, limit: u32) -> Result<Vec<Doubt>>;
    /// Guests who are to be asked what a doubtful answer meant, the oldest first.
    async fn open_questions(&self, limit: u32) -> Result<Vec<Question>>;
    /// The mailing that asks on this channel.
    async fn question_mailing(&self, org: OrgId, channel: Channel) -> Result<Option<MailingId>>;
    /// Makes another mailing the one that asks, if `before` still is; else `false`.
    async fn ask_by(&self, org: OrgId, channel: Channel, before: Option<MailingId>, by: MailingId) -> Result<bool>;
    /// The mailing that asks this question: the given one, unless another was chosen before.
    async fn choose(&self, question: i64, mailing: MailingId) -> Result<MailingId>;
    /// The question was asked, or why it was not.
    async fn close_question(&self, question: i64, not_asked: Option<&str>, now: Timestamp) -> Result<()>;

    // ---- workers
    /// Leases a batch and hands over at most `max` of its messages that may still go out.
    async fn claim(&self, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Claim>;
    /// Prolongs a lease; `false` if it is lost.
    async fn extend(&self, batch: BatchId, lease: i64, until: Timestamp) -> Result<bool>;
    /// Channels that send at most once: records that the requests are about to be made. Only those returned may
    /// go out; the others were opened, withdrawn, cancelled, paused or expired meanwhile, it is night for them, `cap` has
    /// been reached, or the lease is lost. A message to a country that the sender may not send to is ready again for another
    /// number of its pool that may.
    async fn start(
        &self,
        of: &Starting<'_>,
        messages: &[MessageId],
        cap: Option<&FrequencyCap>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>>;
    /// Records outcomes; recording twice changes nothing.
    async fn record(
        &self,
        batch: BatchId,
        lease: i64,
        sender: &str,
        outcomes: &[Recorded],
        now: Timestamp,
    ) -> Result<()>;
    /// Gives a lease back. The batch is done if nothing in it is left, else it is ready again.
    async fn release(&self, batch: BatchId, lease: i64, now: Timestamp) -> Result<()>;
    /// Hands a batch that nobody has leased back to the dispatchers, who publish it again from `until` on. A batch that is not
    /// what the task says stays as it is.
    async fn put_off(&self, of: &TaskOf, until: Timestamp) -> Result<()>;
    /// Puts messages of a leased batch back that may not go yet, without an attempt.
    async fn defer(&self, batch: BatchId, lease: i64, deferred: &[Deferred]) -> Result<()>;
    /// Hands a batch that nobody has leased back to the dispatchers, who publish it again from `until` on. It is held by a
    /// quota that has room at `free_at`. A batch that is not what the task says stays as it is.
    async fn hold_for_quota(&self, of: &TaskOf, until: Timestamp, free_at: Timestamp) -> Result<()>;
    /// Stops a sender in somebody's name, until a human resumes it. A sender that is paused already keeps its reason.
    async fn pause_sender(&self, org: OrgId, sender: &str, reason: &str, who: &str, now: Timestamp) -> Result<()>;
    /// The same for a process that knows the settings of `version`. If the sender has got newer settings since, it is
    /// not paused, because with those it has not failed yet. Returns whether it is paused.
    async fn pause_failing_sender(
        &self,
        org: OrgId,
        sender: &str,
        version: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool>;
    /// Lets it continue at once, whatever held it: a pause, closed countries, or a wait that its provider asked for.
    async fn resume_sender(&self, org: OrgId, sender: &str, who: &str, now: Timestamp) -> Result<()>;
    /// When each sender was last resumed: what running workers obey.
    async fn resumed_senders(&self) -> Result<Vec<(OrgId, String, Timestamp)>>;
    /// What providers last said of their senders.
    async fn sender_health(&self) -> Result<Vec<SenderHealth>>;
    async fn paused_senders(&self) -> Result<Vec<(OrgId, String, String, Timestamp)>>;
    /// Countries that senders may not send to; [`Ledger::resume_sender`] opens them.
    async fn stopped_countries(&self) -> Result<Vec<StoppedCountry>>;
    /// The number that the batch's guests know from a conversation; `None` if any of the pool will do.
    async fn known_number(&self, batch: BatchId) -> Result<Option<String>>;
    /// When this sender's attempts since `since` were started, in no order: what a limiter without memory is told.
    /// `kind` is the sender's kind of endpoint. Where a message is sent at most once, an attempt is here before its
    /// request is made; on the other channels when it is recorded.
    async fn recent_attempts(
        &self,
        org: OrgId,
        sender: &str,
        kind: EndpointKind,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>>;

    /// To whom this sender's messages went since `since`, each address with the start of its latest: what a limiter without
    /// memory is told. With a `window`, the guest's for free texts, only those that count in a portfolio's ceiling.
    async fn recent_people(
        &self,
        org: OrgId,
        sender: &str,
        since: Timestamp,
        window: Option<Duration>,
    ) -> Result<Vec<(String, Timestamp)>>;

    /// How far a new number is with its warm-up (PRODUCT.md §8): its first day begins with the first question, and no
    /// question moves it on by more than one day.
    async fn warm_up(&self, org: OrgId, sender: &str, now: Timestamp) -> Result<Progress>;
    /// The progress at the last such question.
    async fn known_warm_up(&self, org: OrgId, sender: &str) -> Result<Option<Progress>>;

    // ---- the outside world
    /// Records what a provider told, by webhook or over a session: receipts, guests' messages and wishes, its own
    /// health. Told twice it changes nothing; an error means that it is to be told again.
    async fn take(&self, source: &Source<'_>, event: &Event, now: Timestamp) -> Result<()>;
    /// Records a receipt of the source's account; one that comes before its attempt's record is kept and applied later.
    /// Idempotent.
    async fn receipt(&self, source: &Source<'_>, receipt: &Receipt, now: Timestamp) -> Result<()>;
    /// Records an open; `None` if there is no such message. Ends the waterfall unless `class` is a robot's.
    async fn open(
        &self,
        org: Option<OrgId>,
        message: MessageId,
        class: OpenClass,
        user_agent: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Opened>>;
    /// When the message was last handed to a provider, or began to be.
    async fn latest_sending(&self, message: MessageId) -> Result<Option<Timestamp>>;
    /// Delivery reports of the last three days that fit no message, a minute and more after they came, by account.
    async fn unmatched_receipts(&self, org: OrgId, now: Timestamp) -> Result<Vec<Unmatched>>;
    async fn story(&self, org: OrgId, message: MessageId) -> Result<Story>;
    /// Whether the database answers.
    async fn ping(&self) -> Result<()>;
}
