//! Calls of a provider to Bellhop: delivery reports, receipts, messages of guests. Posted now or later, and repeated
//! until they are answered 200.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::draw::Draw;
use crate::timeline::{Next, Timeline};

/// How long the receiver of a call has to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where a provider's calls go, and how often they are tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallbackConfig {
    /// Without it none are posted. Can be set at runtime, see `Running::set_callback_url`.
    pub url: Option<String>,
    /// Least and most milliseconds between a cause and its call.
    pub delay_ms: [u64; 2],
    /// Pause between tries of a call that was not answered 200, milliseconds.
    pub retry_ms: u64,
    /// How often a call is tried in all.
    pub max_tries: u32,
}

impl Default for CallbackConfig {
    fn default() -> Self {
        Self {
            url: None,
            delay_ms: [200, 1_000],
            retry_ms: 1_000,
            max_tries: 10,
        }
    }
}

/// How long after its cause a call is posted, by `delay_ms`; the same for the same `subject` (a fingerprint).
pub(crate) fn delay(delay_ms: [u64; 2], seed: u64, subject: u64) -> Duration {
    let [low, high] = delay_ms;
    Duration::from_millis(Draw::new(seed, "callback", subject, 0).between(low, high))
}

/// The address that calls are posted to; it may come later than the simulator.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallbackUrl(Arc<RwLock<Option<String>>>);

impl CallbackUrl {
    pub(crate) fn set(&self, url: Option<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    pub(crate) fn get(&self) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A call in a provider's own form.
pub(crate) trait Call: Send + Sync + 'static {
    /// What every call of the provider needs, like its secret and account.
    type Account: Send + Sync + 'static;

    /// The method and address of this call, if its cause named them; otherwise it is posted to the lane's address.
    fn address(&self) -> Option<(Method, &str)> {
        None
    }

    /// Writes body, content type and signature into the request; called again at every try.
    fn write(&self, account: &Self::Account, request: RequestBuilder) -> RequestBuilder;
}

/// Posts the calls of one provider.
pub(crate) struct Callbacks<C: Call> {
    poster: Arc<Poster<C::Account>>,
    timeline: Timeline<Posting<C>>,
}

struct Poster<A> {
    client: Client,
    url: CallbackUrl,
    account: A,
    retry: Duration,
    max_tries: u32,
}

struct Posting<C> {
    call: C,
    tries: u32,
}

impl<C: Call> Callbacks<C> {
    pub(crate) fn start(
        config: &CallbackConfig,
        account: C::Account,
        stop: CancellationToken,
        tasks: &TaskTracker,
    ) -> reqwest::Result<Self> {
        let url = CallbackUrl::default();
        url.set(config.url.clone());
        let poster = Arc::new(Poster {
            client: Client::builder().timeout(TIMEOUT).build()?,
            url,
            account,
            retry: Duration::from_millis(config.retry_ms),
            max_tries: config.max_tries,
        });
        let later = Arc::clone(&poster);
        let timeline = Timeline::start(stop, tasks, move |posting| {
            let poster = Arc::clone(&later);
            async move { poster.post(posting).await }
        });
        Ok(Self { poster, timeline })
    }

    /// The address that the calls go to, which can be changed.
    pub(crate) fn url(&self) -> CallbackUrl {
        self.poster.url.clone()
    }

    /// Posts a call after a wait; nothing is kept while there is no address.
    pub(crate) fn after(&self, wait: Duration, call: C) {
        if call.address().is_some() || self.poster.url.get().is_some() {
            self.timeline.after(wait, Posting { call, tries: 0 });
        }
    }

    /// Posts a call and waits for the answer; a failed one is tried again later.
    pub(crate) async fn now(&self, call: C) {
        if let Some((wait, posting)) = self.poster.post(Posting { call, tries: 0 }).await {
            self.timeline.after(wait, posting);
        }
    }
}

impl<A> Poster<A> {
    async fn post<C: Call<Account = A>>(&self, mut posting: Posting<C>) -> Next<Posting<C>> {
        let request = match posting.call.address() {
            Some((method, url)) => self.client.request(method, url),
            None => self.client.post(self.url.get()?),
        };
        let answer = posting.call.write(&self.account, request).send().await;
        let why = match answer {
            Ok(answer) if answer.status() == StatusCode::OK => return None,
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.without_url().to_string(),
        };
        posting.tries += 1;
        if posting.tries >= self.max_tries {
            tracing::warn!(why, tries = posting.tries, "gave up a call to Bellhop");
            return None;
        }
        Some((self.retry, posting))
    }
}
