//! Guests who got a message: some open it, follow its link, order.
//!
//! They know only what a phone knows: the push's data, the SMS's text, their own number or customer id. What a guest does is drawn from the seed, the address and the text without its link, so a second run with other message ids has the same openers.

mod bodies;
mod plan;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, header};
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use bodies::{Open, Order, Orders};
use plan::{Opening, PlannedOrder};

use crate::config::PeopleConfig;
use crate::ledger::{Channel, Received};
use crate::timeline::{Next, Timeline};

const PHONE_BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";
const PREVIEW_ROBOT: &str = "WhatsApp/2.24.6.77 A";
const TIMEOUT: Duration = Duration::from_secs(5);
/// An app keeps what it could not report, and tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
const MAX_TRIES: u32 = 5;

/// What guests have done so far: the answer of `GET /_sim/people`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PeopleSummary {
    /// Pushes whose open was reported to Bellhop.
    pub opened: u64,
    /// Links in SMS and clicked web pushes that a guest's browser fetched.
    pub followed: u64,
    /// Links that a preview robot fetched.
    pub previewed: u64,
    pub ordered: u64,
    /// Requests that were given up after five tries.
    pub failed: u64,
    /// Requests that guests will still make, at their times; 0 when all guests are done.
    pub waiting: u64,
}

pub(crate) struct People {
    config: Arc<PeopleConfig>,
    timeline: Timeline<Step>,
    done: Arc<Done>,
}

#[derive(Debug, Default)]
struct Done {
    opened: AtomicU64,
    followed: AtomicU64,
    previewed: AtomicU64,
    ordered: AtomicU64,
    failed: AtomicU64,
    waiting: AtomicU64,
}

/// One request of a guest.
#[derive(Debug)]
struct Step {
    act: Act,
    tries: u32,
}

#[derive(Debug)]
enum Act {
    OpenPush {
        message_id: String,
        lane: Channel,
        order: Option<PlannedOrder>,
    },
    FollowLink {
        url: String,
        order: Option<PlannedOrder>,
    },
    PreviewLink {
        url: String,
    },
    PlaceOrder(PlannedOrder),
}

impl People {
    pub(crate) fn start(config: &PeopleConfig, stop: CancellationToken, tasks: &TaskTracker) -> reqwest::Result<Self> {
        let done = Arc::new(Done::default());
        let guest = Arc::new(Guest {
            client: Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?,
            config: Arc::new(config.clone()),
            done: Arc::clone(&done),
        });
        let config = Arc::clone(&guest.config);
        let timeline = Timeline::start(stop, tasks, move |step| {
            let guest = Arc::clone(&guest);
            async move { guest.take(step).await }
        });
        Ok(Self { config, timeline, done })
    }

    /// A guest's phone shows a message for the first time.
    pub(crate) fn receive(&self, channel: Channel, received: &Received<'_>, customer_id: &str) {
        let Some(opening) = plan::opening(&self.config, channel, received, customer_id) else {
            return;
        };
        let Opening { act, preview, after_s } = opening;
        let wait = self.config.real(after_s);
        for act in [preview, act].into_iter().flatten() {
            self.done.waiting.fetch_add(1, Ordering::Relaxed);
            self.timeline.after(wait, Step { act, tries: 0 });
        }
    }

    pub(crate) fn summary(&self) -> PeopleSummary {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PeopleSummary {
            opened: read(&self.done.opened),
            followed: read(&self.done.followed),
            previewed: read(&self.done.previewed),
            ordered: read(&self.done.ordered),
            failed: read(&self.done.failed),
            waiting: read(&self.done.waiting),
        }
    }
}

impl PeopleConfig {
    /// Real time for simulated seconds.
    fn real(&self, simulated_s: u64) -> Duration {
        Duration::try_from_secs_f64(simulated_s as f64 / self.time_scale).unwrap_or(Duration::MAX / 4)
    }
}

struct Guest {
    client: Client,
    config: Arc<PeopleConfig>,
    done: Arc<Done>,
}

impl Guest {
    async fn take(&self, step: Step) -> Next<Step> {
        let answer = self.request(&step.act).send().await;
        let well = answer.is_ok_and(|answer| answer.status().is_success() || answer.status().is_redirection());
        let next = if well { self.after(step.act) } else { self.again(step) };
        if next.is_none() {
            self.done.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        next
    }

    fn request(&self, act: &Act) -> RequestBuilder {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        match act {
            Act::OpenPush { message_id, lane, .. } => self.api("/v1/opens", *lane).json(&Open { message_id, at: now }),
            Act::FollowLink { url, .. } => self.client.get(url).header(header::USER_AGENT, PHONE_BROWSER),
            Act::PreviewLink { url } => self.client.get(url).header(header::USER_AGENT, PREVIEW_ROBOT),
            Act::PlaceOrder(planned) => self.api("/v1/orders", planned.lane).json(&Orders {
                orders: [Order::new(planned, now)],
            }),
        }
    }

    fn api(&self, path: &str, lane: Channel) -> RequestBuilder {
        let key = self.config.lane_keys.get(&lane).unwrap_or(&self.config.api_key);
        let url = format!("{}{path}", self.config.api_url.trim_end_matches('/'));
        self.client.post(url).bearer_auth(key.expose_secret())
    }

    fn after(&self, act: Act) -> Next<Step> {
        let (counter, order) = match act {
            Act::OpenPush { order, .. } => (&self.done.opened, order),
            Act::FollowLink { order, .. } => (&self.done.followed, order),
            Act::PreviewLink { .. } => (&self.done.previewed, None),
            Act::PlaceOrder(_) => (&self.done.ordered, None),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let planned = order?;
        Some((
            self.config.real(planned.after_s),
            Step {
                act: Act::PlaceOrder(planned),
                tries: 0,
            },
        ))
    }

    fn again(&self, mut step: Step) -> Next<Step> {
        step.tries += 1;
        if step.tries < MAX_TRIES {
            return Some((RETRY_AFTER, step));
        }
        tracing::warn!("a simulated guest gave up a request to Bellhop after {MAX_TRIES} tries");
        self.done.failed.fetch_add(1, Ordering::Relaxed);
        None
    }
}
