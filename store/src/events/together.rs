//! Those who tell of events at the same time. Two transactions of an organisation are under way at once in a process; whoever
//! comes meanwhile waits, and the next transaction takes what all of them tell. So an event costs the less the more there are, and
//! readers of the outbox, who wait for the oldest transaction, do not wait for one of a dozen that hold each other up.

use super::{Answer, happening};
use crate::base::crossed::again_if_crossed;
use crate::db::Db;
use crate::{Result, SqlStore};
use bellhop_domain::event::Told;
use bellhop_domain::{OrgId, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, oneshot};

/// Transactions of an organisation at once.
const AT_ONCE: usize = 2;
/// The most events of a transaction that takes several requests; one request may have more.
const TOGETHER: usize = 1_000;

/// What a process keeps of it, by organisation.
#[derive(Default)]
struct Doors(Mutex<HashMap<OrgId, Arc<Door>>>);

struct Door {
    turns: Semaphore,
    waiting: Mutex<VecDeque<Waiting>>,
}

/// A request that waits. Where its answer is dropped it has not been taken, and whoever asked takes it alone.
struct Waiting {
    events: Vec<Told>,
    now: Timestamp,
    answer: oneshot::Sender<Vec<Answer>>,
}

pub(super) async fn take(store: &SqlStore, org: OrgId, events: &[Told], now: Timestamp) -> Result<Vec<Answer>> {
    let door = store.memory.of::<Doors>().of(org);
    if let Ok(_turn) = door.turns.try_acquire() {
        return alone(&store.db, org, events, now).await;
    }
    let mut answer = door.wait(events, now);
    loop {
        tokio::select! {
            biased;
            answered = &mut answer => return match answered {
                Ok(answers) => Ok(answers),
                Err(_) => alone(&store.db, org, events, now).await,
            },
            // Whoever gets the turn takes for all who wait.
            Ok(_turn) = door.turns.acquire() => door.take_next(&store.db, org).await,
        }
    }
}

async fn alone(db: &Db, org: OrgId, events: &[Told], now: Timestamp) -> Result<Vec<Answer>> {
    let events: Vec<&Told> = events.iter().collect();
    again_if_crossed!(happening::take(db, org, &events, now))
}

impl Doors {
    fn of(&self, org: OrgId) -> Arc<Door> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Door {
            turns: Semaphore::new(AT_ONCE),
            waiting: Mutex::default(),
        };
        doors.entry(org).or_insert_with(|| Arc::new(new())).clone()
    }
}

impl Door {
    fn wait(&self, events: &[Told], now: Timestamp) -> oneshot::Receiver<Vec<Answer>> {
        let (answer, answered) = oneshot::channel();
        let events = events.to_vec();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back(Waiting { events, now, answer });
        answered
    }

    /// As many requests as fit into a transaction, at least one, in the order in which they came. Whoever has gone is left out.
    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut next, mut events) = (Vec::new(), 0);
        while let Some(it) = waiting.pop_front() {
            if it.answer.is_closed() {
                continue;
            }
            events += it.events.len();
            if events > TOGETHER && !next.is_empty() {
                waiting.push_front(it);
                break;
            }
            next.push(it);
        }
        next
    }

    /// Takes what waits. If that fails, perhaps because of one request, or is broken off, each is taken alone.
    async fn take_next(&self, db: &Db, org: OrgId) {
        let next = self.next();
        let Some(now) = next.iter().map(|it| it.now).max() else {
            return;
        };
        let events: Vec<&Told> = next.iter().flat_map(|it| &it.events).collect();
        let taken: Result<Vec<Answer>> = again_if_crossed!(happening::take(db, org, &events, now));
        let Ok(answers) = taken else { return };
        let mut answers = answers.into_iter();
        for it in next {
            let own = answers.by_ref().take(it.events.len()).collect();
            // Nobody is there any more to hear it; what was told is taken all the same.
            it.answer.send(own).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::phone::Region;
    use serde_json::json;

    #[test]
    fn as_many_as_fit_go_together_and_who_has_gone_is_left_out() {
        let opened = json!({"id": "e", "type": "app.opened", "customer_id": "c1"});
        let told = Told::read(opened, Region::RU).unwrap();
        let doors = Doors::default();
        let door = doors.of(OrgId(1));
        let asked = [600, 300, 200, 1_200, 1, 2].map(|count| door.wait(&vec![told.clone(); count], Timestamp(0)));
        let next = || door.next().iter().map(|it| it.events.len()).collect::<Vec<_>>();
        assert_eq!(next(), [600, 300]);
        let [.., gone, _] = asked;
        drop(gone);
        assert_eq!(next(), [200]);
        assert_eq!(next(), [1_200], "one request may have more");
        assert_eq!(next(), [2]);
        assert!(next().is_empty() && doors.of(OrgId(2)).next().is_empty());
    }
}
