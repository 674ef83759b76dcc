//! What quiet hours and the frequency cap do to a program's messages goes as it was rehearsed: a worker that sends whatever it is
//! given works beside the dispatcher.

use crate::brand::at;
use crate::story::{Card, Happening};
use crate::world::World;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::backoff::Backoff;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::waterfall::{Rules, TriedMessage, after};
use bellhop_domain::{EndpointKind, Lane, Outcome, ProgramId, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::guests::Settings;
use bellhop_store::ledger::{
    Claim, ClaimRequest, Claimed, Claiming, Planning, Publishing, Reading, Recorded, Recording, RenderNeeds, TaskOf,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const HOUR: i64 = 3_600_000;
const DAYS: i64 = 12;
const GUESTS: u32 = 8;
const RULES: Rules = Rules {
    backoff: Backoff {
        base: Duration::from_secs(10),
        cap: Duration::from_secs(600),
        max_tries: 5,
    },
    settlement: Duration::from_secs(86_400),
    throttle: Duration::from_secs(60),
};

/// Sends all that is ready.
async fn send_all(store: &SqlStore, now: Timestamp) {
    let cap = Settings::default().frequency_cap;
    let (needs, installation) = (RenderNeeds::default(), store.installation().await.unwrap());
    // What waited for the morning is ready.
    store.promote_due(1_000, now).await.unwrap();
    loop {
        let ready = store
            .take_ready(EndpointKind::Fcm, Lane::Marketing, 100, now)
            .await
            .unwrap();
        if ready.is_empty() {
            return;
        }
        for batch in ready {
            let run = store.run(batch.run).await.unwrap();
            let of = TaskOf {
                batch: batch.id,
                installation,
                org: batch.org,
                run: batch.run,
                kind: batch.kind,
                lane: batch.lane,
            };
            let request = ClaimRequest {
                of,
                as_of: run.as_of,
                sender: "app",
                worker: "worker",
                max: 100,
                lease: Duration::from_secs(60),
                needs: &needs,
                cap: Some(&cap),
            };
            let Claim::Leased { lease, messages, .. } = store.claim(&request, now).await.unwrap() else {
                continue;
            };
            let spec: MailingSpec<serde_json::Value> = serde_json::from_str(&run.spec).unwrap();
            let recorded: Vec<Recorded> = messages.iter().map(|it| sent(it, &spec, now)).collect();
            store.record(batch.id, lease, "app", &recorded, now).await.unwrap();
        }
    }
}

fn sent(it: &Claimed, spec: &MailingSpec<serde_json::Value>, now: Timestamp) -> Recorded {
    let outcome = Outcome::Accepted {
        provider_id: None,
        cost: None,
        parts: None,
    };
    let tried = TriedMessage {
        waterfall: &spec.waterfall,
        step: usize::from(it.step),
        kind: EndpointKind::Fcm,
        tries: it.tries + 1,
        expires: it.expires.unwrap(),
        sent_before: it.sent_before,
    };
    Recorded {
        message: it.id,
        endpoint: it.endpoint,
        state: AttemptState::Accepted,
        started_at: now,
        ended_at: now,
        provider_id: None,
        reason: None,
        cost: None,
        parts: None,
        next: after(&outcome, &tried, &RULES, now, 0.5),
        retire: None,
        opted_out: false,
        stops_country: false,
    }
}

async fn goes_as_rehearsed(on_postgres: bool) {
    let world = World::open(on_postgres).await;
    let from = at("2026-11-01T00:00:00");
    let until = Timestamp(from.0 + DAYS * 24 * HOUR);
    world.set(Timestamp(from.0 - HOUR));
    for number in 1..=GUESTS {
        let card = Card {
            number,
            zone: None,
            birthday: None,
            consents: true,
            has_app: true,
            has_phone: false,
            tag: None,
        };
        world.import(&card).await;
    }
    world
        .create(&json!({
            "name": "Quiz", "trigger": { "event": { "kind": "custom", "name": "quiz.passed" } }, "purpose": "marketing",
            "contents": { "push": { "title": "Well done", "body": "Come" } }, "waterfall": [{ "channel": "push" }],
            "expires_after_minutes": 2_000,
        }))
        .await;
    world.set(from);
    world.switch_on(1).await;
    let mut random = StdRng::seed_from_u64(7);
    let mut happenings: Vec<(Timestamp, Option<Happening>)> = (0..GUESTS * 9)
        .map(|n| {
            let at = Timestamp(from.0 + random.random_range(0..DAYS * 24 * HOUR - 12 * HOUR));
            let guest = format!("guest-{}", n % GUESTS + 1);
            let event =
                json!({ "id": format!("q-{n}"), "type": "custom", "name": "quiz.passed", "customer_id": guest });
            (at, Some(Happening::Event(event)))
        })
        .collect();
    // When the quiet hours are over.
    happenings.extend((0..DAYS).map(|day| (Timestamp(from.0 + (day * 24 + 9) * HOUR), None)));
    happenings.sort_by_key(|(at, _)| *at);
    for (at, happening) in &happenings {
        world.set(*at);
        if let Some(happening) = happening {
            world.tell(happening).await;
        }
        world.catch_up().await;
        send_all(world.store(), *at).await;
    }
    world.set(until);
    let id = ProgramId(1);
    let real = world.messages(id).await;
    let rehearsed = world.rehearsed_messages(id, from, until).await;
    assert_eq!(rehearsed, real);
    let mut fates: BTreeMap<&str, u32> = BTreeMap::new();
    for fate in real.values() {
        *fates.entry(fate).or_default() += 1;
    }
    println!("what became of messages, as rehearsed: {fates:?}");
    assert!(fates.len() == 2 && fates.values().all(|n| *n > 10), "{fates:?}");
}

#[tokio::test]
async fn messages_go_as_rehearsed_on_sqlite() {
    goes_as_rehearsed(false).await;
}

#[tokio::test]
async fn messages_go_as_rehearsed_on_postgres() {
    goes_as_rehearsed(true).await;
}
