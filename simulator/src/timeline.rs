//! Things that happen later: delivery reports and what guests do.
//!
//! One task keeps them in order of time, so that a million of them cost only their size, and not a timer each.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many things may happen at the same time.
const AT_ONCE: usize = 64;

/// The same or another thing to do after a wait.
pub(crate) type Next<T> = Option<(Duration, T)>;

#[derive(Debug)]
pub(crate) struct Timeline<T>(UnboundedSender<(Instant, T)>);

impl<T: Send + 'static> Timeline<T> {
    /// Starts a timeline that hands each thing to `act` when its time has come.
    pub(crate) fn start<F, A>(stop: CancellationToken, tasks: &TaskTracker, act: A) -> Self
    where
        A: Fn(T) -> F + Send + Sync + 'static,
        F: Future<Output = Next<T>> + Send + 'static,
    {
        let (sender, receiver) = unbounded_channel();
        let (timeline, tracker) = (Self(sender.clone()), tasks.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = run(receiver, sender, &tracker, &stop, act) => {}
                () = stop.cancelled() => {}
            }
        });
        timeline
    }

    /// Lets `thing` happen after a wait; nothing happens any more once the simulator has stopped.
    pub(crate) fn after(&self, wait: Duration, thing: T) {
        let _ = self.0.send((Instant::now() + wait, thing));
    }
}

async fn run<T, F, A>(
    mut receiver: UnboundedReceiver<(Instant, T)>,
    sender: UnboundedSender<(Instant, T)>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    act: A,
) where
    T: Send + 'static,
    A: Fn(T) -> F,
    F: Future<Output = Next<T>> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut agenda = Agenda::default();
    loop {
        let thing = tokio::select! {
            Some((due, thing)) = receiver.recv() => {
                agenda.add(due, thing);
                continue;
            }
            thing = agenda.next_due() => thing,
        };
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let (happening, sender, stop) = (act(thing), sender.clone(), stop.clone());
        tasks.spawn(async move {
            let next = tokio::select! {
                next = happening => next,
                () = stop.cancelled() => None,
            };
            drop(slot);
            if let Some((wait, thing)) = next {
                let _ = sender.send((Instant::now() + wait, thing));
            }
        });
    }
}

/// Things by time; those of the same instant in the order in which they came.
struct Agenda<T> {
    times: BinaryHeap<Reverse<(Instant, u64)>>,
    things: std::collections::HashMap<u64, T>,
    added: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self {
            times: BinaryHeap::new(),
            things: std::collections::HashMap::new(),
            added: 0,
        }
    }
}

impl<T> Agenda<T> {
    fn add(&mut self, due: Instant, thing: T) {
        self.added += 1;
        self.times.push(Reverse((due, self.added)));
        self.things.insert(self.added, thing);
    }

    /// Waits for the first thing's time and takes it out; waits for ever when there is none. Cancel safe.
    async fn next_due(&mut self) -> T {
        loop {
            let Some(&Reverse((due, number))) = self.times.peek() else {
                return std::future::pending().await;
            };
            tokio::time::sleep_until(due).await;
            self.times.pop();
            if let Some(thing) = self.things.remove(&number) {
                return thing;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::sync::Notify;

    #[tokio::test(start_paused = true)]
    async fn things_happen_in_order_of_time_and_again_when_they_ask() {
        let (seen, done) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let timeline = Timeline::start(stop.clone(), &tasks, {
            let (seen, done) = (Arc::clone(&seen), Arc::clone(&done));
            move |thing: &'static str| {
                let (seen, done) = (Arc::clone(&seen), Arc::clone(&done));
                async move {
                    seen.lock().unwrap().push(thing);
                    if thing == "last" {
                        done.notify_one();
                    }
                    (thing == "first").then_some((Duration::from_secs(5), "again"))
                }
            }
        });
        for (wait, thing) in [(30, "last"), (10, "second"), (1, "first")] {
            timeline.after(Duration::from_secs(wait), thing);
        }
        done.notified().await;
        assert_eq!(*seen.lock().unwrap(), ["first", "again", "second", "last"]);
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }
}
