//! Senders that a worker stops because they fail.

use crate::world::*;
use bellhop_store::ledger::SenderStates;

crate::on_both![a_sender_that_was_changed_is_not_stopped_for_what_it_was];

/// A worker that has not heard of a rotated secret yet does not undo the resume that followed it.
async fn a_sender_that_was_changed_is_not_stopped_for_what_it_was(world: World) {
    world
        .exec("INSERT INTO settings (organisation, kind, name, body, version, removed) VALUES ('o', 3, 's', '{}', 7, FALSE)")
        .await;
    let stands = async |version, sender| {
        let stands = world.store.pause_failing_sender(ORG, sender, version, "401", world.now);
        let (stands, paused) = (stands.await.unwrap(), world.store.paused_senders().await.unwrap());
        assert_eq!(paused.iter().any(|(_, name, ..)| name == sender), stands);
        stands
    };
    assert!(!stands(6, "s").await, "what failed had the settings of before");
    assert!(stands(7, "s").await);
    assert!(stands(0, "of no settings").await);
}
