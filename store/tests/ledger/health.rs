//! What providers tell of their own senders' health.

use crate::incoming::{WA, take};
use crate::world::*;
use bellhop_domain::incoming::*;
use bellhop_domain::*;
use bellhop_store::ledger::{Claim, SenderStates};

crate::on_both![
    a_stopped_sender_stands_until_it_works,
    health_never_overrules_a_human,
    the_next_error_after_a_resume_stops_a_sender_again,
];

fn health(state: HealthState, why: &str, at: Timestamp) -> Event {
    Event::Health(Health {
        state,
        why: why.to_owned(),
        at,
    })
}

async fn paused(world: &World) -> Vec<String> {
    let paused = world.store.paused_senders().await.unwrap();
    paused.into_iter().map(|(_, _, reason, _)| reason).collect()
}

async fn a_stopped_sender_stands_until_it_works(mut world: World) {
    use HealthState::{Degraded, Stopped, Working};
    world.reachable(1).await;
    world.planned(&[WHATSAPP]).await;
    let batch = world.take(EndpointKind::WhatsApp).await[0].id;
    let stopped = world.now;
    take(&world, &WA, &health(Stopped, "QR code must be scanned", stopped)).await;
    assert_eq!(paused(&world).await, ["QR code must be scanned"]);
    assert!(matches!(world.claim(batch).await, Claim::Held));
    // Older news, told late.
    take(&world, &WA, &health(Working, "", Timestamp(stopped.0 - 1))).await;
    assert_eq!(paused(&world).await.len(), 1);
    world.later(MINUTE);
    take(&world, &WA, &health(Stopped, "QR code must be scanned", world.now)).await;
    let known = world.store.sender_health().await.unwrap();
    assert_eq!(
        (known[0].since, known[0].at, known[0].state),
        (stopped, world.now, Stopped)
    );
    take(&world, &WA, &health(Degraded, "quality is low", world.now)).await;
    assert_eq!(paused(&world).await.len(), 1, "a warning says nothing about the phone");
    assert!(matches!(world.claim(batch).await, Claim::Held));
    take(&world, &WA, &health(Working, "", world.now)).await;
    assert!(paused(&world).await.is_empty(), "it works");
    let deeds = world
        .column("SELECT action AS x FROM audit_log WHERE action LIKE 'sender.%' ORDER BY id")
        .await;
    assert_eq!(deeds, ["sender.pause", "sender.resume"]);
    world.later(10_000);
    assert_eq!(world.take(EndpointKind::WhatsApp).await.len(), 1);
    assert!(matches!(world.claim(batch).await, Claim::Leased { .. }));
}

async fn health_never_overrules_a_human(mut world: World) {
    use HealthState::{Stopped, Working};
    world
        .store
        .pause_sender(ORG, SENDER, "401", "anna", world.now)
        .await
        .unwrap();
    take(&world, &WA, &health(Stopped, "blocked", world.now)).await;
    take(&world, &WA, &health(Working, "", world.now)).await;
    assert_eq!(
        paused(&world).await,
        ["401"],
        "the breaker's pause is a human's to lift"
    );
    world.store.resume_sender(ORG, SENDER, "anna", world.now).await.unwrap();
    world.later(MINUTE);
    take(&world, &WA, &health(Stopped, "blocked", world.now)).await;
    let said = world.now;
    world.later(MINUTE);
    world.store.resume_sender(ORG, SENDER, "anna", world.now).await.unwrap();
    world.later(MINUTE);
    take(&world, &WA, &health(Stopped, "blocked", said)).await;
    assert!(
        paused(&world).await.is_empty(),
        "the same word told again does not undo a resume"
    );
}

async fn the_next_error_after_a_resume_stops_a_sender_again(mut world: World) {
    use HealthState::Stopped;
    for why in ["30002: suspended", "30002: suspended again", "131031: locked"] {
        take(&world, &WA, &health(Stopped, why, world.now)).await;
        assert_eq!(paused(&world).await, [why]);
        // While it stands still, more of the same is no news.
        world.later(MINUTE);
        take(&world, &WA, &health(Stopped, "more", world.now)).await;
        assert_eq!(paused(&world).await, [why]);
        let said = world.now;
        world.later(1_000);
        world.store.resume_sender(ORG, SENDER, "anna", world.now).await.unwrap();
        take(&world, &WA, &health(Stopped, "more", said)).await;
        assert!(paused(&world).await.is_empty(), "{why}");
        world.later(MINUTE);
    }
}
