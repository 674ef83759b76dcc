//! The requests of a leased batch, and what is recorded while they are under way.

use crate::Worker;
use crate::in_hand::InHand;
use crate::people::Admitted;
use crate::permits::Grant;
use bellhop_campaigns::{Lists, Recipient, may_write_freely};
use bellhop_channels::{AttemptKey, OutgoingMessage};
use bellhop_domain::{Outcome, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::ledger::{Claimed, Starting};
use futures_util::{StreamExt, stream};
use std::collections::HashSet;
use std::time::Instant;
use tokio::sync::mpsc;

/// An attempt that was made.
pub(crate) struct Made {
    /// The index of its message among the claimed ones.
    pub message: usize,
    pub outcome: Outcome,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
}

/// How far the messages of a batch were processed.
pub(crate) struct Done {
    /// How many messages, counted from the first.
    pub messages: usize,
    /// How many permits were used for them; a message that may not go now needs none.
    pub used: usize,
}

impl Worker {
    /// Sends messages of a batch, each with one of these permits, until they are used up or their life ends. On
    /// channels that send at most once, each handful is first admitted guest by guest and recorded as started.
    pub(crate) async fn send_all(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        permits: Grant,
    ) -> Result<Done, StoreError> {
        let width = self.width(batch.kind);
        if batch.kind.replaces_repeats() {
            let sent = self.send(batch, messages, (0..messages.len()).collect(), width, permits);
            let sent = sent.await?;
            return Ok(Done {
                messages: sent,
                used: sent,
            });
        }
        let (mut done, others) = (Done { messages: 0, used: 0 }, self.other_numbers(batch));
        for handful in (0..messages.len()).collect::<Vec<_>>().chunks(width) {
            if !batch.going(self.now()) || !permits.is_alive() {
                break;
            }
            let Some(mut admitted) = self.admitted(batch, messages, handful).await? else {
                break;
            };
            done.messages += handful.len();
            if admitted.go.is_empty() {
                continue;
            }
            let ids: Vec<_> = admitted.go.iter().map(|i| messages[*i].id).collect();
            let cap = self.cap(&batch.run);
            let of = Starting {
                of: batch.of,
                lease: batch.lease,
                sender: &batch.sender.name,
                others: &others,
            };
            let started = self.ledger.start(&of, &ids, cap.as_ref(), self.now()).await?;
            let started: HashSet<_> = started.into_iter().collect();
            admitted.go.retain(|i| started.contains(&messages[*i].id));
            done.used += admitted.go.len();
            self.send_started(batch, messages, admitted, permits).await?;
        }
        Ok(done)
    }

    /// Sends what is recorded as started. If recording took longer than the permits or the admission last, new ones
    /// are taken first.
    async fn send_started(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        mut admitted: Admitted,
        mut permits: Grant,
    ) -> Result<(), StoreError> {
        let mut started = admitted.go.clone();
        while !started.is_empty() {
            if !permits.is_alive() {
                permits = self.permits_for_started(batch, started.len() as u32).await;
            }
            if admitted.go.is_empty() || !admitted.is_alive() {
                admitted = self.admitted_once_more(batch, messages, &started).await;
                continue;
            }
            let rest = admitted.go.split_off(admitted.go.len().min(permits.permits as usize));
            let now = std::mem::replace(&mut admitted.go, rest);
            started.retain(|i| !now.contains(i));
            let sent = self.send(batch, messages, now, self.width(batch.kind), permits).await?;
            permits.permits -= sent as u32;
        }
        Ok(())
    }

    /// Sends these messages, `width` at a time, and records outcomes as they come. Requests continue while outcomes
    /// wait for a slow database, because a reply that is not read in time would count as lost. Returns how many were
    /// sent.
    async fn send(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        chosen: Vec<usize>,
        width: usize,
        permits: Grant,
    ) -> Result<usize, StoreError> {
        // What was started must be sent; on careful channels `start` has already checked for a pause.
        let careful = !batch.kind.replaces_repeats();
        let going = chosen
            .into_iter()
            .take_while(|_| careful || batch.going(self.now()) && permits.is_alive());
        let (made, outcomes) = mpsc::unbounded_channel();
        let requests = async move {
            let mut sent = 0;
            let mut answers = stream::iter(going)
                .map(|i| self.attempt(batch, &messages[i], i))
                .buffer_unordered(width);
            while let Some(one) = answers.next().await {
                sent += 1;
                // Nobody listens once recording has failed for good.
                let _ = made.send(one);
            }
            sent
        };
        let (sent, recorded) = tokio::join!(requests, self.record_as_they_come(batch, messages, outcomes));
        recorded.map(|()| sent)
    }

    async fn record_as_they_come(
        &self,
        batch: &InHand<'_>,
        messages: &[Claimed],
        mut outcomes: mpsc::UnboundedReceiver<Made>,
    ) -> Result<(), StoreError> {
        let mut ended = Vec::with_capacity(messages.len());
        while outcomes.recv_many(&mut ended, messages.len()).await > 0 {
            let more = async { while outcomes.recv_many(&mut ended, messages.len()).await > 0 {} };
            let _ = tokio::time::timeout(self.options.flush, more).await;
            self.record(batch, messages, &ended).await?;
            ended.clear();
        }
        Ok(())
    }

    async fn attempt(&self, batch: &InHand<'_>, claimed: &Claimed, message: usize) -> Made {
        let started_at = self.now();
        let outcome = self.outcome(batch, claimed, started_at).await;
        self.obey_throttle(&batch.sender, &outcome).await;
        Made {
            message,
            outcome,
            started_at,
            ended_at: self.now(),
        }
    }

    /// Renders and sends one message.
    async fn outcome(&self, batch: &InHand<'_>, claimed: &Claimed, now: Timestamp) -> Outcome {
        let run = &batch.run;
        let Some(defaults) = self.live.now().defaults(run.org).cloned() else {
            let why = "the organisation is not in this worker's settings".to_owned();
            return Outcome::Misconfigured { why };
        };
        let (url, channel) = (&self.options.public_url, batch.kind.channel());
        let window = batch.sender.provider.free_text_window();
        let to = Recipient {
            message: claimed.id,
            profile: &claimed.profile,
            free_text: may_write_freely(window, claimed.last_inbound, now),
        };
        let rendered = match run.contents.render(channel, &to, &defaults, url, now) {
            Ok(rendered) => rendered,
            Err(problem) => {
                return Outcome::Failed {
                    why: problem.to_string(),
                };
            }
        };
        let lists = Lists::of(&rendered);
        let collapse_key = run.collapse_key(claimed.id);
        let outgoing = OutgoingMessage {
            attempt: AttemptKey {
                message: claimed.id,
                lease: batch.lease,
            },
            address: &claimed.address,
            content: lists.shown(&rendered),
            collapse_key: &collapse_key,
            expires: run.expires(claimed),
            now,
            last_inbound: claimed.last_inbound,
            customer: claimed.profile.external_id.as_deref(),
        };
        let asked = Instant::now();
        // Whatever wait a provider asks for, on any channel, is limited here.
        let outcome = batch.sender.provider.send(&outgoing).await.bounded();
        metrics::histogram!("bellhop_request_seconds", "kind" => batch.kind.name()).record(asked.elapsed());
        outcome
    }
}
