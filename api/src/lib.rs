//! Bellhop's HTTP side: live events in, tracking links, provider webhooks, health and metrics.
//!
//! | path | what | who |
//! | --- | --- | --- |
//! | `POST /v1/orders`, `/v1/opens`, `/v1/endpoints` | live events | a program with an API key of that scope |
//! | `POST /v1/messages` | one message on demand | the same |
//! | `GET /l/{token}` | a recipient's personal link: counts the open, leads on | anybody who has the link |
//! | `GET`, `POST /p/{token}`, `GET /p/{token}/{button}` | a click on a site's notification | anybody who has it |
//! | `POST /webhooks/{organisation}/{sender}` | delivery reports, guests' messages, and more | the provider, by its signature |
//! | `/healthz` | the process lives | anybody |
//! | `/readyz`, `/metrics`, on a listener of their own | operations | the operator's machines |
//!
//! Who has no key or signature costs little ([`serve`], [`Bounded`]): they are answered from the header alone, and bodies,
//! connections and look-ups are bounded, all together.
//!
//! Every event may come twice and in any order. Errors are `application/problem+json` (RFC 9457) and say what is
//! wrong, where and what to do. Nothing is half-done: a request with one bad element writes nothing.

mod auth;
mod bounded;
mod click;
mod guest_token;
mod known_keys;
mod link;
mod operations;
mod problem;
mod room;
mod server;
mod v1;
mod visitor;
mod webhook;

pub use bounded::Bounded;
pub use guest_token::GuestKeys;
pub use operations::{Ready, health, operations};
pub use server::{Bounds, Crowd, serve};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use bellhop_channels::Provider;
use bellhop_domain::{EndpointKind, MessageId, OrgId, Timestamp};
use bellhop_store::Ledger;
use bellhop_store::guests::GuestBase;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// Where the API reads the time: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A sender whose provider calls back.
#[derive(Clone)]
pub struct WebhookSender {
    pub org: OrgId,
    /// The senders of its account at the provider, itself among them.
    pub peers: Vec<String>,
    pub provider: Arc<dyn Provider>,
}

/// What the handlers share.
#[derive(Clone)]
pub struct Api {
    pub guests: Arc<dyn GuestBase>,
    pub ledger: Arc<dyn Ledger>,
    /// By the organisation's slug and the sender's name.
    pub webhooks: Arc<HashMap<(String, String), WebhookSender>>,
    /// Under which the providers reach us, without a slash at its end.
    pub public_url: String,
    /// The kinds of address that each organisation has a sender for.
    pub kinds: Arc<HashMap<OrgId, Vec<EndpointKind>>>,
    /// What verifies the guest tokens of each organisation that has any.
    pub guest_keys: Arc<HashMap<OrgId, GuestKeys>>,
    pub bounded: Bounded,
    /// Gives a fresh random id at each call.
    pub message_id: fn() -> MessageId,
    pub clock: Clock,
}

impl Api {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

const TIMEOUT: Duration = Duration::from_secs(30);

/// All routes but the operational ones.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/v1/orders", post(v1::orders::post))
        .route("/v1/opens", post(v1::opens::post))
        .route("/v1/endpoints", post(v1::endpoints::post))
        .route("/v1/messages", post(v1::messages::post))
        .route("/l/{*token}", get(link::follow))
        .route("/L/{*token}", get(link::follow))
        .route("/p/{token}", get(click::follow).post(click::report))
        .route("/p/{token}/{action}", get(click::follow_action))
        .route(
            "/webhooks/{organisation}/{sender}",
            post(webhook::receive).get(webhook::receive),
        )
        .route(
            "/webhooks/{organisation}/{sender}/",
            post(webhook::receive).get(webhook::receive),
        )
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::wrong_method)
        // No handler takes a body by an extractor: each reads its own, as far as its route allows.
        .layer(DefaultBodyLimit::max(0))
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .with_state(api)
}
