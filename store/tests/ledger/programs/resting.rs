//! Two dispatchers, each with a firing of one guest in hand, who is to rest after a message.

use super::desk::*;
use crate::world::*;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use bellhop_store::SqlStore;
use bellhop_store::programs::*;
use std::sync::atomic::{AtomicBool, Ordering};

const REST: i64 = 10 * MINUTE;

/// While the first firing is decided, another dispatcher lets go all the others that it can.
struct Meanwhile<'a> {
    rule: ByGuard,
    store: &'a SqlStore,
    of: &'a DueProgram,
    is_first: AtomicBool,
}

impl Rule for Meanwhile<'_> {
    fn guard(&self) -> &Segment {
        self.rule.guard()
    }

    fn needs(&self) -> Needs {
        self.rule.needs()
    }

    fn decide(&self, firing: &DueFiring, standing: Option<&Standing>, now: Timestamp) -> Verdict {
        if self.is_first.swap(false, Ordering::SeqCst) {
            let other = self.store.let_go(self.of, &self.rule, 10, now);
            let other = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(other));
            other.unwrap();
        }
        self.rule.decide(firing, standing, now)
    }
}

// SQLite has one writer, and one dispatcher.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_who_rests_gets_one_message_of_two_dispatchers() {
    let world = World::on_postgres().await;
    world.guests(2).await;
    let it = world.program().await;
    world
        .change(&[
            fire(&it, 1, 5, world.now),
            fire(&it, 1, 6, world.now),
            fire(&it, 2, 7, world.now),
        ])
        .await;
    let due = world.store.due_programs(world.now).await.unwrap();
    let rule = Meanwhile {
        rule: ByGuard::resting(REST),
        store: &world.store,
        of: &due[0],
        is_first: AtomicBool::new(true),
    };
    assert_eq!(world.store.let_go(&due[0], &rule, 1, world.now).await.unwrap().sent, 1);
    // What was left is decided by who comes next; the other guest waits for nobody.
    world.let_all_go(&ByGuard::resting(REST)).await;
    assert_eq!(
        world.journal(&it).await,
        ["c1 event:5 sent", "c2 event:7 sent", "c1 event:6 skipped 7"]
    );
    assert_eq!(world.messages().await, 2);
}
