//! The loops that keep a mailing going: schedule, start, plan, publish, promote, reclaim, finish; and those of programs: follow events,
//! let go what is due, arm days ahead; and those of automatic tags: look at guests, pass over everybody; and those of webhooks: look at watched messages, tell, call.
//!
//! A dispatcher keeps no state: whatever it does is in the ledger before it is anywhere else, so any number of them
//! may run and any may die at any instant. Dispatchers alone are responsible for liveness: a message of a running run
//! that is due and has neither a live lease nor a task gets a new task, however the old one was lost
//! (ARCHITECTURE.md, "The ledger is the truth, tasks are hints").
//!
//! They look for what is due and what is ready, not for what is alive: a turn asks the ledger a fixed number of
//! questions, and the text of a run is read only when the run is new to the process.
//!
//! It knows the ledger, the broker and the providers' look-ups by their traits, and never talks to a guest; webhooks are
//! the brand's own systems.

mod doubts;
mod follow;
mod ledger;
mod letters;
mod pages;
mod programs;
mod promo_codes;
mod prune;
mod publish;
mod questions;
mod schedules;
mod tags;
mod turns;
mod webhooks;

use bellhop_broker::Broker;
use bellhop_campaigns::{InForce, Live, Senderless};
use bellhop_domain::{EndpointKind, Lane, Timestamp};
use bellhop_store::base::outbox::Reader;
use doubts::LookUpTimes;
use ledger::DispatcherLedger;
pub use letters::{EventLedger, take_letters};
use pages::Planning;
use programs::Programs;
use publish::BacklogSince;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use turns::{Loop, Turn, Waker};
pub use webhooks::WebhookParts;
use webhooks::Webhooks;

/// How a dispatcher reads the time: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a dispatcher works. All of this comes from the configuration.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often to look for work that nothing announces. PRODUCT.md wants commands noticed within 500 ms.
    pub tick: Duration,
    /// How many guests the first page of a run looks at, and the most for later pages, which double in size.
    pub first_page: u32,
    pub page: u32,
    /// The most tasks of one queue that are with the broker or a worker at the same time.
    pub outstanding: u64,
    /// A task that nobody has leased for this long while its queue is empty has vanished.
    pub vanished: Duration,
    /// How long a doubtful attempt may wait for news before it is final *unknown*.
    pub settlement: Duration,
    /// How often providers are asked about attempts in doubt.
    pub look_up: Duration,
    /// With what webhooks are called; absent, this process calls none.
    pub webhooks: Option<Arc<WebhookParts>>,
}

/// Everything a dispatcher's loops share.
pub struct Dispatcher {
    pub(crate) ledger: Arc<dyn DispatcherLedger>,
    pub(crate) broker: Arc<dyn Broker>,
    /// Read anew at each turn, and not kept beyond it.
    pub(crate) live: Live<InForce>,
    pub(crate) senderless: Senderless<EndpointKind>,
    pub(crate) asked: LookUpTimes,
    pub(crate) planning: Mutex<Planning>,
    /// By lane, because each lane is filled by a loop of its own.
    pub(crate) backlogs: HashMap<Lane, Mutex<BacklogSince>>,
    pub(crate) teller: Reader,
    pub(crate) programs: Programs,
    pub(crate) webhooks: Webhooks,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// Wakes the loop of a lane when batches may be ready to publish.
    ready: HashMap<Lane, Notify>,
}

impl Dispatcher {
    pub fn new(
        ledger: Arc<dyn DispatcherLedger>,
        broker: Arc<dyn Broker>,
        live: Live<InForce>,
        options: Options,
        clock: Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            ledger,
            broker,
            live,
            senderless: Senderless::default(),
            asked: LookUpTimes::default(),
            planning: Mutex::default(),
            backlogs: Lane::ALL.map(|lane| (lane, Mutex::default())).into(),
            teller: follow::teller(rand::random()),
            programs: Programs::new(rand::random()),
            webhooks: Webhooks::new(rand::random(), options.webhooks.clone()),
            options,
            clock,
            ready: Lane::ALL.map(|lane| (lane, Notify::new())).into(),
        })
    }

    /// Works until `stop` is cancelled; then each loop ends after the transaction it is in.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        info!("dispatcher started");
        let (tick, look_up) = (self.options.tick, self.options.look_up);
        let mut loops = JoinSet::new();
        let each = |name, pause| Loop::new(name, pause, self.clone(), stop.clone());
        loops.spawn(each("plan", tick).run(|d, stop| async move { d.plan_pages(&stop).await }));
        for lane in Lane::ALL {
            // A login code must not wait for the turn of a mailing to millions.
            let publish = each("publish", tick).woken_by(Waker::Ready(lane));
            loops.spawn(publish.run(move |d, _| async move { d.publish_lane(lane).await }));
        }
        loops.spawn(each("begin what is scheduled", tick).run(|d, _| async move { d.begin_scheduled().await }));
        loops.spawn(each("promote", tick).run(|d, _| async move { d.promote().await }));
        loops.spawn(each("finish", tick).run(|d, _| async move { d.finish().await }));
        loops.spawn(each("reclaim", tick * 2).run(|d, _| async move { d.reclaim().await }));
        loops.spawn(each("tally what is over", tick * 5).run(|d, _| async move { d.tally().await }));
        loops.spawn(each("count runs", tick * 10).run(|d, _| async move { d.count_runs().await }));
        loops.spawn(each("pause what has no sender", tick * 10).run(|d, _| async move { d.pause_unsendable().await }));
        loops.spawn(each("ask back", tick * 2).run(|d, _| async move { d.ask_back().await }));
        loops.spawn(each("follow events", tick).run(|d, _| async move { d.follow_events().await }));
        let let_go = each("let go what is due", tick).woken_by(Waker::Fired);
        loops.spawn(let_go.run(|d, _| async move { d.let_go_due().await }));
        loops.spawn(each("arm days ahead", tick * 25).run(|d, _| async move { d.arm_days().await }));
        loops.spawn(each("look at promo codes", tick * 5).run(|d, _| async move { d.look_at_promo_codes().await }));
        loops.spawn(each("count promo codes", tick * 150).run(|d, _| async move { d.count_promo_codes().await }));
        loops.spawn(each("set tags by rules", tick).run(|d, _| async move { d.look_at_tags().await }));
        loops.spawn(
            each("bring rules of tags to everybody", tick * 2).run(|d, _| async move { d.pass_over_tags().await }),
        );
        loops.spawn(each("look at watched messages", tick).run(|d, _| async move { d.look_at_watched().await }));
        loops.spawn(each("tell webhooks", tick).run(|d, _| async move { d.tell_webhooks().await }));
        loops.spawn(each("call webhooks", tick).run(|d, stop| async move { d.call_webhooks(&stop).await }));
        loops.spawn(each("tell the audit", tick * 2).run(|d, _| async move { d.tell_audit().await }));
        loops.spawn(each("prune the outbox", tick * 50).run(|d, _| async move { d.prune_outbox().await }));
        let remove = each("remove what has had its time", tick * 300);
        loops.spawn(remove.run(|d, _| async move { d.remove_outlived().await }));
        loops.spawn(each("erase what is left", tick * 10).run(|d, _| async move { d.go_on_erasing().await }));
        loops.spawn(each("look up", look_up).run(|d, _| async move { d.look_up_doubts().await }));
        while loops.join_next().await.is_some() {}
    }

    /// Moves what is due: retries, next steps and ends of messages.
    async fn promote(&self) -> Result<Turn, Trouble> {
        let moved = self.ledger.promote_due(PROMOTED_AT_ONCE, self.now()).await?;
        metrics::counter!("bellhop_messages_promoted_total").increment(moved);
        if moved == 0 {
            return Ok(Turn::Idle);
        }
        self.announce();
        Ok(Turn::Busy)
    }

    /// Counts a run that is over for all who will ask for its figures.
    async fn tally(&self) -> Result<Turn, Trouble> {
        match self.ledger.tally(self.now()).await? {
            true => Ok(Turn::Busy),
            false => Ok(Turn::Idle),
        }
    }

    async fn finish(&self) -> Result<Turn, Trouble> {
        self.ledger.settle_receipts(self.now()).await?;
        for run in self.ledger.finish_runs(self.now()).await? {
            info!(%run, "run ended");
        }
        Ok(Turn::Idle)
    }

    async fn reclaim(&self) -> Result<Turn, Trouble> {
        let lost = self.ledger.reclaim(self.options.settlement, self.now()).await?;
        if lost == 0 {
            return Ok(Turn::Idle);
        }
        metrics::counter!("bellhop_leases_reclaimed_total").increment(lost);
        warn!(
            batches = lost,
            "leases ran out; their messages go back to the queue or are in doubt"
        );
        self.announce();
        Ok(Turn::Busy)
    }

    /// Goes on with guests who were erased, a month of the ledger at a time.
    async fn go_on_erasing(&self) -> Result<Turn, Trouble> {
        Ok(match self.ledger.go_on_erasing(self.now()).await? {
            true => Turn::Busy,
            false => Turn::Idle,
        })
    }

    /// Wakes the loops that publish.
    pub(crate) fn announce(&self) {
        self.ready.values().for_each(Notify::notify_one);
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

const PROMOTED_AT_ONCE: u32 = 2_000;

/// What keeps a loop from its work; it tries again at its next turn.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Store(#[from] bellhop_store::StoreError),
    #[error(transparent)]
    Broker(#[from] bellhop_broker::BrokerError),
    #[error(transparent)]
    Campaign(bellhop_campaigns::CampaignError),
}

impl From<bellhop_campaigns::CampaignError> for Trouble {
    fn from(error: bellhop_campaigns::CampaignError) -> Self {
        match error {
            bellhop_campaigns::CampaignError::Store(error) => Trouble::Store(error),
            other => Trouble::Campaign(other),
        }
    }
}
