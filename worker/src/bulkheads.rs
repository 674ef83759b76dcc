//! Bulkheads: how many slots of a queue one sender may hold in this process. A provider that takes half a minute to
//! answer fills only its own compartment, and the batches of all other senders of the kind still find room.
//!
//! All senders of a kind share one queue, so a task whose sender has no slot left must not block it: it waits for
//! [`ROOM_WITHIN`], which is long enough for a sender that is merely busy, and is then put off.

use bellhop_broker::Queue;
use bellhop_campaigns::{InForce, Live, Sender};
use bellhop_domain::OrgId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// How long a task waits for a slot of its sender. Meanwhile it holds back what is behind it. The wait also bounds
/// how often tasks travel between dispatcher and worker: a slot sees no more than twenty tasks a second that it
/// cannot use.
pub(crate) const ROOM_WITHIN: Duration = Duration::from_millis(50);
/// How long a batch without a slot stays away, at least and at most.
const AWAY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));
/// How many slots a sender is expected to leave, at its present speed, before a batch that found none comes back.
const LEFT_MEANWHILE: u32 = 8;

/// The slots of all queues, and who holds them.
pub(crate) struct Bulkheads {
    live: Live<InForce>,
    batches_at_once: u16,
    held: Mutex<HashMap<Queue, Compartments>>,
    /// Somebody left a slot.
    left: Notify,
}

/// How many slots the queue of a kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Capacity {
    slots: usize,
    /// Whether several senders share them.
    shared: bool,
}

impl Capacity {
    /// One sender uses up to `batches_at_once` slots. Several senders that share a queue have twice as many among
    /// them, so that the first does not need the slots that are kept for the others.
    fn of(senders: usize, batches_at_once: u16) -> Self {
        let (shared, slots) = (senders > 1, usize::from(batches_at_once.max(1)));
        Self {
            slots: if shared { slots * 2 } else { slots },
            shared,
        }
    }

    /// Whether a sender that holds `its` of the `all` occupied slots may take one more, which it may if more are free
    /// than it holds. So one sender gets at most half of the slots, a second stuck sender half of the rest, and so
    /// on.
    fn lets_in(self, its: usize, all: usize) -> bool {
        !self.shared || its < self.slots.saturating_sub(all)
    }
}

/// Who holds the slots of one queue.
#[derive(Default)]
struct Compartments {
    all: usize,
    senders: HashMap<(OrgId, String), Compartment>,
}

#[derive(Debug, Clone, Copy)]
struct Compartment {
    held: usize,
    /// When a batch was last finished, or the first slot was taken.
    moved: Instant,
    /// The recent time between two finished batches.
    gap: Duration,
}

impl Compartment {
    fn left(&mut self, done: bool, now: Instant) {
        self.held = self.held.saturating_sub(1);
        if done {
            self.gap = (self.gap * 3 + now.duration_since(self.moved)) / 4;
            self.moved = now;
        }
    }

    /// How long a batch that found no slot stays away. If the sender is merely busy, the batch comes back soon. If it
    /// is stuck or very slow, its batches come back less often, so that they do not keep everybody busy.
    fn away(&self, now: Instant) -> Duration {
        let gap = self.gap.max(now.duration_since(self.moved));
        (gap * LEFT_MEANWHILE).clamp(AWAY.0, AWAY.1)
    }
}

/// A slot that a sender holds, until it is dropped.
pub(crate) struct Slot {
    bulkheads: Arc<Bulkheads>,
    queue: Queue,
    sender: (OrgId, String),
    /// Whether its batch is being sent; before that it waits for permits.
    used: bool,
}

impl Slot {
    /// Marks the slot as that of a batch that is being sent.
    pub fn used(mut self) -> Self {
        self.used = true;
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.bulkheads.leave(self);
    }
}

impl Bulkheads {
    pub fn new(live: Live<InForce>, batches_at_once: u16) -> Arc<Self> {
        Arc::new(Self {
            live,
            batches_at_once,
            held: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// How many tasks of a queue are in hand at the same time.
    pub fn slots(&self, queue: Queue) -> u16 {
        u16::try_from(self.room(queue).slots).unwrap_or(u16::MAX)
    }

    /// A slot of this queue for the sender, if one is left for it.
    pub fn enter(self: &Arc<Self>, queue: Queue, sender: &Sender) -> Option<Slot> {
        let key = key(sender);
        let mut held = self.held();
        let queue_held = held.entry(queue).or_default();
        let compartment = queue_held.senders.entry(key.clone()).or_insert(Compartment {
            held: 0,
            moved: Instant::now(),
            gap: Duration::ZERO,
        });
        if !self.room(queue).lets_in(compartment.held, queue_held.all) {
            return None;
        }
        if compartment.held == 0 {
            compartment.moved = Instant::now();
        }
        compartment.held += 1;
        queue_held.all += 1;
        Some(Slot {
            bulkheads: self.clone(),
            queue,
            sender: key,
            used: false,
        })
    }

    /// Whether the sender would get no slot now.
    pub fn is_full(&self, queue: Queue, sender: &Sender) -> bool {
        let held = self.held();
        let all = held.get(&queue).map_or(0, |compartments| compartments.all);
        let its = held.get(&queue).and_then(|of| of.senders.get(&key(sender)));
        !self.room(queue).lets_in(its.map_or(0, |its| its.held), all)
    }

    /// How long a batch stays away that found no slot of this sender.
    pub fn away(&self, queue: Queue, sender: &Sender) -> Duration {
        let held = self.held();
        let its = held.get(&queue).and_then(|of| of.senders.get(&key(sender)));
        its.map_or(AWAY.0, |its| its.away(Instant::now()))
    }

    /// Resolves when a slot is freed after this call, even if that happens before it is awaited.
    pub fn left(&self) -> Notified<'_> {
        self.left.notified()
    }

    fn leave(&self, slot: &Slot) {
        if let Some(compartments) = self.held().get_mut(&slot.queue) {
            compartments.all = compartments.all.saturating_sub(1);
            if let Some(its) = compartments.senders.get_mut(&slot.sender) {
                its.left(slot.used, Instant::now());
            }
        }
        self.left.notify_waiters();
    }

    fn room(&self, queue: Queue) -> Capacity {
        let senders = self.live.now().senders.sending(queue.kind);
        Capacity::of(senders, self.batches_at_once)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Queue, Compartments>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(sender: &Sender) -> (OrgId, String) {
    (sender.org, sender.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How many slots each of these senders gets, one after the other, if none is ever freed.
    fn stuck(room: Capacity, senders: usize) -> Vec<usize> {
        let mut held = vec![0; senders];
        for place in 0..senders {
            while held.iter().sum::<usize>() < room.slots && room.lets_in(held[place], held.iter().sum()) {
                held[place] += 1;
            }
        }
        held
    }

    #[test]
    fn a_stuck_sender_leaves_room_for_the_next() {
        for (case, senders, at_once, expected) in [
            ("alone, it has all", 1, 12, vec![12]),
            ("of two, as much as alone", 2, 12, vec![12, 6]),
            ("of many", 5, 12, vec![12, 6, 3, 2, 1]),
            ("one batch at once", 2, 1, vec![1, 1]),
            ("nothing at once counts as one", 1, 0, vec![1]),
        ] {
            assert_eq!(stuck(Capacity::of(senders, at_once), senders), expected, "{case}");
        }
    }

    #[test]
    fn a_busy_sender_is_asked_again_soon_and_a_stuck_one_seldom() {
        let begun = Instant::now();
        let after = |each: u64, stuck: u64| {
            let mut one = Compartment {
                held: 100,
                moved: begun,
                gap: Duration::ZERO,
            };
            for nth in 1..=50 {
                one.left(true, begun + Duration::from_millis(each * nth));
            }
            one.away(begun + Duration::from_millis(each * 50 + stuck)).as_millis()
        };
        for (case, each, stuck, expected) in [
            ("300 batches a second", 3, 0, 200..=200),
            ("a batch a second", 1_000, 500, 7_900..=8_000),
            ("one in a minute", 60_000, 0, 10_000..=10_000),
            ("fast, and stuck for two seconds", 3, 2_000, 10_000..=10_000),
        ] {
            let away = after(each, stuck);
            assert!(expected.contains(&away), "{case}: {away}");
        }
    }

    #[test]
    fn who_gives_up_waiting_for_permits_has_not_moved_anything() {
        let begun = Instant::now();
        let mut one = Compartment {
            held: 2,
            moved: begun,
            gap: Duration::ZERO,
        };
        one.left(false, begun + Duration::from_secs(2));
        assert_eq!((one.held, one.moved, one.gap), (1, begun, Duration::ZERO));
    }

    proptest! {
        #[test]
        fn whoever_holds_least_gets_in_while_slots_are_free(
            at_once in 1..20u16, held in prop::collection::vec(0..20usize, 2..6),
        ) {
            let room = Capacity::of(held.len(), at_once);
            let all: usize = held.iter().sum();
            prop_assume!(all < room.slots);
            prop_assert!(room.lets_in(0, all));
            for its in held {
                prop_assert!(!room.lets_in(its, all) || its < usize::from(at_once), "half at most");
            }
        }
    }
}
