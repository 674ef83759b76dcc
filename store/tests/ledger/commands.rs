//! What people do to mailings and runs.

use crate::world::*;
use bellhop_domain::fault::Why;
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::tag::TagSource;
use bellhop_domain::*;
use bellhop_store::StoreError;
use bellhop_store::guests::{BlacklistMark, GuestBase, GuestTags, TagChange};
use bellhop_store::ledger::*;

crate::on_both![
    a_mailing_has_one_live_run,
    what_was_sent_goes_again_only_if_that_is_meant,
    a_start_that_is_over_is_refused,
    a_run_starts_when_its_time_has_come,
    pause_then_resume_goes_on_exactly,
    a_cancel_ends_the_rest,
    states_change_only_as_they_may,
    nothing_crosses_organisations,
    every_command_is_in_the_audit_log,
    a_persons_tags_are_in_the_audit_log_and_a_rules_are_not,
    a_start_and_a_pause_exclude_each_other,
    one_text_with_arguments_of_two_types,
];

async fn a_mailing_has_one_live_run(world: World) {
    let file = spec(&[PUSH]);
    let mailing = world
        .store
        .create_mailing(ORG, "m", &file, "t", world.now)
        .await
        .unwrap();
    assert_eq!(world.store.mailing(ORG, mailing).await.unwrap().spec, file);
    let (a, b) = tokio::join!(
        world.launch_of(mailing, &file, false),
        world.launch_of(mailing, &file, false)
    );
    assert_ne!(a.is_ok(), b.is_ok());
    let conflict = if a.is_ok() { &b } else { &a };
    assert!(matches!(conflict, Err(StoreError::Conflict(_))), "{conflict:?}");
    let run = a.or(b).unwrap();
    world
        .launch_of(mailing, &file, true)
        .await
        .expect("a test may go beside");
    world.store.cancel(ORG, run, "t", world.now).await.unwrap();
    let next = again(&world, mailing, &file).await.unwrap();
    let runs = world.store.runs_of(ORG, mailing).await.unwrap();
    assert_eq!((runs.len(), runs[0].id, runs[1].test), (3, next, true));
}

/// Launches what was launched before.
async fn again(world: &World, mailing: MailingId, file: &str) -> bellhop_store::Result<RunId> {
    let meant = Meant {
        again: true,
        ..Meant::default()
    };
    let launch = Launch {
        mailing,
        start_at: world.now,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: file.to_owned(),
    };
    (world.store).launch_as_meant(ORG, launch, meant, "t", world.now).await
}

async fn what_was_sent_goes_again_only_if_that_is_meant(world: World) {
    let file = spec(&[PUSH]);
    let run = world.launch(&file).await;
    let mailing = world.store.run(run).await.unwrap().mailing;
    let refusal = async |answer: bellhop_store::Result<RunId>| match answer {
        Err(StoreError::Conflict(why)) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let words = refusal(again(&world, mailing, &file).await).await;
    assert!(words.contains("wait for its end"), "{words}");
    world.store.pause(ORG, run, "lunch", "t", world.now).await.unwrap();
    let words = refusal(again(&world, mailing, &file).await).await;
    assert!(words.contains("resume it"), "{words}");
    world.store.resume(ORG, run, "t", world.now).await.unwrap();
    world.plan(run).await;
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    let words = refusal(world.launch_of(mailing, &file, false).await).await;
    assert!(words.contains("is finished") && words.contains("--again"), "{words}");
    // A test is none, before and after.
    world.launch_of(mailing, &file, true).await.unwrap();
    // Of two at once that mean it one wins.
    let (a, b) = tokio::join!(again(&world, mailing, &file), again(&world, mailing, &file));
    assert_ne!(a.is_ok(), b.is_ok());
    let words = refusal(if a.is_ok() { b } else { a }).await;
    assert!(words.contains("scheduled already"), "{words}");
    let log = "SELECT detail AS x FROM audit_log WHERE action = 'run.launch' ORDER BY id";
    let log = world.column(log).await;
    assert!(log.len() == 2 && log[1].ends_with(", again"), "{log:?}");
}

async fn a_start_that_is_over_is_refused(world: World) {
    let file = spec(&[PUSH]);
    let mailing = (world.store)
        .create_mailing(ORG, "m", &file, "t", world.now)
        .await
        .unwrap();
    let launch = |ago: i64| Launch {
        mailing,
        start_at: Timestamp(world.now.0 - ago),
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: file.clone(),
    };
    let answer = world.store.launch(ORG, launch(2 * MINUTE), "t", world.now).await;
    assert!(
        matches!(&answer, Err(StoreError::Conflict(Why::LaunchPast { .. }))),
        "{answer:?}"
    );
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM runs").await, 0);
    let meant = Meant {
        now: true,
        ..Meant::default()
    };
    let run = (world.store)
        .launch_as_meant(ORG, launch(2 * MINUTE), meant, "t", world.now)
        .await;
    assert!(run.is_ok(), "{run:?}");
}

async fn a_run_starts_when_its_time_has_come(mut world: World) {
    let file = spec(&[PUSH]);
    let mailing = world
        .store
        .create_mailing(ORG, "m", &file, "t", world.now)
        .await
        .unwrap();
    let launch = Launch {
        mailing,
        start_at: Timestamp(world.now.0 + 5_000),
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: file,
    };
    let run = world.store.launch(ORG, launch, "t", world.now).await.unwrap();
    assert_eq!(world.store.begin_due(world.now).await.unwrap(), []);
    assert_eq!(world.store.unplanned().await.unwrap(), []);
    let counted = world.store.count_alive().await.unwrap();
    assert_eq!(counted, [(RunState::Scheduled, 1)]);
    assert_eq!(world.page(run, 10).await, Page::NotNow);
    world.later(6_000);
    let began = world.now;
    assert_eq!(world.store.begin_due(began).await.unwrap(), [run]);
    let to_plan = Unplanned {
        org: ORG,
        run,
        began: Some(began),
    };
    assert_eq!(world.store.unplanned().await.unwrap(), [to_plan]);
    world.later(1_000);
    assert_eq!(world.store.begin_due(world.now).await.unwrap(), []);
    let begun = world.store.run(run).await.unwrap();
    assert_eq!((begun.state, begun.as_of), (RunState::Running, Some(began)));
    let life = Timestamp(began.0 + 600 * MINUTE);
    assert_eq!(begun.expires_at, Some(life));
    let states = world.store.run_states(&[run, RunId(99)]).await.unwrap();
    assert_eq!(states, [(run, RunState::Running)]);
    assert_eq!(
        world.page(run, 10).await,
        Page::Complete,
        "an empty guest base is planned at once"
    );
    assert_eq!(world.store.unplanned().await.unwrap(), []);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.store.count_alive().await.unwrap(), []);
}

async fn pause_then_resume_goes_on_exactly(world: World) {
    world.guests(10).await;
    let run = world.launch(&spec(&[PUSH])).await;
    world.page(run, 4).await;
    world.page(run, 4).await;
    let first = world.hold(EndpointKind::Fcm).await;
    world.record(run, &first, &first.messages[..2], &accepted()).await;
    world.store.pause(ORG, run, "lunch", "t", world.now).await.unwrap();
    assert_eq!(
        world.store.run(run).await.unwrap().paused_reason.as_deref(),
        Some("lunch")
    );
    world.store.release(first.batch, first.lease, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("pending", 6), ("sent", 2)]));
    assert!(world.take(EndpointKind::Fcm).await.is_empty());
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);

    world.store.resume(ORG, run, "t", world.now).await.unwrap();
    assert_eq!(world.store.run(run).await.unwrap().paused_reason, None);
    world.plan(run).await;
    // The other batch's task is still with the broker; say that it vanished.
    let soon = Timestamp(world.now.0 + 1);
    let vanished = world.store.republish(EndpointKind::Fcm, Lane::Marketing, soon).await;
    assert_eq!(vanished.unwrap(), 1);
    for batch in world.take(EndpointKind::Fcm).await {
        let held = world.lease(batch.id, EndpointKind::Fcm).await;
        world.record_all(run, &held, &accepted()).await;
    }
    assert_eq!(world.states(run).await, states_of([("sent", 10)]));
    let attempts = world.number("SELECT COUNT(*) AS x FROM attempts").await;
    assert_eq!(attempts, 10);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.store.run(run).await.unwrap().state, RunState::Finished);
}

async fn a_cancel_ends_the_rest(mut world: World) {
    world.guests(12).await;
    let run = world.launch(&spec(&[PUSH, SMS])).await;
    for _ in 0..4 {
        world.page(run, 3).await;
    }
    let batches = world.take(EndpointKind::Fcm).await;
    let mut held = Vec::new();
    for batch in &batches[..3] {
        held.push(world.lease(batch.id, EndpointKind::Fcm).await);
    }
    world.record_all(run, &held[0], &accepted()).await;
    world.record_all(run, &held[1], &gone()).await;
    world.store.cancel(ORG, run, "t", world.now).await.unwrap();
    // Sent to: the wait for their opens is over. Refused: no SMS any more. Unpublished: cancelled. Leased: waited for.
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);
    assert_eq!(
        world.states(run).await,
        states_of([("cancelled", 6), ("pending", 3), ("sent", 3)])
    );
    // Two had gone out when the cancel came.
    world.record(run, &held[2], &held[2].messages[..2], &accepted()).await;
    world
        .store
        .release(held[2].batch, held[2].lease, world.now)
        .await
        .unwrap();
    world.later(1_000);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
    assert_eq!(world.states(run).await, states_of([("cancelled", 7), ("sent", 5)]));
    let ended = world.store.run(run).await.unwrap();
    assert_eq!((ended.state, ended.finished_at), (RunState::Cancelled, Some(world.now)));
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), []);
}

async fn states_change_only_as_they_may(world: World) {
    let store = &world.store;
    let now = world.now;
    let run = world.launch(&spec(&[PUSH])).await;
    assert!(store.resume(ORG, run, "t", now).await.is_ok(), "it runs already");
    store.pause(ORG, run, "a", "t", now).await.unwrap();
    store.pause(ORG, run, "b", "t", now).await.unwrap();
    assert_eq!(store.run(run).await.unwrap().paused_reason.as_deref(), Some("a"));
    store.cancel(ORG, run, "t", now).await.unwrap();
    store.cancel(ORG, run, "t", now).await.unwrap();
    assert!(matches!(
        store.resume(ORG, run, "t", now).await,
        Err(StoreError::Conflict(_))
    ));
    assert!(matches!(
        store.pause(ORG, run, "c", "t", now).await,
        Err(StoreError::Conflict(_))
    ));
    let later = Launch {
        mailing: store.run(run).await.unwrap().mailing,
        start_at: Timestamp(now.0 + 1),
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: spec(&[PUSH]),
    };
    let meant = Meant {
        again: true,
        ..Meant::default()
    };
    let scheduled = store.launch_as_meant(ORG, later, meant, "t", now).await.unwrap();
    assert!(matches!(
        store.pause(ORG, scheduled, "x", "t", now).await,
        Err(StoreError::Conflict(_))
    ));
    store.cancel(ORG, scheduled, "t", now).await.unwrap();
    assert_eq!(store.begin_due(Timestamp(now.0 + 2)).await.unwrap().len(), 0);
}

async fn nothing_crosses_organisations(world: World) {
    world.guests(1).await;
    let run = world.planned(&[PUSH]).await;
    let other = OrgId(2);
    let mailing = world.store.run(run).await.unwrap().mailing;
    let message = world.hold(EndpointKind::Fcm).await.messages[0].id;
    let absent = |e: StoreError| assert!(matches!(e, StoreError::NotFound { .. }), "{e}");
    absent(world.store.mailing(other, mailing).await.unwrap_err());
    absent(world.store.pause(other, run, "x", "t", world.now).await.unwrap_err());
    absent(world.store.story(other, message).await.unwrap_err());
    assert!(world.store.runs_of(other, mailing).await.unwrap().is_empty());
    let opened = world
        .store
        .open(Some(other), message, OpenClass::Tap, None, world.now)
        .await;
    assert!(opened.unwrap().is_none());
}

async fn every_command_is_in_the_audit_log(world: World) {
    let run = world.launch(&spec(&[PUSH])).await;
    let store = &world.store;
    store.pause(ORG, run, "lunch", "ann", world.now).await.unwrap();
    store.resume(ORG, run, "bob", world.now).await.unwrap();
    store.cancel(ORG, run, "cid", world.now).await.unwrap();
    store.pause_sender(ORG, "s", "401", "anna", world.now).await.unwrap();
    store
        .pause_sender(ORG, "s", "401 again", "anna", world.now)
        .await
        .unwrap();
    assert_eq!(
        store.paused_senders().await.unwrap(),
        [(ORG, "s".to_owned(), "401".to_owned(), world.now)]
    );
    store.resume_sender(ORG, "s", "dan", world.now).await.unwrap();
    assert!(store.paused_senders().await.unwrap().is_empty());
    let log = world
        .column("SELECT who || ' ' || action AS x FROM audit_log ORDER BY id")
        .await;
    assert_eq!(
        log,
        [
            "tester mailing.create",
            "tester run.launch",
            "ann run.pause",
            "bob run.resume",
            "cid run.cancel",
            "anna sender.pause",
            "dan sender.resume",
        ]
    );
}

async fn a_start_and_a_pause_exclude_each_other(world: World) {
    world.guests(6).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    for message in &held.messages {
        let of = world.starting(&held);
        let start = (world.store).start(&of, std::slice::from_ref(&message.id), None, world.now);
        let pause = world.store.pause(ORG, run, "x", "t", world.now);
        let (started, paused) = tokio::join!(start, pause);
        paused.unwrap();
        started.unwrap();
        // Whoever was first: after the pause nothing starts.
        let late: Vec<_> = held.messages.iter().map(|m| m.id).collect();
        let after = world.store.start(&of, &late, None, world.now).await.unwrap();
        assert_eq!(after, []);
        world.store.resume(ORG, run, "t", world.now).await.unwrap();
    }
}

/// The audit log is written by the ledger and by the guest base, over one pool of connections.
async fn one_text_with_arguments_of_two_types(world: World) {
    world.guests(1).await;
    let mark = BlacklistMark { reason: "asked".into() };
    for _ in 0..8 {
        world
            .store
            .pause_sender(ORG, SENDER, "x", "anna", world.now)
            .await
            .unwrap();
        let marked = world
            .store
            .set_blacklist(ORG, CustomerId(1), Some(&mark), "tester", world.now);
        marked.await.unwrap();
        world
            .store
            .resume_sender(ORG, SENDER, "tester", world.now)
            .await
            .unwrap();
    }
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM audit_log").await, 24);
}

async fn a_persons_tags_are_in_the_audit_log_and_a_rules_are_not(world: World) {
    world.guest(7, Who::default()).await;
    let (guest, change) = (
        CustomerId(7),
        TagChange {
            set: ["vip".to_owned()].into(),
            removed: ["late".to_owned()].into(),
        },
    );
    for source in [TagSource::Hand, TagSource::Rule] {
        let changed = world.store.change_tags(ORG, guest, source, &change, "ann", world.now);
        changed.await.unwrap();
    }
    let log = world
        .column("SELECT who || ': ' || action || ' ' || object || ', ' || detail AS x FROM audit_log")
        .await;
    assert_eq!(log, ["ann: tag customer 7, set vip, removed late"]);
}
