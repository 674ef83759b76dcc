//! Mailings as they are written: made once, changed by whoever has read them, removed while they are drafts.

use crate::world::*;
use bellhop_domain::fault::Why;
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::statistics::MailingState;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::{Statistics, StoreError};

crate::on_both![
    what_is_asked_for_once_is_made_once,
    a_launch_that_is_repeated_launches_nothing,
    a_key_is_forgotten_after_some_days,
    who_has_read_another_version_changes_nothing,
    what_is_under_way_is_not_changed,
    a_promo_that_orders_were_credited_by_stays,
    a_draft_is_removed_and_what_was_launched_is_not,
    a_list_is_read_page_by_page,
    a_reason_is_in_the_audit_log_and_stays_with_a_pause,
    a_run_tells_how_far_it_is,
];

const CREATE: Once<'static> = Once {
    key: "k-1",
    request: "create m",
};

fn conflict<T: std::fmt::Debug>(answer: bellhop_store::Result<T>) -> Why {
    match answer {
        Err(StoreError::Conflict(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn created(world: &World, name: &str) -> MailingId {
    let file = spec(&[PUSH]);
    let made = world.store.create_mailing(ORG, name, &file, "t", world.now);
    made.await.unwrap()
}

async fn what_is_asked_for_once_is_made_once(world: World) {
    let file = spec(&[PUSH]);
    let make = || (world.store).create_mailing_once(ORG, ("m", file.as_str()), &CREATE, "t", world.now);
    let (a, b) = tokio::join!(make(), make());
    let id = a.unwrap();
    assert_eq!((b.unwrap(), make().await.unwrap()), (id, id));
    assert_eq!(world.store.made(ORG, &CREATE).await.unwrap(), Some(id.0));
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM mailings").await, 1);
    let log = "SELECT action AS x FROM audit_log";
    assert_eq!(world.column(log).await, ["mailing.create"]);
    let other = Once {
        request: "create n",
        ..CREATE
    };
    let refused = (world.store).create_mailing_once(ORG, ("n", file.as_str()), &other, "t", world.now);
    let key = "k-1".to_owned();
    assert_eq!(conflict(refused.await), Why::IdempotencyKeyTaken { key });
    // Another organisation's keys are its own.
    assert_eq!(world.store.made(OrgId(2), &other).await.unwrap(), None);
}

async fn a_launch_that_is_repeated_launches_nothing(world: World) {
    let mailing = created(&world, "m").await;
    let meant = Meant {
        again: true,
        ..Meant::default()
    };
    let once = Once {
        key: "k-2",
        request: "launch",
    };
    let launch = async || {
        let launch = Launch {
            mailing,
            start_at: world.now,
            purpose: Purpose::Marketing,
            origin: Origin::Audience,
            test: false,
            spec: spec(&[PUSH]),
        };
        let launched = (world.store).launch_once(ORG, launch, meant, Some(&once), "t", world.now);
        launched.await.unwrap()
    };
    let (a, b) = tokio::join!(launch(), launch());
    assert_eq!(a, b);
    // Without the key it would go once more.
    world.store.cancel(ORG, a, "t", world.now).await.unwrap();
    assert_eq!(launch().await, a);
    assert_eq!(world.store.runs_of(ORG, mailing).await.unwrap().len(), 1);
}

async fn a_key_is_forgotten_after_some_days(mut world: World) {
    let file = spec(&[PUSH]);
    let make = async |world: &World, key| {
        let once = Once { key, ..CREATE };
        let named = ("m", file.as_str());
        (world.store)
            .create_mailing_once(ORG, named, &once, "t", world.now)
            .await
            .unwrap()
    };
    make(&world, "old").await;
    world.now = Timestamp(world.now.0 + 4 * 24 * 60 * MINUTE);
    make(&world, "new").await;
    assert_eq!(world.column("SELECT key AS x FROM made_once").await, ["new"]);
}

fn edit<'a>(id: MailingId, version: i64, name: &'a str, spec: &'a str) -> MailingEdit<'a> {
    MailingEdit {
        id,
        version,
        name,
        spec,
    }
}

async fn who_has_read_another_version_changes_nothing(world: World) {
    let id = created(&world, "m").await;
    let next = spec(&[PUSH, SMS]);
    let change = |version| {
        world
            .store
            .change_mailing(ORG, edit(id, version, "n", &next), "ann", world.now)
    };
    assert_eq!(world.store.kept_mailing(ORG, id).await.unwrap().version, 1);
    assert!(!change(2).await.unwrap());
    let (a, b) = tokio::join!(change(1), change(1));
    assert_ne!(a.unwrap(), b.unwrap());
    let kept = world.store.kept_mailing(ORG, id).await.unwrap();
    assert_eq!((kept.version, kept.listed.name.as_str(), &kept.spec), (2, "n", &next));
    // The same once more is no change.
    assert!(change(2).await.unwrap());
    assert_eq!(world.store.kept_mailing(ORG, id).await.unwrap().version, 2);
    let log = "SELECT who || ': ' || action || ' ' || object AS x FROM audit_log ORDER BY id";
    let log = world.column(log).await;
    assert_eq!(log[1..], [format!("ann: mailing.change mailing {id}")]);
    let foreign = world
        .store
        .change_mailing(OrgId(2), edit(id, 2, "n", &next), "t", world.now);
    assert!(matches!(foreign.await, Err(StoreError::NotFound { .. })));
}

async fn what_is_under_way_is_not_changed(world: World) {
    let run = world.launch(&spec(&[PUSH])).await;
    let id = world.store.run(run).await.unwrap().mailing;
    let next = spec(&[PUSH, SMS]);
    let change = || world.store.change_mailing(ORG, edit(id, 1, "n", &next), "t", world.now);
    assert!(matches!(conflict(change().await), Why::MailingUnderWay { .. }));
    world.store.cancel(ORG, run, "t", world.now).await.unwrap();
    assert!(change().await.unwrap());
    // The run keeps its copy.
    assert_eq!(world.store.run(run).await.unwrap().spec, spec(&[PUSH]));
}

async fn a_promo_that_orders_were_credited_by_stays(world: World) {
    let run = world.launch(&spec(&[PUSH])).await;
    let id = world.store.run(run).await.unwrap().mailing;
    world.store.cancel(ORG, run, "t", world.now).await.unwrap();
    let mut file: serde_json::Value = serde_json::from_str(&spec(&[PUSH])).unwrap();
    file["target_promo"] = "BACK".into();
    let other = file.to_string();
    let change = world
        .store
        .change_mailing(ORG, edit(id, 1, "m", &other), "t", world.now);
    assert_eq!(conflict(change.await), Why::MailingPromoCounts { mailing: id.0 });
    let draft = created(&world, "draft").await;
    let change = world
        .store
        .change_mailing(ORG, edit(draft, 1, "m", &other), "t", world.now);
    assert!(change.await.unwrap());
}

async fn a_draft_is_removed_and_what_was_launched_is_not(world: World) {
    let (id, file) = (created(&world, "m").await, spec(&[PUSH]));
    let test = world.launch_of(id, &file, true).await.unwrap();
    let remove = |id, version| world.store.remove_mailing(ORG, id, version, "ann", world.now);
    assert!(!remove(id, 7).await.unwrap());
    assert!(remove(id, 1).await.unwrap());
    let gone = |answer: bool| assert!(answer, "it is there still");
    gone(matches!(
        Reading::mailing(&world.store, ORG, id).await,
        Err(StoreError::NotFound { .. })
    ));
    gone(matches!(
        world.store.kept_mailing(ORG, id).await,
        Err(StoreError::NotFound { .. })
    ));
    gone(matches!(remove(id, 1).await, Err(StoreError::NotFound { .. })));
    gone(matches!(
        world.launch_of(id, &file, false).await,
        Err(StoreError::NotFound { .. })
    ));
    gone(world.store.mailings(ORG).await.unwrap().is_empty());
    // What it tested is told still.
    assert_eq!(world.store.run(test).await.unwrap().mailing, id);
    let launched = world.launch(&file).await;
    let id = world.store.run(launched).await.unwrap().mailing;
    assert_eq!(conflict(remove(id, 1).await), Why::MailingLaunched { mailing: id.0 });
    let log = "SELECT who || ': ' || object AS x FROM audit_log WHERE action = 'mailing.remove'";
    assert_eq!(world.column(log).await, ["ann: mailing 1"]);
}

async fn a_list_is_read_page_by_page(mut world: World) {
    let begun = world.now;
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        made.push(created(&world, name).await);
        world.now = Timestamp(world.now.0 + MINUTE);
    }
    world.launch_of(made[2], &spec(&[PUSH]), false).await.unwrap();
    let page = async |filter: MailingFilter, before, limit| {
        let page = world.store.mailing_page(ORG, &filter, before, limit).await.unwrap();
        let names: String = page.mailings.iter().map(|it| it.name.as_str()).collect();
        (names, page.total)
    };
    let all = MailingFilter::default();
    assert_eq!(page(all, None, 2).await, ("ed".to_owned(), 5));
    assert_eq!(page(all, Some(made[3]), 2).await, ("cb".to_owned(), 5));
    assert_eq!(page(all, Some(made[1]), 2).await, ("a".to_owned(), 5));
    let of = |state| MailingFilter {
        state: Some(state),
        ..all
    };
    assert_eq!(
        page(of(MailingState::Draft), Some(made[4]), 2).await,
        ("db".to_owned(), 4)
    );
    let scheduled = MailingState::Run(RunState::Scheduled);
    assert_eq!(page(of(scheduled), None, 9).await, ("c".to_owned(), 1));
    let between = MailingFilter {
        created_from: Some(Timestamp(begun.0 + MINUTE)),
        created_before: Some(Timestamp(begun.0 + 3 * MINUTE)),
        ..all
    };
    assert_eq!(page(between, None, 9).await, ("cb".to_owned(), 2));
}

async fn a_reason_is_in_the_audit_log_and_stays_with_a_pause(world: World) {
    let run = world.launch(&spec(&[PUSH])).await;
    for (change, reason) in [
        (RunChange::Pause, "lunch"),
        (RunChange::Resume, "dessert"),
        (RunChange::Cancel, "too late"),
    ] {
        let changed = (world.store).change_run(ORG, run, change, Some(reason), "ann", world.now);
        changed.await.unwrap();
        let kept = world.store.run(run).await.unwrap().paused_reason;
        assert_eq!(kept.is_some(), change == RunChange::Pause, "{kept:?}");
    }
    let log = "SELECT action || ': ' || detail AS x FROM audit_log WHERE who = 'ann' ORDER BY id";
    let expected = ["run.pause: lunch", "run.resume: dessert", "run.cancel: too late"];
    assert_eq!(world.column(log).await, expected);
}

async fn a_run_tells_how_far_it_is(world: World) {
    world.guests(2).await;
    // Nobody can reach this one.
    world.guest(8, Who::default()).await;
    let run = world.launch(&spec(&[PUSH])).await;
    world.plan(run).await;
    let progress = world.store.run_progress(ORG, run, world.now).await.unwrap();
    assert_eq!((progress.planned, progress.by_state["pending"]), (2, 2), "{progress:?}");
    let left_out = exclusion::Exclusion::NoLiveEndpoint.name();
    assert_eq!(progress.excluded, [(left_out, 1)].into(), "{progress:?}");
    let reasons: Vec<_> = (progress.reasons.iter())
        .map(|it| (it.reason.as_str(), it.messages))
        .collect();
    assert_eq!(reasons, [("in turn", 2)]);
    let foreign = world.store.run_progress(OrgId(2), run, world.now).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })));
}
