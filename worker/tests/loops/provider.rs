//! A provider that answers as the test says and remembers every call.

use async_trait::async_trait;
use bellhop_channels::{Content, EventSink, Finding, OutgoingMessage, PeopleLimit, Provider};
use bellhop_domain::{EndpointKind, MessageId, Outcome, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// One request, as the provider saw it.
#[derive(Debug, Clone)]
pub struct Call {
    pub message: MessageId,
    pub lease: i64,
    pub address: String,
    pub text: String,
    pub collapse_key: String,
    pub now: Timestamp,
    pub at: Instant,
}

/// The provider's limits on messages to one guest; none unless a test sets them.
#[derive(Default)]
pub struct Rules {
    apart: OnceLock<Duration>,
    window: OnceLock<Duration>,
    portfolio: OnceLock<String>,
    limit: OnceLock<PeopleLimit>,
    sessions: OnceLock<()>,
}

impl Rules {
    pub fn set_apart(&self, apart: Duration) {
        self.apart.set(apart).unwrap();
    }

    pub fn set_window(&self, window: Duration) {
        self.window.set(window).unwrap();
    }

    /// Makes it a provider that has sessions and lets in only a certain number.
    pub fn set_sessions(&self) {
        self.sessions.set(()).unwrap();
    }

    pub fn set_portfolio(&self, name: &str) {
        self.portfolio.set(name.to_owned()).unwrap();
    }

    pub fn set_limit(&self, limit: PeopleLimit) {
        self.set_portfolio(&limit.shared_by);
        self.limit.set(limit).unwrap();
    }
}

type Script = Box<dyn FnMut(&Call) -> Outcome + Send>;

pub struct Scripted {
    kind: EndpointKind,
    calls: Mutex<Vec<Call>>,
    script: Mutex<Script>,
    pub rules: Rules,
    /// How long an answer takes.
    pub latency: Mutex<Duration>,
    /// While this is closed, answers are let out one by one.
    gate: Semaphore,
    /// The sinks of its sessions, one for each worker that opened one.
    pub sinks: Mutex<Vec<Arc<dyn EventSink>>>,
    /// How many calls had been made when a session was ended.
    pub closed: Mutex<Vec<usize>>,
}

/// More answers than any test asks for.
const OPEN: usize = 1_000_000;

impl Scripted {
    /// Accepts everything at once.
    pub fn new(kind: EndpointKind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            calls: Mutex::default(),
            script: Mutex::new(Box::new(|_| accepted())),
            rules: Rules::default(),
            latency: Mutex::default(),
            gate: Semaphore::new(OPEN),
            sinks: Mutex::default(),
            closed: Mutex::default(),
        })
    }

    pub fn answer(&self, script: impl FnMut(&Call) -> Outcome + Send + 'static) {
        *self.script() = Box::new(script);
    }

    /// A script may panic, which is what a test wants then.
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nobody gets an answer.
    pub fn close_gate(&self) {
        self.gate.forget_permits(OPEN);
    }

    pub fn open_gate(&self) {
        self.gate.add_permits(OPEN / 2);
    }

    /// Drops the sinks, as if the process at our end had died.
    pub fn hang_up(&self) {
        self.sinks.lock().unwrap().clear();
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The addresses that were sent to, sorted, with repeats.
    pub fn addresses(&self) -> Vec<String> {
        let mut addresses: Vec<_> = self.calls().into_iter().map(|c| c.address).collect();
        addresses.sort();
        addresses
    }
}

#[async_trait]
impl Provider for Scripted {
    fn kind(&self) -> EndpointKind {
        self.kind
    }

    fn free_text_window(&self) -> Option<Duration> {
        self.rules.window.get().copied()
    }

    fn people_limit(&self) -> Option<&PeopleLimit> {
        self.rules.limit.get()
    }

    fn portfolio(&self) -> Option<&str> {
        self.rules.portfolio.get().map(String::as_str)
    }

    fn apart(&self) -> Option<Duration> {
        self.rules.apart.get().copied()
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        let text = match message.content {
            Content::Push(push) => push.body.to_owned(),
            Content::Text(text) => text.to_owned(),
            other => format!("{other:?}"),
        };
        let call = Call {
            message: message.attempt.message,
            lease: message.attempt.lease,
            address: message.address.to_owned(),
            text,
            collapse_key: message.collapse_key.to_owned(),
            now: message.now,
            at: Instant::now(),
        };
        self.calls.lock().unwrap().push(call.clone());
        let latency = *self.latency.lock().unwrap();
        tokio::time::sleep(latency).await;
        self.gate.acquire().await.unwrap().forget();
        (self.script())(&call)
    }

    fn has_sessions(&self) -> bool {
        self.rules.sessions.get().is_some()
    }

    fn open(&self, sink: Arc<dyn EventSink>) {
        self.sinks.lock().unwrap().push(sink);
    }

    async fn close(&self) {
        self.closed.lock().unwrap().push(self.count());
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

pub fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: None,
        cost: None,
        parts: None,
    }
}
