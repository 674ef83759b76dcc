//! How a loop of the dispatcher goes round: turn by turn, through trouble, until it is told to stop.

use crate::{Dispatcher, Trouble};
use bellhop_domain::Lane;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// What a turn found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing more for now.
    Idle,
    /// There will be more in a moment.
    Soon,
    /// There is more: the next turn follows at once.
    Busy,
}

/// The longest wait after trouble.
const LONGEST: Duration = Duration::from_secs(5);

/// How long that is: short for a guest who waits, and long for what gathers meanwhile.
const MOMENT: Duration = Duration::from_millis(50);

/// What ends a rest early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waker {
    /// Something is ready to publish on this lane.
    Ready(Lane),
    /// A program has fired.
    Fired,
}

/// One loop.
pub(crate) struct Loop {
    /// What it does, for the log.
    name: &'static str,
    /// The rest between idle turns.
    pause: Duration,
    woken_by: Option<Waker>,
    dispatcher: Arc<Dispatcher>,
    stop: CancellationToken,
}

impl Loop {
    pub fn new(name: &'static str, pause: Duration, dispatcher: Arc<Dispatcher>, stop: CancellationToken) -> Self {
        Self {
            name,
            pause,
            woken_by: None,
            dispatcher,
            stop,
        }
    }

    pub fn woken_by(self, waker: Waker) -> Self {
        Self {
            woken_by: Some(waker),
            ..self
        }
    }

    /// Takes turns until it is told to stop. After trouble, which is logged, it tries again, later each time. A turn
    /// that panics is treated as trouble: all state is in the ledger, so nothing half-done stays behind, and the
    /// other loops need this one.
    pub async fn run<F>(self, turn: impl Fn(Arc<Dispatcher>, CancellationToken) -> F)
    where
        F: Future<Output = Result<Turn, Trouble>>,
    {
        let mut wait = Duration::ZERO;
        while !self.rested(wait).await {
            let one = turn(self.dispatcher.clone(), self.stop.clone());
            wait = match AssertUnwindSafe(one).catch_unwind().await {
                Ok(Ok(Turn::Busy)) => Duration::ZERO,
                Ok(Ok(Turn::Idle)) => self.pause,
                Ok(Ok(Turn::Soon)) => self.pause.min(MOMENT),
                Ok(Err(error)) => {
                    warn!(%error, "cannot {}; trying again", self.name);
                    self.after_trouble(wait)
                }
                Err(_) => {
                    error!("broke off while trying to {}; please report this", self.name);
                    self.after_trouble(wait)
                }
            };
        }
    }

    fn after_trouble(&self, waited: Duration) -> Duration {
        metrics::counter!("bellhop_dispatcher_troubles_total", "loop" => self.name).increment(1);
        (waited * 2).clamp(self.pause.min(LONGEST), LONGEST)
    }

    /// Rests; returns whether it is time to stop. Its waker ends a rest, but not one after trouble.
    async fn rested(&self, wait: Duration) -> bool {
        if !wait.is_zero() {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.woken(), if wait <= self.pause => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.stop.is_cancelled()
    }

    async fn woken(&self) {
        let notify = self.woken_by.and_then(|waker| match waker {
            Waker::Ready(lane) => self.dispatcher.ready.get(&lane),
            Waker::Fired => Some(&self.dispatcher.programs.due),
        });
        match notify {
            Some(notify) => notify.notified().await,
            None => std::future::pending().await,
        }
    }
}
