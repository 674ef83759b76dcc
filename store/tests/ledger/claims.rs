//! Leases: who gets a batch, what of it may go out, and what a lost worker leaves.

use crate::world::*;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both![
    a_batch_has_one_holder,
    a_held_batch_goes_back_and_comes_again,
    a_withdrawal_stops_a_message_at_its_claim,
    an_expired_message_ends_at_its_claim,
    a_dead_address_falls_to_the_next_step,
    a_claim_brings_what_rendering_needs,
    a_claim_takes_at_most_what_it_asks,
    a_lost_lease_is_released_unless_requests_had_started,
    a_release_leaves_the_rest_for_others,
    a_vanished_task_is_published_again,
    a_start_asks_everything_again,
];

async fn a_batch_has_one_holder(mut world: World) {
    world.guests(3).await;
    world.planned(&[PUSH]).await;
    let batch = world.take(EndpointKind::Fcm).await[0].id;
    let (a, b) = tokio::join!(world.claim(batch), world.claim(batch));
    let leased = [&a, &b]
        .into_iter()
        .filter(|c| matches!(c, Claim::Leased { .. }))
        .count();
    let nothing = [&a, &b].into_iter().filter(|c| matches!(c, Claim::Nothing)).count();
    assert_eq!((leased, nothing), (1, 1));
    assert!(world.take(EndpointKind::Fcm).await.is_empty());
    let Some(Claim::Leased { lease, .. }) = [a, b].into_iter().find(|c| matches!(c, Claim::Leased { .. })) else {
        panic!("nobody has it")
    };
    // Run out: still nobody else's until it is reclaimed.
    world.later(LEASE.as_millis() as i64 + 1);
    assert!(matches!(world.claim(batch).await, Claim::Nothing));
    assert_eq!(world.store.reclaim(RULES.settlement, world.now).await.unwrap(), 1);
    assert!(!world.store.extend(batch, lease, world.now.plus(LEASE)).await.unwrap());
    let again = world.hold(EndpointKind::Fcm).await;
    assert_eq!((again.batch, again.messages.len()), (batch, 3));
    assert!(again.lease > lease);
}

async fn a_held_batch_goes_back_and_comes_again(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[PUSH]).await;
    let batch = world.take(EndpointKind::Fcm).await[0].id;
    world.store.pause(ORG, run, "lunch", "tester", world.now).await.unwrap();
    assert!(matches!(world.claim(batch).await, Claim::Held));
    assert!(
        world.take(EndpointKind::Fcm).await.is_empty(),
        "a paused run publishes nothing"
    );
    world.store.resume(ORG, run, "tester", world.now).await.unwrap();
    assert_eq!(world.take(EndpointKind::Fcm).await[0].id, batch);

    world
        .store
        .pause_sender(ORG, SENDER, "401", "anna", world.now)
        .await
        .unwrap();
    assert!(matches!(world.claim(batch).await, Claim::Held));
    world
        .store
        .resume_sender(ORG, SENDER, "tester", world.now)
        .await
        .unwrap();
    world.later(10_000);
    assert_eq!(world.take(EndpointKind::Fcm).await[0].id, batch);
    assert!(matches!(world.claim(batch).await, Claim::Leased { .. }));
}

async fn a_withdrawal_stops_a_message_at_its_claim(world: World) {
    world.guests(3).await;
    let run = world.planned(&[PUSH]).await;
    world
        .exec("UPDATE customer_facts SET consent_mask = 8 WHERE customer_id = 1")
        .await;
    world
        .exec("UPDATE customer_facts SET blacklisted = TRUE WHERE customer_id = 2")
        .await;
    let held = world.hold(EndpointKind::Fcm).await;
    assert_eq!(
        held.messages.iter().map(|m| m.customer).collect::<Vec<_>>(),
        [Some(CustomerId(3))]
    );
    assert_eq!(world.states(run).await, states_of([("pending", 1), ("suppressed", 2)]));
    let reasons = world
        .column("SELECT reason AS x FROM messages WHERE state = 12 ORDER BY customer_id")
        .await;
    assert_eq!(reasons, ["no_consent", "blacklisted"]);
}

async fn an_expired_message_ends_at_its_claim(mut world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH]).await;
    world.later(600 * MINUTE);
    let held = world.hold(EndpointKind::Fcm).await;
    assert!(held.messages.is_empty());
    assert_eq!(world.states(run).await, states_of([("expired", 2)]));
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_dead_address_falls_to_the_next_step(world: World) {
    world.guests(2).await;
    let run = world.planned(&[PUSH, SMS]).await;
    world
        .exec("UPDATE endpoints SET state = 3 WHERE address = 'token-1'")
        .await;
    let held = world.hold(EndpointKind::Fcm).await;
    assert_eq!(held.messages.len(), 1);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(sms.messages[0].customer, Some(CustomerId(1)));
    assert_eq!(world.states(run).await, states_of([("pending", 2)]));
}

async fn a_claim_brings_what_rendering_needs(world: World) {
    world.guests(1).await;
    world.planned(&[PUSH]).await;
    let (now, long_ago) = (world.now.0, world.now.0 - 91 * 24 * 3_600_000);
    world
        .exec(&format!(
            "INSERT INTO restaurants (id, org_id, ordinal, name, timezone, phone, address)
                VALUES (5, 1, 1, 'R', 'Asia/Omsk', '+7 999', 'Lenina 5');
             INSERT INTO dishes (id, org_id, name) VALUES (1, 1, 'Soup'), (2, 1, 'Pie');
             INSERT INTO categories (id, org_id, ordinal, name) VALUES (1, 1, 1, 'Mains'), (2, 1, 2, 'Sweets');
             INSERT INTO orders (id, org_id, external_id, customer_id, placed_at, status, total)
                VALUES (1, 1, 'a', 1, {now} - 10, 4, 0), (2, 1, 'b', 1, {now} - 5, 5, 0), (3, 1, 'c', 1, {now} - 30, 1, 0),
                       (4, 1, 'd', 1, {long_ago}, 4, 0), (5, 1, 'e', 1, {long_ago}, 4, 0);
             INSERT INTO order_items (order_id, position, customer_id, dish_id, category_id, quantity, price)
                VALUES (1, 1, 1, 1, 1, 9, 0), (1, 2, 1, 2, 2, 1, 0), (2, 1, 1, 1, 1, 1, 0), (3, 1, 1, 2, 2, 1, 0),
                       (4, 1, 1, 1, 1, 1, 0), (5, 1, 1, 1, 1, 1, 0);
             INSERT INTO customer_attributes (org_id, customer_id, key, value) VALUES (1, 1, 'level', 'gold'), (1, 1, 'x', 'y');
             UPDATE customer_facts SET home_restaurant_id = 5, orders_count = 4, revenue = 100, last_at = {now} - 10;"
        ))
        .await;
    let needs = RenderNeeds {
        profile: true,
        last_dish: true,
        favourite_dish: true,
        favourite_category: true,
        orders: true,
        restaurant: true,
        attributes: vec!["level".into(), "absent".into()],
        ..RenderNeeds::default()
    };
    let batch = world.take(EndpointKind::Fcm).await[0].id;
    let claim = world
        .store
        .claim(&wish(world.task(batch).await, &needs), world.now)
        .await
        .unwrap();
    let Claim::Leased { messages, .. } = claim else {
        panic!("not leased")
    };
    let expected = Profile {
        external_id: Some("c1".into()),
        name: Some("Guest 1".into()),
        locale: None,
        timezone: Some("Asia/Omsk".into()),
        last_dish: Some("Soup".into()),
        // In two orders of the last ninety days, which the soup is not; how many pieces makes no difference.
        favourite_dish: Some("Pie".into()),
        favourite_category: Some("Sweets".into()),
        orders: Some(OrderSums {
            count: 4,
            revenue: Money(100),
            last_at: Some(Timestamp(now - 10)),
        }),
        restaurant: HomeRestaurant {
            name: Some("R".into()),
            phone: Some("+7 999".into()),
            address: Some("Lenina 5".into()),
        },
        attributes: [("level".to_owned(), "gold".to_owned())].into(),
        ..Profile::default()
    };
    assert_eq!(messages[0].profile, expected);
    assert_eq!((messages[0].address.as_str(), messages[0].tries), ("token-1", 0));
    // A preview says what is sent, and nothing is read that no template uses.
    let customer = messages[0].customer.unwrap();
    let profiles = |needs: RenderNeeds| {
        let (store, now) = (world.store.clone(), world.now);
        async move {
            store
                .profiles(&[customer], &needs, now)
                .await
                .unwrap()
                .remove(&customer)
        }
    };
    assert_eq!(profiles(needs).await, Some(expected));
    assert_eq!(profiles(RenderNeeds::default()).await, Some(Profile::default()));
}

async fn a_claim_takes_at_most_what_it_asks(world: World) {
    world.guests(5).await;
    let run = world.planned(&[PUSH]).await;
    let batch = world.take(EndpointKind::Fcm).await[0].id;
    for left in [3, 1, 0] {
        let claim = world
            .store
            .claim(
                &ClaimRequest {
                    max: 2,
                    ..wish(world.task(batch).await, &RenderNeeds::default())
                },
                world.now,
            )
            .await
            .unwrap();
        let Claim::Leased { lease, messages, .. } = claim else {
            panic!("not leased")
        };
        let held = Held {
            batch,
            kind: EndpointKind::Fcm,
            lease,
            messages,
        };
        world.record_all(run, &held, &accepted()).await;
        world.store.release(batch, lease, world.now).await.unwrap();
        let pending = world.states(run).await.get("pending").copied().unwrap_or(0);
        assert_eq!(pending, left);
        assert_eq!(world.take(EndpointKind::Fcm).await.len(), usize::from(left > 0));
    }
    assert!(matches!(world.claim(batch).await, Claim::Nothing));
}

async fn a_lost_lease_is_released_unless_requests_had_started(mut world: World) {
    world.guests(3).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    let started = [held.messages[0].id];
    let allowed = world
        .store
        .start(&world.starting(&held), &started, None, world.now)
        .await
        .unwrap();
    assert_eq!(allowed, started);
    assert_eq!(world.states(run).await, states_of([("in_flight", 1), ("pending", 2)]));
    world.later(LEASE.as_millis() as i64);
    world.store.reclaim(RULES.settlement, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("pending", 2), ("waiting", 1)]));
    let doubts = world.store.doubts(10).await.unwrap();
    assert_eq!(
        (doubts.len(), doubts[0].message, doubts[0].lease),
        (1, started[0], held.lease)
    );

    let again = world.hold(EndpointKind::Phone).await;
    assert!(again.messages.iter().all(|m| m.id != started[0]));
    world.start(&again).await;
    world.record_all(run, &again, &accepted()).await;
    // The settlement ends without news: nobody knows, and nothing is sent again.
    world.later(RULES.settlement.as_millis() as i64);
    world.store.promote_due(10, world.now).await.unwrap();
    assert_eq!(world.states(run).await, states_of([("sent", 2), ("unknown", 1)]));
    assert!(world.take(EndpointKind::Phone).await.is_empty());
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_release_leaves_the_rest_for_others(mut world: World) {
    world.guests(4).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    let (first, second) = (held.messages[0].id, held.messages[1].id);
    let of = world.starting(&held);
    let start = |id| (world.store).start(&of, std::slice::from_ref(id), None, world.now);
    start(&first).await.unwrap();
    world.record(run, &held, &held.messages[..1], &accepted()).await;
    world.store.release(held.batch, held.lease, world.now).await.unwrap();
    assert_eq!(start(&second).await.unwrap(), [], "the lease is gone");
    let again = world.hold(EndpointKind::Phone).await;
    assert_eq!(again.messages.len(), 3);
    // Released with a request under way: only the reclaim may say what is in doubt.
    world
        .store
        .start(&world.starting(&again), &[second], None, world.now)
        .await
        .unwrap();
    world.store.release(again.batch, again.lease, world.now).await.unwrap();
    assert!(world.take(EndpointKind::Phone).await.is_empty());
    world.later(1);
    assert_eq!(world.store.reclaim(RULES.settlement, world.now).await.unwrap(), 1);
    assert_eq!(world.hold(EndpointKind::Phone).await.messages.len(), 2);
    let doubtful = world.story(second).await;
    assert_eq!(doubtful.state, MessageState::Waiting);
    assert_eq!(WaitingFor::Settlement.code(), 3);
}

async fn a_vanished_task_is_published_again(mut world: World) {
    world.guests(3).await;
    world.planned(&[PUSH]).await;
    let store = &world.store;
    let (kind, lane) = (EndpointKind::Fcm, Lane::Marketing);
    let of_queue = |outstanding, may_have_ready| QueueNow {
        kind,
        outstanding,
        may_have_ready,
    };
    let queues = async || world.store.queues(lane, &[kind], world.now).await.unwrap();
    assert_eq!(queues().await, [of_queue(0, true)]);
    let batch = world.take(kind).await[0].id;
    assert_eq!(queues().await, [of_queue(1, false)]);
    assert_eq!(store.republish(kind, lane, world.now).await.unwrap(), 0, "too young");
    let before = Timestamp(world.now.0 + 1);
    assert_eq!(store.republish(kind, lane, before).await.unwrap(), 1);
    assert_eq!(queues().await, [of_queue(0, true)]);
    let held = world.hold(kind).await;
    assert_eq!(held.batch, batch);
    world.later(1_000);
    let store = &world.store;
    assert_eq!(store.republish(kind, lane, world.now).await.unwrap(), 0, "it is leased");
    let both = store
        .queues(lane, &[kind, EndpointKind::Phone], world.now)
        .await
        .unwrap();
    let counts: Vec<_> = both.iter().map(|queue| (queue.kind, queue.outstanding)).collect();
    assert_eq!(counts, [(kind, 1), (EndpointKind::Phone, 0)]);
}

async fn a_start_asks_everything_again(world: World) {
    world.guests(6).await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    let of = |n: i64| {
        held.messages
            .iter()
            .find(|m| m.customer == Some(CustomerId(n)))
            .unwrap()
            .id
    };
    world
        .exec("UPDATE customer_facts SET consent_mask = 0 WHERE customer_id = 1")
        .await;
    let opened = world
        .store
        .open(None, of(2), OpenClass::Link, None, world.now)
        .await
        .unwrap();
    assert!(opened.unwrap().first);
    world
        .exec("UPDATE endpoints SET state = 3 WHERE address = '+79990000003'")
        .await;
    let mut allowed = world.start(&held).await;
    allowed.sort();
    let mut expected = vec![of(4), of(5), of(6)];
    expected.sort();
    assert_eq!(allowed, expected);
    assert_eq!(world.start(&held).await, [], "started once is started for good");
    assert_eq!(world.story(of(1)).await.reason.as_deref(), Some("no_consent"));
    assert_eq!(
        world.states(run).await,
        states_of([("in_flight", 3), ("opened", 1), ("suppressed", 1), ("waiting", 1)])
    );
    let tried = world.number("SELECT COUNT(*) AS x FROM attempts").await;
    assert_eq!(tried, 3);
}
