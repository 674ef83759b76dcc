//! Permission to send: a task waits a little for permits, of a pool from whichever number has some first.

use crate::batch::InHand;
use crate::permits::Grant;
use crate::{Sender, Worker};
use bellhop_domain::Timestamp;
use bellhop_rate_limits::Urgency;
use bellhop_rate_limits::pool::Choice;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// The longest sleep between two questions for permits.
const NAP: Duration = Duration::from_millis(500);
/// The span in which permits are gathered to be used together.
pub(crate) const GATHERED: Duration = Duration::from_millis(250);
/// How long a task waits for permits before its place goes to another, so that one slow sender cannot keep the others
/// of its queue waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Who may send a batch.
pub(crate) struct Among<'a> {
    pub pool: &'a [Arc<Sender>],
    /// The number that its guests know.
    pub known: Option<&'a str>,
    pub urgency: Urgency,
}

impl<'a> Among<'a> {
    pub fn alone(batch: &'a InHand<'_>) -> Self {
        Self {
            pool: std::slice::from_ref(&batch.sender),
            known: None,
            urgency: batch.urgency,
        }
    }

    fn knows_none(&self) -> bool {
        self.known.is_none()
    }
}

/// The limiter's answer to a task.
pub(crate) enum Permission {
    /// To this sender of the pool, by its place.
    Granted(usize, Grant),
    /// Not soon.
    Later(Timestamp),
    Stopping,
}

impl Worker {
    /// Waits for up to `wanted` permits, for about `patience`. Slow senders get theirs one by one: those that come
    /// within [`GATHERED`] are used together. Of a pool, whoever is the first to have some gets the batch.
    pub(crate) async fn permission(
        &self,
        among: &Among<'_>,
        wanted: u32,
        patience: Duration,
        stop: &CancellationToken,
    ) -> Permission {
        let begun = self.now();
        let (mut got, mut chosen) = (Grant::none(begun), None);
        loop {
            let now = self.now();
            let Some(place) = chosen.or_else(|| self.chosen(among, now)) else {
                return Permission::Later(now.plus(PATIENCE));
            };
            let wanted = wanted.min(self.permits.warm_ups.at_once(&among.pool[place], now));
            let next = self.ask(&among.pool[place], among.urgency, wanted, &mut got, now).await;
            if got.permits > 0 {
                chosen = Some(place);
            }
            let soon = next <= begun.plus(GATHERED) && got.outlives(next.since(now));
            if got.permits >= wanted || got.permits > 0 && !soon {
                return Permission::Granted(place, got);
            }
            // Another number may have some at once.
            if chosen.is_none() && self.chosen(among, now).is_some_and(|other| other != place) && among.knows_none() {
                continue;
            }
            if now >= begun.plus(patience) {
                return Permission::Later(next.max(now.plus(NAP)).min(now.plus(PATIENCE)));
            }
            tokio::select! {
                () = stop.cancelled() => return Permission::Stopping,
                () = self.permits.returned.notified() => {}
                () = tokio::time::sleep(next.since(now).clamp(Duration::from_millis(1), NAP)) => {}
            }
        }
    }

    /// Asks for what is still wanted; when it makes sense to ask again.
    async fn ask(&self, sender: &Sender, urgency: Urgency, wanted: u32, got: &mut Grant, now: Timestamp) -> Timestamp {
        let next = match self
            .permits
            .take(sender, urgency, wanted.saturating_sub(got.permits), now)
            .await
        {
            Ok(grant) => {
                *got = got.and(grant);
                grant.ask_again.unwrap_or(now)
            }
            Err(error) => {
                if let Some(untold) = self.limiter_complaints.tell(Instant::now()) {
                    warn!(sender = %sender.name, %error, untold, "no permits");
                }
                now.plus(NAP)
            }
        };
        self.pools.note_earliest(sender, next);
        next
    }

    fn chosen(&self, among: &Among<'_>, now: Timestamp) -> Option<usize> {
        match among.pool {
            [_] => Some(0),
            pool => match self.pools.choose(pool, among.known, now, rand::random()) {
                Choice::Now(place) | Choice::At(place, _) => Some(place),
                Choice::Nobody => None,
            },
        }
    }

    /// Permits for messages that are recorded as started and must go out, however long it takes and even if this worker
    /// is told to stop: not to send them would leave them in doubt.
    pub(crate) async fn permits_for_started(&self, batch: &InHand<'_>, wanted: u32) -> Grant {
        let never = CancellationToken::new();
        loop {
            match self.permission(&Among::alone(batch), wanted, PATIENCE, &never).await {
                Permission::Granted(_, grant) if grant.is_alive() => return grant,
                Permission::Later(until) => tokio::time::sleep(until.since(self.now()).min(NAP)).await,
                Permission::Granted(..) | Permission::Stopping => {}
            }
        }
    }
}
