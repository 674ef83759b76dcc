//! Bellhop's HTTP side: live events in, tracking links, provider webhooks, health and metrics.
//!
//! One [`table`] says what is served where, and to whom.
//!
//! Callers without a key or signature cost little ([`serve`], [`Bounded`]): they are answered from the header alone,
//! and their bodies, connections and look-ups are bounded for all of them together.
//!
//! Every event may come twice and in any order. Errors are `application/problem+json` (RFC 9457) and say what is
//! wrong, where and what to do. Nothing is half-done: a request with one bad element writes nothing, but for events, of which
//! each is taken or refused by itself.

mod auth;
mod body;
mod bounded;
mod catching_up;
mod click;
mod console;
mod desk;
mod docs;
mod edge;
mod entrance;
mod failures;
mod files;
mod guest_token;
mod known_keys;
mod leading;
mod lines;
mod link;
mod live;
mod new_devices;
mod operations;
mod pages;
mod problem;
mod rates;
mod room;
mod routes;
mod server;
mod shape;
mod table;
mod v1;
mod visitor;
mod webhook;

pub use bounded::Bounded;
pub use desk::Desk;
pub use entrance::{Entrance, Oidc, OidcService};
pub use files::{Files, work as file_work};
pub use guest_token::GuestKeys;
pub use operations::{Ready, operations};
pub use routes::{
    Allowed, Bodiless, Form, Head, Keyed, Open, Own, Permission, Personal, Plain, ProviderCall, Route, RoutePattern,
    Sent, Signed, Stranger, Streamed, Verb, Watcher,
};
pub use server::{Bounds, Crowd, serve};
pub use table::{openapi, table};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use bellhop_campaigns::programs::rehearsal::RehearsedStore;
use bellhop_campaigns::{CampaignStore, InForce, Live};
use bellhop_channels::outgoing_webhook::WebhookCaller;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::accounts::{Attempts, Journal, Links, PeopleBook, Presence, SecondFactors, Sessions};
use bellhop_store::audience::AudienceExport;
use bellhop_store::consent::ConsentLedger;
use bellhop_store::guests::{ApiKeys, FindingGuests, GuestBase, GuestTags, Organisations};
use bellhop_store::import::FileImports;
use bellhop_store::landings::LandingBook;
use bellhop_store::ledger::{Approving, Drafting, Reading, Recipients, Recording, Requesting, SenderStates};
use bellhop_store::programs::{Firing, ProgramsBook};
use bellhop_store::promos::CodeImports;
use bellhop_store::tagging::TagRulesBook;
use bellhop_store::webhooks::WebhooksBook;
use bellhop_store::{ChangeLog, Erasing, Exporting, FilesBook, GuestPages, LiveEvents, Statistics};
use std::collections::HashMap;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// How the API reads the time: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What requests are answered with, all from one version of the settings.
#[derive(Default)]
pub struct Served {
    pub in_force: Arc<InForce>,
    /// The keys for guest tokens of each organisation that has any.
    pub guest_keys: HashMap<OrgId, Arc<GuestKeys>>,
}

/// What the handlers ask of the ledger: one message on demand, and what others report. They plan and claim nothing.
pub trait ApiLedger: Reading + Requesting + Recording + SenderStates {}

impl<T: Reading + Requesting + Recording + SenderStates> ApiLedger for T {}

/// What the handlers of mailings, programs, audiences, guests and webhooks ask of the store: what the command line asks.
pub trait ApiStore:
    CampaignStore
    + Drafting
    + Approving
    + Recipients
    + Statistics
    + GuestTags
    + ConsentLedger
    + ProgramsBook
    + WebhooksBook
    + GuestPages
    + Erasing
    + FilesBook
    + FileImports
    + CodeImports
    + Exporting
    + AudienceExport
    + FindingGuests
    + TagRulesBook
    + RehearsedStore
    + Firing
    + LandingBook
    + ChangeLog
{
}

impl<T> ApiStore for T where
    T: CampaignStore
        + Drafting
        + Approving
        + Recipients
        + Statistics
        + GuestTags
        + ConsentLedger
        + ProgramsBook
        + WebhooksBook
        + GuestPages
        + Erasing
        + FilesBook
        + FileImports
        + CodeImports
        + Exporting
        + AudienceExport
        + FindingGuests
        + TagRulesBook
        + RehearsedStore
        + Firing
        + LandingBook
        + ChangeLog
{
}

/// What the handlers of people ask of the store.
pub trait ApiAccounts: PeopleBook + Links + Sessions + SecondFactors + Attempts + Journal + Presence {}

impl<T: PeopleBook + Links + Sessions + SecondFactors + Attempts + Journal + Presence> ApiAccounts for T {}

/// What the handlers share.
#[derive(Clone)]
pub struct Api {
    pub organisations: Arc<dyn Organisations>,
    pub keys: Arc<dyn ApiKeys>,
    pub guests: Arc<dyn GuestBase>,
    pub events: Arc<dyn LiveEvents>,
    pub ledger: Arc<dyn ApiLedger>,
    /// Mailings, programs, audiences, guests and webhooks.
    pub store: Arc<dyn ApiStore>,
    /// People, their sessions, and the journal.
    pub accounts: Arc<dyn ApiAccounts>,
    pub entrance: Entrance,
    /// Read anew for each request, and not kept beyond it.
    pub live: Live<Served>,
    /// Reads and changes settings.
    pub desk: Desk,
    /// Says which addresses may be called.
    pub webhook_caller: Arc<WebhookCaller>,
    /// The address under which providers reach us, without a slash at its end.
    pub public_url: String,
    pub bounded: Bounded,
    /// Uploads, and files that are made in the background by [`file_work`].
    pub files: Files,
    pub clock: Clock,
}

impl Api {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// All routes of the [`table`], within their bounds.
pub fn router(api: Api) -> Router {
    routes::routed(table())
        .fallback(edge::not_found)
        .method_not_allowed_fallback(edge::wrong_method)
        // No handler takes a body by an extractor. The doors read it, each as far as its line of the table allows.
        .layer(DefaultBodyLimit::max(0))
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(axum::middleware::from_fn(edge::edge))
        .with_state(api)
}
