//! Tasks that do not belong to this database: from another installation on the same broker, or from before a restore.
//! A worker would send the text of the run that the task names, which must never go to the guests of another run's
//! batch.

use crate::world::*;
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both![
    a_batch_is_leased_only_by_the_task_that_is_its_own,
    nothing_starts_for_another_task,
    a_strangers_task_moves_no_batch,
    an_installation_is_one_and_another_is_another,
];

/// What a foreign task may say about the batch, each wrong in one respect.
fn wrong(of: TaskOf, other_run: RunId) -> [TaskOf; 6] {
    [
        TaskOf { run: other_run, ..of },
        TaskOf { org: OrgId(2), ..of },
        TaskOf {
            kind: EndpointKind::WhatsApp,
            ..of
        },
        TaskOf {
            lane: Lane::Transactional,
            ..of
        },
        TaskOf {
            installation: InstallationId(of.installation.0 ^ 1),
            ..of
        },
        TaskOf {
            batch: BatchId(of.batch.0 + 1_000),
            ..of
        },
    ]
}

async fn a_batch_is_leased_only_by_the_task_that_is_its_own(world: World) {
    world.guests(3).await;
    let (run, other) = (world.planned(&[SMS]).await, world.planned(&[SMS]).await);
    let ready = world.take(EndpointKind::Phone).await;
    let batch = ready.iter().find(|ready| ready.run == run).unwrap().id;
    let (of, as_of) = world.task(batch).await;
    let needs = RenderNeeds::default();
    for wrong in wrong(of, other) {
        let claim = world
            .store
            .claim(&wish((wrong, as_of), &needs), world.now)
            .await
            .unwrap();
        assert!(matches!(claim, Claim::Foreign), "{wrong:?}: {claim:?}");
        assert!(!world.store.recognises(&wrong).await.unwrap());
    }
    // A worker that knows the run of before the restore, which began at another instant.
    let earlier = Some(Timestamp(as_of.unwrap().0 - 1));
    let claim = world
        .store
        .claim(&wish((of, earlier), &needs), world.now)
        .await
        .unwrap();
    assert!(matches!(claim, Claim::Foreign), "{claim:?}");
    assert!(world.store.recognises(&of).await.unwrap());
    assert_eq!(world.states(run).await, states_of([("pending", 3)]));
    assert_eq!(world.lease(batch, EndpointKind::Phone).await.messages.len(), 3);
    // Its own once more, and a stranger's: one is known to be at work, the other is still nothing.
    let claim = world.store.claim(&wish((of, as_of), &needs), world.now).await.unwrap();
    assert!(matches!(claim, Claim::Nothing), "{claim:?}");
}

async fn nothing_starts_for_another_task(world: World) {
    world.guests(2).await;
    let (run, other) = (world.planned(&[SMS]).await, world.planned(&[SMS]).await);
    let ready = world.take(EndpointKind::Phone).await;
    let batch = ready.iter().find(|ready| ready.run == run).unwrap().id;
    let held = world.lease(batch, EndpointKind::Phone).await;
    let ids: Vec<_> = held.messages.iter().map(|message| message.id).collect();
    let mine = world.starting(&held);
    for wrong in wrong(mine.of, other) {
        let of = Starting { of: wrong, ..mine };
        let started = world.store.start(&of, &ids, None, world.now).await.unwrap();
        assert_eq!(started, [], "{wrong:?}");
    }
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM attempts").await, 0);
    assert_eq!(world.start(&held).await.len(), 2);
}

async fn a_strangers_task_moves_no_batch(world: World) {
    world.guests(2).await;
    let (run, other) = (world.planned(&[PUSH]).await, world.planned(&[PUSH]).await);
    let ready = world.take(EndpointKind::Fcm).await;
    let batch = ready.iter().find(|ready| ready.run == run).unwrap().id;
    let (of, _) = world.task(batch).await;
    let until = Timestamp(world.now.0 + MINUTE);
    let published = format!("SELECT COUNT(*) AS x FROM batches WHERE id = {batch} AND published_at IS NOT NULL");
    for wrong in wrong(of, other) {
        world.store.put_off(&wrong, until).await.unwrap();
        assert_eq!(world.number(&published).await, 1, "{wrong:?}");
    }
    world.store.put_off(&of, until).await.unwrap();
    assert_eq!(world.number(&published).await, 0);
}

async fn an_installation_is_one_and_another_is_another(world: World) {
    let mine = world.store.installation().await.unwrap();
    world.store.migrate().await.unwrap();
    assert_eq!(world.store.clone().installation().await.unwrap(), mine);
    assert_eq!(
        world.column("SELECT id AS x FROM installation").await,
        [mine.to_string()]
    );
    let other = World::on_sqlite().await;
    assert_ne!(other.store.installation().await.unwrap(), mine);
}
