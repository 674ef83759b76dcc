//! Programs as people look at them.

use super::desk::*;
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Commanding, Launch, Listing};
use bellhop_store::programs::*;

crate::on_both![
    the_journal_is_read_page_by_page,
    outcomes_are_counted_by_the_days_of_the_organisation,
    an_organisation_sees_its_own,
    the_texts_of_a_program_are_not_launched,
];

async fn the_journal_is_read_page_by_page(world: World) {
    world.guests(5).await;
    let it = world.program().await;
    let all: Vec<Change> = (1..=5)
        .map(|customer| fire(&it, customer, customer, world.now))
        .collect();
    world.change(&all).await;
    world.change(&[cancel(&it, 3, 9, None)]).await;
    let page = async |state, before| world.store.journal(ORG, it.id, state, before, 2).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let entries = page(None, before).await;
        let Some(last) = entries.last() else { break };
        before = Some(last.id);
        seen.extend(entries.into_iter().filter_map(|it| it.customer));
    }
    assert_eq!(seen, ["c5", "c4", "c3", "c2", "c1"]);
    let cancelled = page(Some(FiringState::Cancelled), None).await;
    assert_eq!(cancelled.len(), 1);
    assert_eq!(
        (cancelled[0].customer.as_deref(), cancelled[0].reason),
        (Some("c3"), Some(BY_EVENT))
    );
    assert_eq!(world.store.waiting(ORG, it.id).await.unwrap(), 4);
}

async fn outcomes_are_counted_by_the_days_of_the_organisation(mut world: World) {
    world.guests(3).await;
    let it = world.program().await;
    // Half past eleven in the evening, in Moscow.
    world.now = Zone::named("Europe/Moscow")
        .unwrap()
        .parse("2026-03-01T23:30:00")
        .unwrap();
    world
        .change(&[1, 2].map(|customer| fire(&it, customer, customer, world.now)))
        .await;
    let nobody_but_one = ByGuard::of(r#"{"customers":["c1"]}"#);
    world.let_all_go(&nobody_but_one).await;
    world.later(60 * MINUTE);
    world.change(&[fire(&it, 3, 3, world.now)]).await;
    world.let_all_go(&ByGuard::default()).await;
    let from = Timestamp(world.now.0 - 3 * 60 * MINUTE);
    let counts = world
        .store
        .outcomes(ORG, it.id, from, Timestamp(world.now.0 + 1))
        .await
        .unwrap();
    let told: Vec<String> = counts
        .iter()
        .map(|it| {
            format!(
                "{} {} {:?} {}",
                it.day,
                it.state.name(),
                it.reason.map(|it| it.0),
                it.firings
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-03-01 sent None 1",
            "2026-03-01 skipped Some(1) 1",
            "2026-03-02 sent None 1"
        ]
    );
}

async fn an_organisation_sees_its_own(world: World) {
    let it = world.draft().await;
    let other = OrgId(2);
    assert_eq!(world.store.programs(other).await.unwrap(), []);
    let absent = world.store.program(other, it.id).await;
    assert!(
        matches!(absent, Err(StoreError::NotFound { what: "program", .. })),
        "{absent:?}"
    );
    let on = world
        .store
        .switch_on(other, it.id, SWITCHED_OFF, "tester", world.now)
        .await;
    assert!(
        matches!(on, Err(StoreError::NotFound { what: "program", .. })),
        "{on:?}"
    );
    assert_eq!(world.store.programs(ORG).await.unwrap(), [it]);
    assert_eq!(
        world.store.mailings(ORG).await.unwrap(),
        [],
        "a version's mailing is listed with its program"
    );
}

async fn the_texts_of_a_program_are_not_launched(world: World) {
    let it = world.program().await;
    let launch = Launch {
        mailing: it.mailing,
        start_at: world.now,
        purpose: Purpose::Marketing,
        origin: Origin::Request,
        test: false,
        spec: texts("first"),
    };
    let launched = world.store.launch(ORG, launch, "tester", world.now).await;
    let Err(StoreError::Conflict(why)) = launched else {
        panic!("{launched:?}")
    };
    assert_eq!(why.code(), "launch_of_program");
}
