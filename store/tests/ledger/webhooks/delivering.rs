//! Deliveries: in order, by several at once, again and again, and once more.

use crate::world::*;
use bellhop_domain::webhook::WebhookKind::*;
use bellhop_domain::*;
use bellhop_store::webhooks::*;
use std::collections::BTreeMap;

crate::on_both![
    two_dispatchers_deliver_each_once_and_in_order,
    a_later_one_of_the_subject_waits_for_the_earlier,
    a_lost_lease_is_taken_again_and_its_answer_counts_no_more,
    a_dead_one_goes_once_more_and_under_the_same_id,
    both_secrets_sign_during_a_rotation,
    one_that_is_off_is_not_called,
    a_deleted_webhook_leaves_nothing,
];

async fn two_dispatchers_deliver_each_once_and_in_order(world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    let guests: Vec<i64> = (0..60).map(|number| number % 7).collect();
    world.told_of(id, &guests).await;
    let work = || async {
        let mut done = Vec::new();
        loop {
            let taken = world.take_due(id, 3).await;
            if taken.is_empty() && world.store.due_webhooks(world.now).await.unwrap().is_empty() {
                return done;
            }
            for it in taken {
                assert!(world.answer(&it, Then::Delivered).await);
                done.push(it.id);
            }
            tokio::task::yield_now().await;
        }
    };
    let (one, two) = tokio::join!(work(), work());
    assert!(!one.is_empty() && !two.is_empty(), "one of them did everything");
    let mut all = [one, two].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
    let mut latest = BTreeMap::new();
    for it in world.deliveries(id).await {
        assert_eq!((it.state, it.tries), (DeliveryState::Delivered, 1), "{it:?}");
        assert!(latest.insert(it.subject, it.id).is_none_or(|before| before < it.id));
    }
}

async fn a_later_one_of_the_subject_waits_for_the_earlier(mut world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    world.told_of(id, &[1, 2, 1, 1]).await;
    let all: Vec<DeliveryId> = world.deliveries(id).await.into_iter().map(|it| it.id).collect();
    let taken = world.take_due(id, 10).await;
    assert_eq!(taken.iter().map(|it| it.id).collect::<Vec<_>>(), all[..2]);
    assert!(world.take_due(id, 10).await.is_empty(), "the first is in hand");
    world.answer(&taken[1], Then::Delivered).await;
    let again = Timestamp(world.now.0 + MINUTE);
    world.answer(&taken[0], Then::Again(again)).await;
    assert!(
        world.store.due_webhooks(world.now).await.unwrap().is_empty(),
        "those behind it wait too"
    );
    world.later(MINUTE);
    for place in [0, 2, 3] {
        let taken = world.take_due(id, 10).await;
        assert_eq!(taken.iter().map(|it| it.id).collect::<Vec<_>>(), [all[place]]);
        world.answer(&taken[0], Then::Delivered).await;
    }
    let last = world.deliveries(id).await;
    assert_eq!(
        (last[0].tries, last[0].last_status, last[0].last_words.as_deref()),
        (2, Some(204), Some("said"))
    );
}

async fn a_lost_lease_is_taken_again_and_its_answer_counts_no_more(mut world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    world.told_of(id, &[1]).await;
    let first = world.take_due(id, 10).await.remove(0);
    world.later(30_000);
    let second = world.take_due(id, 10).await.remove(0);
    assert_eq!(
        (second.webhook_id.as_str(), second.tries),
        (first.webhook_id.as_str(), 2)
    );
    assert!(!world.answer(&first, Then::Dead).await, "somebody else has it");
    assert!(world.answer(&second, Then::Delivered).await);
    assert!(!world.answer(&second, Then::Dead).await, "it is over");
    assert_eq!(world.deliveries(id).await[0].state, DeliveryState::Delivered);
}

async fn a_dead_one_goes_once_more_and_under_the_same_id(mut world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    world.told_of(id, &[1, 1]).await;
    let first = world.take_due(id, 1).await.remove(0);
    world.answer(&first, Then::Dead).await;
    let dead = world
        .store
        .deliveries(ORG, id, Some(DeliveryState::Dead), None, 10)
        .await
        .unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(world.store.webhooks(ORG).await.unwrap()[0].dead, 1);
    // What is dead holds up nothing.
    let next = world.take_due(id, 1).await.remove(0);
    assert!(next.id > first.id);
    world.answer(&next, Then::Delivered).await;
    world.later(MINUTE);
    world.store.replay(ORG, first.id, "tester", world.now).await.unwrap();
    let again = world.take_due(id, 10).await.remove(0);
    assert_eq!(
        (again.id, &again.webhook_id, again.tries),
        (first.id, &first.webhook_id, 1)
    );
    assert_eq!(again.began_at, world.now, "another day of tries begins");
    assert!(
        !world.answer(&first, Then::Dead).await,
        "an answer of the first day comes late"
    );
    assert!(world.answer(&again, Then::Delivered).await);
    assert!(
        world
            .store
            .replay(ORG, DeliveryId(99), "tester", world.now)
            .await
            .is_err()
    );
}

async fn both_secrets_sign_during_a_rotation(mut world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    world.told_of(id, &[1]).await;
    let secrets = |due: Vec<DueWebhook>| due[0].secrets.clone();
    assert_eq!(
        secrets(world.store.due_webhooks(world.now).await.unwrap()),
        ["sealed 1"]
    );
    let until = Timestamp(world.now.0 + MINUTE);
    world
        .store
        .rotate_webhook(ORG, id, "sealed 2", until, "tester", world.now)
        .await
        .unwrap();
    assert_eq!(
        secrets(world.store.due_webhooks(world.now).await.unwrap()),
        ["sealed 2", "sealed 1"]
    );
    let sealed = world.store.webhook_secrets().await.unwrap();
    let old = sealed.iter().find(|it| it.sealed == "sealed 1").unwrap();
    assert_eq!((sealed.len(), old.organisation.as_str()), (2, "o"));
    world.store.reseal_webhook(old, "sealed 1 again").await.unwrap();
    assert_eq!(
        secrets(world.store.due_webhooks(world.now).await.unwrap()),
        ["sealed 2", "sealed 1 again"]
    );
    world.later(MINUTE);
    assert_eq!(
        secrets(world.store.due_webhooks(world.now).await.unwrap()),
        ["sealed 2"]
    );
}

async fn one_that_is_off_is_not_called(world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    world.told_of(id, &[1]).await;
    world
        .store
        .switch_webhook(ORG, id, false, "tester", world.now)
        .await
        .unwrap();
    assert!(world.store.due_webhooks(world.now).await.unwrap().is_empty());
    world
        .store
        .switch_webhook(ORG, id, true, "tester", world.now)
        .await
        .unwrap();
    assert_eq!(world.store.due_webhooks(world.now).await.unwrap().len(), 1);
}

async fn a_deleted_webhook_leaves_nothing(world: World) {
    let id = world.webhook(&[ConsentChanged]).await;
    world.told_of(id, &[1, 2]).await;
    let taken = world.take_due(id, 1).await.remove(0);
    world.store.delete_webhook(ORG, id, "tester", world.now).await.unwrap();
    assert!(!world.answer(&taken, Then::Delivered).await);
    for table in ["webhooks", "webhook_deliveries", "outbox_wants"] {
        assert_eq!(
            world.number(&format!("SELECT COUNT(*) AS x FROM {table}")).await,
            0,
            "{table}"
        );
    }
    let audited = world.column("SELECT action AS x FROM audit_log ORDER BY id").await;
    assert_eq!(audited, ["webhook.create", "webhook.delete"]);
}
