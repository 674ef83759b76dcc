//! What providers tell of their own senders' health.

use crate::incoming::{WA, take};
use crate::world::*;
use bellhop_domain::incoming::*;
use bellhop_domain::*;
use bellhop_store::ledger::{Claim, SenderStates};

crate::on_both![
    a_stopped_sender_stands_until_it_works,
    a_restart_lifts_no_restriction,
    health_never_overrules_a_human,
    the_end_of_a_warning_lifts_no_stop,
    the_next_error_after_a_resume_stops_a_sender_again,
];

fn health(state: HealthState, why: &str, at: Timestamp) -> Event {
    Event::Health(Health {
        state,
        why: why.to_owned(),
        at,
        ends: None,
    })
}

/// The number is flagged no more.
fn unflagged(at: Timestamp) -> Event {
    Event::Health(Health {
        state: HealthState::Working,
        why: "number quality: UNFLAGGED".to_owned(),
        at,
        ends: Some(Ends::Warning("number quality: FLAGGED")),
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

/// What stood before the number was unflagged, what stands after it, and whether the sender is still paused.
async fn the_end_of_a_warning_lifts_no_stop(mut world: World) {
    use HealthState::{Degraded, Stopped, Working};
    const FLAGGED: (HealthState, &str) = (Degraded, "number quality: FLAGGED: TIER_1K");
    const RESTRICTED: (HealthState, &str) = (Stopped, "ACCOUNT_RESTRICTION: RESTRICTED_BIZ_INITIATED_MESSAGING");
    const DISABLED: (HealthState, &str) = (Stopped, "DISABLED_UPDATE: DISABLE");
    const OTHER: (HealthState, &str) = (Degraded, "template come_back (ru): PAUSED");
    let unflagged_reason = (Working, "number quality: UNFLAGGED");
    for (said, left, paused_after) in [
        (vec![FLAGGED], unflagged_reason, None),
        (vec![OTHER], OTHER, None),
        (vec![RESTRICTED], RESTRICTED, Some(RESTRICTED.1)),
        (vec![DISABLED], DISABLED, Some(DISABLED.1)),
        (vec![FLAGGED, RESTRICTED], RESTRICTED, Some(RESTRICTED.1)),
        (vec![RESTRICTED, FLAGGED], RESTRICTED, Some(RESTRICTED.1)),
        (vec![DISABLED, OTHER], OTHER, Some(DISABLED.1)),
    ] {
        for (state, why) in &said {
            world.later(1_000);
            take(&world, &WA, &health(*state, why, world.now)).await;
        }
        world.later(1_000);
        take(&world, &WA, &unflagged(world.now)).await;
        let known = world.store.sender_health().await.unwrap();
        assert_eq!((known[0].state, known[0].why.as_str()), left, "{said:?}");
        assert_eq!(
            paused(&world).await.first().map(String::as_str),
            paused_after,
            "{said:?}"
        );
        // Meta brings the account back: whatever it was, it is over.
        world.later(1_000);
        take(&world, &WA, &health(Working, "DISABLED_UPDATE: REINSTATE", world.now)).await;
        assert!(paused(&world).await.is_empty(), "{said:?}");
    }
}

/// What a session says of itself ends the stops of a session, and a restriction only if it speaks of it.
async fn a_restart_lifts_no_restriction(mut world: World) {
    use HealthState::{Degraded, Stopped, Working};
    type Word = (HealthState, &'static str, &'static [&'static str]);
    const BOTH: &[&str] = &["timelock", "CAPPED"];
    const SCAN: Word = (Stopped, "SCAN_QR_CODE", BOTH);
    const STARTING: Word = (Degraded, "STARTING", BOTH);
    const WORKS: Word = (Working, "WORKING", BOTH);
    const LOCKED: Word = (Stopped, "timelock: on", &["CAPPED"]);
    const UNLOCKED: Word = (Working, "WORKING: no timelock", &["CAPPED"]);
    const USED_UP: Word = (Stopped, "CAPPED: used up", &["timelock"]);
    const NEW_QUOTA: Word = (Working, "WORKING: quota", &["timelock"]);
    const WELL: Word = (Working, "WORKING: all well", &[]);
    let (lock, cap) = (Some(LOCKED.1), Some(USED_UP.1));
    for (said, left, paused_by) in [
        (vec![SCAN, WORKS], Working, None),
        (vec![SCAN, STARTING, WORKS], Working, None),
        (vec![LOCKED, WORKS], Stopped, lock),
        (vec![LOCKED, STARTING, WORKS], Stopped, lock),
        (vec![LOCKED, SCAN, STARTING, WORKS], Stopped, lock),
        (vec![SCAN, LOCKED, STARTING, WORKS], Stopped, lock),
        (vec![LOCKED, WORKS, UNLOCKED], Working, None),
        (vec![LOCKED, NEW_QUOTA], Stopped, lock),
        (vec![USED_UP, WORKS, UNLOCKED], Stopped, cap),
        (vec![USED_UP, STARTING, NEW_QUOTA], Working, None),
        (vec![LOCKED, USED_UP, UNLOCKED], Stopped, cap),
        (vec![LOCKED, USED_UP, WELL], Working, None),
    ] {
        for (state, why, but) in &said {
            world.later(1_000);
            let event = Event::Health(Health {
                state: *state,
                why: (*why).to_owned(),
                at: world.now,
                ends: Some(Ends::AllBut(but)),
            });
            take(&world, &WA, &event).await;
        }
        let known = world.store.sender_health().await.unwrap();
        let paused = paused(&world).await;
        assert_eq!(
            (known[0].state, paused.first().map(String::as_str)),
            (left, paused_by),
            "{said:?}"
        );
        world.later(1_000);
        take(&world, &WA, &health(Working, "as new", world.now)).await;
    }
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
