//! What the ledger is told and what it tells.

use super::rendering::{Profile, RenderNeeds};
use crate::live_endpoints::LiveEndpoints;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::RunState;
use bellhop_domain::waterfall::Next;
use bellhop_domain::*;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A mailing as it was created.
#[derive(Debug, Clone)]
pub struct Mailing {
    pub id: MailingId,
    pub org: OrgId,
    pub name: String,
    /// The mailing file, as JSON.
    pub spec: String,
}

/// One execution of a mailing.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: RunId,
    pub org: OrgId,
    pub mailing: MailingId,
    pub state: RunState,
    pub purpose: Purpose,
    pub origin: Origin,
    /// The queue that its messages travel by.
    pub lane: Lane,
    pub test: bool,
    /// The mailing's file as it was at the launch, JSON.
    pub spec: String,
    pub start_at: Timestamp,
    pub as_of: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub planned_at: Option<Timestamp>,
    pub paused_reason: Option<String>,
    pub finished_at: Option<Timestamp>,
    /// At what time by each guest's own clock its messages go, JSON; at once if absent.
    pub own_time: Option<String>,
    /// When that time comes on the last clock of all: lives count from then.
    pub lives_from: Option<Timestamp>,
    /// For how long a guest of an earlier run of its mailing is left alone.
    pub rest: Option<Duration>,
}

/// What to launch: the mailing's own audience, or a test to named customers outside the statistics.
#[derive(Debug, Clone)]
pub struct Launch {
    pub mailing: MailingId,
    pub start_at: Timestamp,
    pub purpose: Purpose,
    pub origin: Origin,
    pub test: bool,
    /// The file to run: the mailing's, or with its audience replaced for a test.
    pub spec: String,
}

/// Whom a message on demand is for.
#[derive(Debug, Clone, Copy)]
pub enum To<'a> {
    /// A guest, by the brand's own id: whichever step of the mailing reaches them first.
    Customer(&'a str),
    /// A phone, whoever has it: by SMS.
    Phone(EndpointId),
}

impl fmt::Display for To<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            To::Customer(id) => write!(f, "customer {id}"),
            To::Phone(endpoint) => write!(f, "endpoint {endpoint}"),
        }
    }
}

/// A message on demand.
#[derive(Debug, Clone, Copy)]
pub struct MessageRequest<'a> {
    pub mailing: MailingId,
    /// The caller's own id of it: the same one asked for again is the same message.
    pub id: &'a str,
    pub to: To<'a>,
    /// What its texts say beside what is known of the guest.
    pub values: &'a BTreeMap<String, String>,
    /// The kinds of address that the organisation has a sender for.
    pub kinds: &'a [EndpointKind],
}

/// The answer to a [`MessageRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    Taken(MessageId),
    /// It was asked for before.
    Known(MessageId),
    /// It cannot reach anybody; nothing was written.
    Refused(Exclusion),
}

/// A guest as the planner sees them: everything a choice of step needs.
#[derive(Debug, Clone)]
pub struct PlanGuest {
    pub customer: CustomerId,
    pub blacklisted: bool,
    pub may: Permission,
    /// The live endpoint to use, per channel.
    pub endpoints: LiveEndpoints,
}

/// The planner's choice for one guest or unattached endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Send {
        step: u16,
        kind: EndpointKind,
        endpoint: EndpointId,
    },
    Exclude(Exclusion),
}

/// When the first message to guests of one time zone goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Now,
    At(Timestamp),
    /// Their time is past, and they are skipped.
    Never,
}

/// Decides what a planning page holds. Pure: called inside the page's transaction.
pub trait Planner: Send + Sync {
    fn choose(&self, guest: &PlanGuest) -> Choice;
    /// Whether, after the guests, addresses of this kind that nobody has logged in to are sent to as well, and by which
    /// step.
    fn unattached(&self, kind: EndpointKind) -> Option<u16>;
    /// Of a run at each guest's own time: when that is for guests in this time zone.
    fn moment(&self, _zone: &Zone, _now: Timestamp) -> Moment {
        Moment::Now
    }
}

/// What one page did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// So many messages were planned, so many guests excluded; there is more to plan.
    Planned { messages: u64, excluded: u64 },
    /// The plan is complete.
    Complete,
    /// The run is not running, or another dispatcher is planning it.
    NotNow,
}

/// A batch to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyBatch {
    pub id: BatchId,
    pub org: OrgId,
    pub run: RunId,
    pub kind: EndpointKind,
    pub lane: Lane,
}

/// A message handed to a worker under a lease.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: MessageId,
    pub customer: Option<CustomerId>,
    pub endpoint: EndpointId,
    pub address: String,
    /// When the address was registered: a provider's "gone since" before it does not count.
    pub registered_at: Timestamp,
    pub step: u16,
    /// Tries already made on this step.
    pub tries: u16,
    pub sent_before: bool,
    /// The end of its own life; `None` if it has its run's.
    pub expires: Option<Timestamp>,
    /// When the guest last wrote to this sender; read only where [`RenderNeeds`] asks for it.
    pub last_inbound: Option<Timestamp>,
    pub profile: Profile,
}

/// A batch, and what a task says about it. A task of another installation, or from before a restore of the database,
/// may name a batch that is a different one now. So nothing is done to a batch unless all of this is true of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaskOf {
    pub batch: BatchId,
    pub installation: InstallationId,
    pub org: OrgId,
    pub run: RunId,
    pub kind: EndpointKind,
    pub lane: Lane,
}

/// What a worker asks for.
#[derive(Debug, Clone, Copy)]
pub struct ClaimRequest<'a> {
    pub of: TaskOf,
    /// The instant for which the run's audience was resolved, as the worker knows it. If the database was restored
    /// meanwhile, the worker may know a different run with the same number.
    pub as_of: Option<Timestamp>,
    pub sender: &'a str,
    pub worker: &'a str,
    pub max: u32,
    pub lease: Duration,
    pub needs: &'a RenderNeeds,
    /// The organisation's cap, for marketing. It is applied here if a message goes out with its claim, and otherwise
    /// when it is started.
    pub cap: Option<&'a FrequencyCap>,
}

/// What starts under which lease.
#[derive(Debug, Clone, Copy)]
pub struct Starting<'a> {
    pub of: TaskOf,
    pub lease: i64,
    pub sender: &'a str,
    /// The other numbers of the sender's pool, as far as they are known not to be stopped.
    pub others: &'a [String],
}

/// A message that goes back without an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deferred {
    pub message: MessageId,
    /// It is tried again from then on.
    pub until: Timestamp,
    pub reason: &'static str,
}

/// The answer to a claim.
#[derive(Debug)]
pub enum Claim {
    Leased {
        lease: i64,
        messages: Vec<Claimed>,
        /// Its guests' next quiet hours: from then on no request starts.
        quiet_from: Option<Timestamp>,
    },
    /// Done, or leased by another: acknowledge the task and forget it.
    Nothing,
    /// There is no such batch, or it is not what the task says: acknowledge the task and forget it.
    Foreign,
    /// The run or the sender is paused, or quiet hours have begun: the batch goes back to the dispatchers.
    Held,
}

/// The end of one attempt, and what becomes of its message.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub message: MessageId,
    pub endpoint: EndpointId,
    pub state: AttemptState,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub provider_id: Option<String>,
    pub reason: Option<String>,
    pub cost: Option<Money>,
    pub parts: Option<u16>,
    pub next: Next,
    /// Retire the endpoint as dead since this instant.
    pub retire: Option<Timestamp>,
    /// The guest wants no marketing on this channel, by the provider's word: withdraw their consent.
    pub opted_out: bool,
    /// The sender may not send to the country of this address, by the provider's word.
    pub stops_country: bool,
}

/// How a message was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub enum OpenClass {
    /// Tapped; the app reported it.
    Tap = 1,
    /// The personal link was followed by a person.
    Link = 2,
    /// A link-preview robot: kept, not counted.
    Preview = 3,
    /// A browser's or scanner's prefetch: kept, not counted.
    Prefetch = 4,
    /// The provider says that it was read: counted, and no order is credited to it.
    Read = 5,
    /// A site's notification was clicked.
    Click = 6,
}

/// An attempt whose outcome is in doubt, for a provider's look-up.
#[derive(Debug, Clone)]
pub struct Doubt {
    pub org: OrgId,
    pub message: MessageId,
    pub lease: i64,
    pub kind: EndpointKind,
    pub sender: String,
    pub address: String,
    pub provider_id: Option<String>,
    /// When the request was made.
    pub since: Timestamp,
}

/// Where a message's personal addresses lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The link of its texts: the mailing's.
    pub mailing: Option<String>,
    /// A click on a site's notification.
    pub web_push: Option<String>,
    /// Clicks on its buttons, in their order.
    pub actions: Vec<String>,
}

/// What an open leads to.
#[derive(Debug, Clone)]
pub struct Opened {
    pub org: OrgId,
    pub run: RunId,
    pub links: Links,
    /// Whether this is the first open of the message by a person.
    pub first: bool,
}
