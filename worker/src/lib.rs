//! The loop that sends: take a task, take permits, claim, render, send, record.
//!
//! A worker may die at any instant. What it had leased is published again by a dispatcher when the lease runs out;
//! what it had sent without recording it is repeated only if the provider replaces repeats (ARCHITECTURE.md,
//! "Doubt"). It knows the ledger, the broker, the limiter and the providers by their traits only, and decides nothing
//! that `bellhop-domain` can decide: outcomes become states in [`bellhop_domain::waterfall::after`].
//!
//! Promises: no request starts later than half a second after its run was paused or cancelled (the states of the
//! runs in hand are polled every [`Options::poll`]); no message is handed to a provider without a permit; a task is
//! acknowledged only when its outcomes are recorded. On [`Worker::run`]'s stop signal no new request starts, those
//! under way are recorded, and leases are given back, all within [`Options::drain`].

mod batch;
mod breakers;
mod bulkheads;
mod changes;
mod consumers;
mod in_hand;
mod incoming;
mod outcome;
mod people;
mod permission;
mod permits;
mod pools;
mod record;
mod resumes;
mod run;
mod run_states;
mod send;
mod sessions;
mod standstills;
mod warm_ups;

use bellhop_broker::Broker;
use bellhop_campaigns::{InForce, Live, Sender, Senderless};
use bellhop_domain::breaker::Threshold;
use bellhop_domain::complaints::Complaints;
use bellhop_domain::waterfall::Rules;
use bellhop_domain::{EndpointKind, Lane, OrgId, Timestamp};
use bellhop_rate_limits::Limiter;
use bellhop_store::ledger::{Claiming, Commanding, Leasing, Reading, Recording, SenderStates, SentLately};
use breakers::Breakers;
use bulkheads::Bulkheads;
use people::People;
use permits::Permits;
use pools::Pools;
use resumes::Resumes;
use run::Runs;
use run_states::RunStates;
use sessions::Sessions;
use standstills::Standstills;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How a worker reads the time: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How often the state of pooled numbers is refreshed, and how often it is checked whether a human has paused or
/// resumed a sender. A stopped sender claims nothing even before that, because the claim asks the ledger.
const POOLS: Duration = Duration::from_secs(1);

/// How a worker works. All of this comes from the configuration.
#[derive(Debug, Clone)]
pub struct Options {
    /// The worker's name in leases and logs.
    pub name: String,
    /// What it sends; other workers must take the rest.
    pub lanes: Vec<Lane>,
    /// How long a batch belongs to a worker without a sign of life.
    pub lease: Duration,
    /// How many batches of one queue a single sender may have in hand at the same time. If several senders share a
    /// queue, up to twice as many are in hand altogether.
    pub batches_at_once: u16,
    /// Requests of one batch under way at the same time, where repeats are replaced.
    pub requests_per_batch: usize,
    /// The same for channels that send at most once: this many attempts are in doubt if the worker dies.
    pub careful_requests_per_batch: usize,
    /// How often outcomes are recorded while a batch is still being sent.
    pub flush: Duration,
    /// How often the states of the runs in hand are asked for.
    pub poll: Duration,
    /// How long a stop may take.
    pub drain: Duration,
    pub rules: Rules,
    pub breaker: Threshold,
    /// The address under which guests reach the tracking links, without a slash at its end.
    pub public_url: String,
}

/// What a worker asks of the ledger: it leases, starts and records messages, and plans and publishes none. It pauses runs and
/// senders that fail.
pub trait WorkerLedger: Reading + Claiming + Leasing + Recording + Commanding + SenderStates + SentLately {}

impl<T: Reading + Claiming + Leasing + Recording + Commanding + SenderStates + SentLately> WorkerLedger for T {}

/// Everything a worker's tasks share.
pub struct Worker {
    pub(crate) ledger: Arc<dyn WorkerLedger>,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) permits: Permits,
    pub(crate) people: People,
    pub(crate) pools: Pools,
    pub(crate) resumes: Resumes,
    /// Read anew for each task, and not kept beyond it.
    pub(crate) live: Live<InForce>,
    pub(crate) sessions: Sessions,
    pub(crate) senderless: Senderless<(OrgId, EndpointKind)>,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) runs: Runs,
    pub(crate) states: RunStates,
    pub(crate) breakers: Breakers,
    pub(crate) bulkheads: Arc<Bulkheads>,
    pub(crate) standstills: Standstills,
    /// Set once the log has told that tasks of strangers arrive.
    pub(crate) told_of_strangers: Once,
    pub(crate) store_complaints: Complaints,
    pub(crate) limiter_complaints: Complaints,
}

impl Worker {
    pub fn new(
        ledger: Arc<dyn WorkerLedger>,
        broker: Arc<dyn Broker>,
        limiter: Arc<dyn Limiter>,
        live: Live<InForce>,
        options: Options,
        clock: Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            runs: Runs::new(ledger.clone()),
            states: RunStates::default(),
            breakers: Breakers::new(options.breaker),
            bulkheads: Bulkheads::new(live.clone(), options.batches_at_once),
            people: People::new(limiter.clone(), ledger.clone(), live.clone()),
            permits: Permits::new(limiter, ledger.clone()),
            pools: Pools::default(),
            resumes: Resumes::default(),
            standstills: Standstills::default(),
            told_of_strangers: Once::new(),
            store_complaints: Complaints::default(),
            limiter_complaints: Complaints::default(),
            ledger,
            broker,
            live,
            sessions: Sessions::default(),
            senderless: Senderless::default(),
            options,
            clock,
        })
    }

    /// Works until `stop` is cancelled, then drains. Consumes the queues of the kinds it has senders for.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        // Listens before it looks, so that no change in between is missed.
        let news = self.live.news();
        let first = self.live.now();
        info!(worker = %self.options.name, kinds = ?first.senders.kinds(), "worker started");
        self.follow_sessions(&first);
        let mut loops = JoinSet::new();
        loops.spawn(self.clone().consume_all(stop.clone()));
        loops.spawn(self.clone().watch_settings(first, news, stop.clone()));
        loops.spawn(self.clone().watch_runs(stop.clone()));
        loops.spawn(self.clone().watch_pools(stop.clone()));
        loops.spawn(self.clone().watch_warm_ups(stop.clone()));
        stop.cancelled().await;
        let drained = tokio::time::timeout(self.options.drain, async { while loops.join_next().await.is_some() {} });
        if drained.await.is_err() {
            warn!(worker = %self.options.name, "not drained in time; what was under way is settled when its leases run out");
            loops.shutdown().await;
        }
        self.close_sessions().await;
    }

    /// Keeps [`RunStates`] up to date to within [`Options::poll`].
    async fn watch_runs(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(self.options.poll);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            let held = self.states.held();
            if held.is_empty() {
                continue;
            }
            match self.ledger.run_states(&held).await {
                Ok(states) => self.states.update(&states),
                Err(error) => warn!(%error, "cannot read the states of the runs in hand"),
            }
        }
    }

    /// Keeps what is known about pooled numbers up to date to within [`POOLS`], and obeys a human who pauses or
    /// resumes a sender.
    async fn watch_pools(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(POOLS);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            if let Err(error) = self.look_at_pools().await {
                warn!(%error, "cannot read how the numbers of the pools stand");
            }
            if let Err(error) = self.look_at_pauses().await {
                warn!(%error, "cannot read which senders are paused");
            }
            if let Err(error) = self.look_at_resumes().await {
                warn!(%error, "cannot read which senders were resumed");
            }
        }
    }

    /// Whether this very sender is in force: neither removed nor changed.
    pub(crate) fn is_in_force(&self, sender: &Arc<Sender>) -> bool {
        self.live.now().senders.has(sender)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// How many requests of one batch may be under way at once.
    pub(crate) fn width(&self, kind: EndpointKind) -> usize {
        if kind.replaces_repeats() {
            self.options.requests_per_batch
        } else {
            self.options.careful_requests_per_batch
        }
    }
}
