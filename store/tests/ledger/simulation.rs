//! Everything at once, at random and by a seed: planners, workers that are slow or lost, tasks that vanish or double,
//! receipts, opens, withdrawals, pauses. Whatever the order, every planned message ends in exactly one final state,
//! final states only go up, and no SMS starts twice unless its gateway had refused it.

use crate::dice::{Dice, people};
use crate::world::*;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::receipt::{Again, AttemptKey, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::*;
use bellhop_store::ledger::*;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

const GUESTS: i64 = 24;
const ACTIONS: u64 = 160;

#[tokio::test]
async fn sqlite() {
    for seed in 0..24 {
        simulate(World::on_sqlite().await, seed).await;
    }
}

#[tokio::test]
async fn postgres() {
    for seed in 100..106 {
        simulate(World::on_postgres().await, seed).await;
    }
}

struct Simulation {
    world: World,
    run: RunId,
    dice: Dice,
    planned: u64,
    excluded: u64,
    /// Tasks with the broker.
    tasks: Vec<BatchId>,
    /// Leases with workers.
    held: Vec<Held>,
    /// Answers that slow or lost workers have not recorded yet.
    unrecorded: Vec<(BatchId, i64, Recorded)>,
    /// SMS requests made, by lease, and whether the ledger knows that the gateway refused them for now.
    requests: HashMap<MessageId, HashMap<i64, bool>>,
    /// Those of which a report wanted another.
    asked_again: HashSet<(MessageId, i64)>,
    /// What receipts may be about.
    sms: Vec<(AttemptKey, Option<String>)>,
    seen: HashMap<i64, MessageState>,
}

async fn simulate(world: World, seed: u64) {
    let mut dice = Dice::of(seed);
    people(&world, &mut dice, GUESTS).await;
    let steps: &[&str] = [&[PUSH, SMS][..], &[PUSH, SMS], &[SMS], &[PUSH]][dice.below(4) as usize];
    let run = world.launch(&spec(steps)).await;
    let mut simulation = Simulation {
        world,
        run,
        dice,
        planned: 0,
        excluded: 0,
        tasks: Vec::new(),
        held: Vec::new(),
        unrecorded: Vec::new(),
        requests: HashMap::new(),
        asked_again: HashSet::new(),
        sms: Vec::new(),
        seen: HashMap::new(),
    };
    for _ in 0..ACTIONS {
        simulation.act().await;
        simulation.check(seed).await;
    }
    simulation.finish(seed).await;
}

impl Simulation {
    async fn act(&mut self) {
        let now = self.world.now;
        let store = self.world.store.clone();
        match self.dice.below(20) {
            0 | 1 => self.plan().await,
            2..=4 => self.publish().await,
            5..=7 => self.claim().await,
            8..=11 => self.work().await,
            12 => drop(self.dice.pick(&mut self.held)),
            13 => {
                if let Some(held) = self.dice.pick(&mut self.held) {
                    store.release(held.batch, held.lease, now).await.unwrap();
                }
            }
            14 => self.record_late().await,
            15 => {
                let minutes = [0, 1, 1, 2, 30, 150][self.dice.below(6) as usize];
                self.world.later(minutes * MINUTE);
            }
            16 => self.receive().await,
            17 => self.open().await,
            18 => self.command().await,
            _ => self.dispatch().await,
        }
    }

    async fn plan(&mut self) {
        if let Page::Planned { messages, excluded } = self.world.page(self.run, 5).await {
            self.planned += messages;
            self.excluded += excluded;
        }
    }

    async fn publish(&mut self) {
        for kind in [EndpointKind::Fcm, EndpointKind::Phone] {
            for batch in self.world.take(kind).await {
                // A task may vanish or double.
                let copies = [0, 1, 1, 1, 2][self.dice.below(5) as usize];
                self.tasks.extend(std::iter::repeat_n(batch.id, copies));
            }
        }
    }

    async fn claim(&mut self) {
        let Some(batch) = self.dice.pick(&mut self.tasks) else {
            return;
        };
        if let Claim::Leased { lease, messages, .. } = self.world.claim(batch).await {
            let kind = self
                .world
                .number(&format!("SELECT kind AS x FROM batches WHERE id = {batch}"))
                .await;
            let kind = EndpointKind::from_code(kind as i16).unwrap();
            self.held.push(Held {
                batch,
                kind,
                lease,
                messages,
            });
        }
    }

    /// A worker sends some of what it holds, and records the answers now, later, or never.
    async fn work(&mut self) {
        let Some(mut held) = self.dice.pick(&mut self.held) else {
            return;
        };
        let count = self.dice.below(held.messages.len() as u64 + 1) as usize;
        let mut some = held.messages.split_off(held.messages.len() - count);
        if !held.kind.replaces_repeats() {
            let ids: Vec<_> = some.iter().map(|m| m.id).collect();
            let store = &self.world.store;
            let allowed = store
                .start(&self.world.starting(&held), &ids, None, self.world.now)
                .await
                .unwrap();
            some.retain(|m| allowed.contains(&m.id));
            for message in &some {
                self.begins(message.id, held.lease).await;
            }
        }
        for message in some {
            let outcome = self.dice.outcome();
            let recorded = self
                .world
                .recorded(self.run, held.kind, &[message], &outcome)
                .await
                .remove(0);
            if !held.kind.replaces_repeats() {
                let key = AttemptKey {
                    message: recorded.message,
                    lease: held.lease,
                };
                self.sms.push((key, recorded.provider_id.clone()));
            }
            match self.dice.below(8) {
                0 => {}
                1 => self.unrecorded.push((held.batch, held.lease, recorded)),
                2 => {
                    self.record(held.batch, held.lease, &recorded).await;
                    self.record(held.batch, held.lease, &recorded).await;
                }
                _ => self.record(held.batch, held.lease, &recorded).await,
            }
        }
        self.held.push(held);
    }

    async fn record(&mut self, batch: BatchId, lease: i64, recorded: &Recorded) {
        let store = &self.world.store;
        store
            .record(batch, lease, SENDER, std::slice::from_ref(recorded), self.world.now)
            .await
            .unwrap();
        let refused = recorded.state == attempt::AttemptState::Deferred;
        let request = self.requests.get_mut(&recorded.message).and_then(|r| r.get_mut(&lease));
        if let Some(known) = request {
            *known = refused;
        }
    }

    async fn record_late(&mut self) {
        if let Some((batch, lease, recorded)) = self.dice.pick(&mut self.unrecorded) {
            self.record(batch, lease, &recorded).await;
        }
    }

    async fn receive(&mut self) {
        let Some((key, id)) = self.dice.pick(&mut self.sms) else {
            return;
        };
        let attempt = match id {
            Some(id) if self.dice.below(2) == 0 => ReceiptFor::Provider(id),
            _ => ReceiptFor::Ours(key),
        };
        let why = "dice".to_owned();
        let again = Again {
            after: Duration::from_secs(self.dice.below(60)),
            times: 2,
        };
        let status = match self.dice.below(6) {
            0 => ReceiptStatus::Undelivered { why, gone: false },
            1 => ReceiptStatus::Pending,
            2 | 3 => ReceiptStatus::NotNow { why, again },
            _ => ReceiptStatus::Delivered,
        };
        let receipt = Receipt {
            attempt,
            status,
            at: None,
            cost: None,
        };
        let store = &self.world.store;
        store
            .receipt(&source(EndpointKind::Phone), &receipt, self.world.now)
            .await
            .unwrap();
        if matches!(receipt.status, ReceiptStatus::NotNow { .. }) {
            self.asked_again.insert((key.message, key.lease));
        }
    }

    /// An SMS starts once, and again only when its gateway has refused every earlier request for now, or has reported so
    /// of it and not that it arrived.
    async fn begins(&mut self, message: MessageId, lease: i64) {
        let before = self.requests.entry(message).or_default();
        let open: Vec<i64> = before
            .iter()
            .filter(|(_, refused)| !**refused)
            .map(|(l, _)| *l)
            .collect();
        before.insert(lease, false);
        if open.is_empty() {
            return;
        }
        let attempts = self.world.story(message).await.attempts;
        for lease in open {
            let state = attempts.iter().find(|a| a.lease == lease).map(|a| a.state);
            let asked = self.asked_again.contains(&(message, lease));
            let lost = state == Some(attempt::AttemptState::Undelivered);
            assert!(asked && lost, "SMS {message} starts again: {state:?}, asked {asked}");
        }
    }

    async fn open(&mut self) {
        let mut ids: Vec<i64> = self.seen.keys().copied().collect();
        ids.sort_unstable();
        let Some(id) = self.dice.pick(&mut ids) else { return };
        let class = OpenClass::ALL[self.dice.below(4) as usize];
        let message = self.world.id(id).await;
        self.world
            .store
            .open(None, message, class, None, self.world.now)
            .await
            .unwrap();
    }

    async fn command(&mut self) {
        let now = self.world.now;
        let state = self.world.store.run(self.run).await.unwrap().state;
        let store = &self.world.store;
        match (self.dice.below(24), state) {
            (0, RunState::Running | RunState::Paused) => store.cancel(ORG, self.run, "t", now).await.unwrap(),
            (1..=8, RunState::Running) => store.pause(ORG, self.run, "t", "t", now).await.unwrap(),
            (9.., _) if state != RunState::Paused => {
                let guest = self.dice.below(GUESTS as u64) + 1;
                let withdraw = format!("UPDATE customer_facts SET consent_mask = 0 WHERE customer_id = {guest}");
                self.world.exec(&withdraw).await;
            }
            (_, RunState::Paused) => store.resume(ORG, self.run, "t", now).await.unwrap(),
            _ => {}
        }
    }

    async fn dispatch(&mut self) {
        let now = self.world.now;
        let store = &self.world.store;
        store.reclaim(RULES.settlement, now).await.unwrap();
        store.promote_due(100, now).await.unwrap();
        store.settle_receipts(now).await.unwrap();
        store.finish_runs(now).await.unwrap();
        let minute_ago = Timestamp(now.0 - MINUTE);
        for kind in [EndpointKind::Fcm, EndpointKind::Phone] {
            store.republish(kind, Lane::Marketing, minute_ago).await.unwrap();
        }
    }

    /// What must be true at every instant.
    async fn check(&mut self, seed: u64) {
        let rows = self
            .world
            .column("SELECT id || ' ' || state || ' ' || COALESCE(due_at, 0) AS x FROM messages")
            .await;
        assert_eq!(
            rows.len() as u64,
            self.planned,
            "seed {seed}: a message was lost or made"
        );
        for row in rows {
            let mut cells = row.split(' ').map(|cell| cell.parse::<i64>().unwrap());
            let (id, state, due) = (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
            let state = MessageState::from_code(state as i16).unwrap();
            assert_eq!(
                due != 0,
                state == MessageState::Waiting,
                "seed {seed}: {state:?} due at {due}"
            );
            if let Some(before) = self.seen.insert(id, state) {
                let failed = before.fails_undelivered() && state == MessageState::Failed;
                let again = before.fails_undelivered() && state == MessageState::Waiting;
                let forward = before == state || before.admits(state) || failed || again;
                assert!(forward, "seed {seed}: {before:?} became {state:?}");
            }
        }
    }

    /// Lets everything come to its end without further faults.
    async fn finish(&mut self, seed: u64) {
        if self.world.store.run(self.run).await.unwrap().state == RunState::Paused {
            let now = self.world.now;
            self.world.store.resume(ORG, self.run, "t", now).await.unwrap();
        }
        for _ in 0..200 {
            self.world.later(20 * MINUTE);
            self.plan().await;
            self.dispatch().await;
            for kind in [EndpointKind::Fcm, EndpointKind::Phone] {
                for batch in self.world.take(kind).await {
                    self.drain(batch.id, kind).await;
                }
            }
            self.check(seed).await;
            if self.world.store.run(self.run).await.unwrap().finished_at.is_some() {
                break;
            }
        }
        let run = self.world.store.run(self.run).await.unwrap();
        assert!(run.finished_at.is_some(), "seed {seed}: the run never ends");
        assert!(self.seen.values().all(|s| s.is_final()), "seed {seed}: {:?}", self.seen);
        if run.planned_at.is_some() {
            assert_eq!(self.planned + self.excluded, GUESTS as u64, "seed {seed}");
        }
        let endpoints = self.world.column("SELECT endpoint_id AS x FROM messages").await;
        let distinct: HashSet<_> = endpoints.iter().collect();
        assert_eq!(
            distinct.len(),
            endpoints.len(),
            "seed {seed}: two messages to one address"
        );
    }

    async fn drain(&mut self, batch: BatchId, kind: EndpointKind) {
        let Claim::Leased { lease, messages, .. } = self.world.claim(batch).await else {
            return;
        };
        let held = Held {
            batch,
            kind,
            lease,
            messages,
        };
        let mut sent = held.messages.clone();
        if !kind.replaces_repeats() {
            let allowed = self.world.start(&held).await;
            sent.retain(|m| allowed.contains(&m.id));
            for message in &sent {
                self.begins(message.id, held.lease).await;
            }
        }
        self.world.record(self.run, &held, &sent, &accepted()).await;
        self.world.store.release(batch, lease, self.world.now).await.unwrap();
    }
}
