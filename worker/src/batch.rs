//! One task: permits, claim, send, record, release.

use crate::outcome::{Ended, label, recorded};
use crate::run::RunInHand;
use crate::run_states::Held;
use crate::{Sender, Worker};
use bellhop_broker::{Queue, Task};
use bellhop_channels::{AttemptKey, OutgoingMessage};
use bellhop_domain::breaker::Trip;
use bellhop_domain::outcome::Scope;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use bellhop_rate_limits::SenderKey;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claim, Claimed, Recorded};
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// Permits asked for at once: a whole batch.
const BATCH: u32 = 100;
/// The longest sleep between two questions for permits, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(500);

/// A leased batch while it is being sent.
struct InHand<'a> {
    task: &'a Task,
    kind: EndpointKind,
    lease: i64,
    run: Arc<RunInHand>,
    sender: Arc<Sender>,
    held: Held<'a>,
    stop: &'a CancellationToken,
}

impl InHand<'_> {
    /// Whether a new request may start.
    fn going(&self) -> bool {
        self.held.running() && !self.stop.is_cancelled()
    }
}

/// An attempt that was made.
struct Made {
    message: usize,
    outcome: Outcome,
    started_at: Timestamp,
    ended_at: Timestamp,
}

impl Worker {
    /// Works through one task. An error leaves the lease to run out.
    pub(crate) async fn work(&self, task: &Task, queue: Queue, stop: &CancellationToken) -> Result<(), StoreError> {
        let run = self.runs.get(task.run).await?;
        let Some(sender) = self.senders.of(task.org, queue.kind).cloned() else {
            let reason = format!("no sender is configured for {}; add one and resume", queue.kind.name());
            return self
                .ledger
                .pause(task.org, task.run, &reason, &self.options.name, self.now())
                .await;
        };
        // Stopping: the task goes unclaimed, which its dispatcher notices.
        let Some(permits) = self.permits(&sender, stop).await else {
            return Ok(());
        };
        let held = self.states.hold(task.run);
        let needs = run.contents.needs(queue.kind.channel());
        let (name, lease) = (&self.options.name, self.options.lease);
        let claim = self
            .ledger
            .claim(task.batch, &sender.name, name, permits, lease, &needs, self.now())
            .await?;
        match claim {
            Claim::Nothing | Claim::Held => Ok(()),
            Claim::Leased { lease, messages } => {
                let batch = InHand {
                    task,
                    kind: queue.kind,
                    lease,
                    run,
                    sender,
                    held,
                    stop,
                };
                self.send_all(&batch, &messages).await?;
                self.ledger.release(task.batch, lease, self.now()).await
            }
        }
    }

    /// Waits for permits; `None` if the worker stops meanwhile.
    async fn permits(&self, sender: &Sender, stop: &CancellationToken) -> Option<u32> {
        while !stop.is_cancelled() {
            let now = self.now();
            let next = match self.limiter.take(&key(sender), &sender.rate, BATCH, now).await {
                Ok(grant) if grant.permits > 0 => return Some(grant.permits),
                Ok(grant) => grant.ask_again.unwrap_or(now.plus(NAP)),
                Err(error) => {
                    warn!(sender = %sender.name, %error, "no permits: the limiter does not answer");
                    now.plus(NAP)
                }
            };
            tokio::time::sleep(next.since(now).clamp(Duration::from_millis(1), NAP)).await;
        }
        None
    }

    async fn send_all(&self, batch: &InHand<'_>, messages: &[Claimed]) -> Result<(), StoreError> {
        let width = self.width(batch.kind);
        if batch.kind.replaces_repeats() {
            return self.send(batch, messages, (0..messages.len()).collect(), width).await;
        }
        let mut extend_at = self.now().plus(self.options.lease / 2);
        for chunk in (0..messages.len()).collect::<Vec<_>>().chunks(width) {
            if !batch.going() {
                break;
            }
            let ids: Vec<_> = chunk.iter().map(|i| messages[*i].id).collect();
            let sender = &batch.sender.name;
            let started = self
                .ledger
                .start(batch.task.batch, batch.lease, sender, &ids, self.now())
                .await?;
            let started: HashSet<_> = started.into_iter().collect();
            let may_go = chunk
                .iter()
                .copied()
                .filter(|i| started.contains(&messages[*i].id))
                .collect();
            self.send(batch, messages, may_go, width).await?;
            if self.now() >= extend_at {
                let until = self.now().plus(self.options.lease);
                if !self.ledger.extend(batch.task.batch, batch.lease, until).await? {
                    break;
                }
                extend_at = self.now().plus(self.options.lease / 2);
            }
        }
        Ok(())
    }

    /// Sends these messages, `width` at a time, and records outcomes as they come.
    async fn send(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        chosen: Vec<usize>,
        width: usize,
    ) -> Result<(), StoreError> {
        // What was started must be sent: on careful channels the pause was checked by `start`.
        let careful = !batch.kind.replaces_repeats();
        let going = chosen.into_iter().take_while(|_| careful || batch.going());
        let mut made = stream::iter(going)
            .map(|i| self.attempt(batch, &messages[i], i))
            .buffer_unordered(width);
        let mut flush = tokio::time::interval(self.options.flush);
        flush.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        flush.reset();
        let mut ended = Vec::new();
        loop {
            tokio::select! {
                next = made.next() => match next {
                    Some(one) => ended.push(one),
                    None => break,
                },
                _ = flush.tick(), if !ended.is_empty() => {
                    self.record(batch, messages, &ended).await?;
                    ended.clear();
                }
            }
        }
        if ended.is_empty() {
            Ok(())
        } else {
            self.record(batch, messages, &ended).await
        }
    }

    async fn attempt(&self, batch: &InHand<'_>, claimed: &Claimed, message: usize) -> Made {
        let started_at = self.now();
        let run = &batch.run;
        let Some(defaults) = self.organisations.get(&run.org) else {
            let why = "the organisation is not in this worker's configuration".to_owned();
            return Made {
                message,
                outcome: Outcome::Misconfigured { why },
                started_at,
                ended_at: started_at,
            };
        };
        let url = &self.options.public_url;
        let channel = batch.kind.channel();
        let outcome = match run
            .contents
            .render(channel, claimed.id, &claimed.profile, defaults, url, started_at)
        {
            Err(problem) => Outcome::Failed {
                why: problem.to_string(),
            },
            Ok(rendered) => {
                let outgoing = OutgoingMessage {
                    attempt: AttemptKey {
                        message: claimed.id,
                        lease: batch.lease,
                    },
                    address: &claimed.address,
                    content: rendered.content(),
                    collapse_key: &run.collapse_key,
                    expires: run.expires,
                    now: started_at,
                    customer: claimed.profile.external_id.as_deref(),
                };
                batch.sender.provider.send(&outgoing).await
            }
        };
        Made {
            message,
            outcome,
            started_at,
            ended_at: self.now(),
        }
    }

    async fn record(&self, batch: &InHand<'_>, messages: &[Claimed], made: &[Made]) -> Result<(), StoreError> {
        let outcomes: Vec<Recorded> = made
            .iter()
            .map(|m| self.to_record(batch, &messages[m.message], m))
            .collect();
        let sender = &batch.sender.name;
        self.ledger
            .record(batch.task.batch, batch.lease, sender, &outcomes, self.now())
            .await?;
        for m in made {
            metrics::counter!("bellhop_attempts_total", "kind" => batch.kind.name(), "outcome" => label(&m.outcome))
                .increment(1);
        }
        self.obey_throttles(batch, made).await;
        let outcomes = made.iter().map(|m| &m.outcome);
        match self
            .breakers
            .count(batch.run.id, batch.kind, (batch.run.org, sender), outcomes)
        {
            None => Ok(()),
            Some(trip) => self.trip(batch, trip).await,
        }
    }

    fn to_record(&self, batch: &InHand<'_>, claimed: &Claimed, made: &Made) -> Recorded {
        let ended = Ended {
            claimed,
            outcome: &made.outcome,
            started_at: made.started_at,
            ended_at: made.ended_at,
            kind: batch.kind,
            waterfall: &batch.run.waterfall,
            expires: batch.run.expires,
        };
        recorded(&ended, &self.options.rules, rand::random())
    }

    /// A provider's `Retry-After` for the whole sender holds every worker of the fleet.
    async fn obey_throttles(&self, batch: &InHand<'_>, made: &[Made]) {
        let longest = made
            .iter()
            .filter_map(|m| match &m.outcome {
                Outcome::Throttled {
                    scope: Scope::Sender,
                    after,
                    ..
                } => Some(after.unwrap_or(self.options.rules.throttle)),
                _ => None,
            })
            .max();
        if let Some(wait) = longest {
            debug!(sender = %batch.sender.name, seconds = wait.as_secs(), "throttled by the provider");
            let now = self.now();
            if let Err(error) = self.limiter.hold_until(&key(&batch.sender), now.plus(wait), now).await {
                warn!(%error, "the fleet could not be told to wait");
            }
        }
    }

    async fn trip(&self, batch: &InHand<'_>, trip: Trip) -> Result<(), StoreError> {
        let (org, now) = (batch.run.org, self.now());
        match trip {
            Trip::Run { why } => {
                info!(run = %batch.run.id, mailing = %batch.run.mailing, %why, "paused: the content is refused for all");
                let reason = format!("the provider refuses this content for everybody: {why}");
                self.ledger
                    .pause(org, batch.run.id, &reason, "circuit breaker", now)
                    .await
            }
            Trip::Sender { why } => {
                info!(sender = %batch.sender.name, %why, "sender stopped: its credentials or account fail");
                self.ledger.pause_sender(org, &batch.sender.name, &why, now).await
            }
        }
    }
}

fn key(sender: &Sender) -> SenderKey {
    SenderKey::new(sender.org, &sender.name)
}
