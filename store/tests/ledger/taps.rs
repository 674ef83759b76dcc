//! Taps on pushes that apps tell of as events, many at once.

use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::phone::Region;
use bellhop_domain::*;
use bellhop_store::events::{End, tell};
use bellhop_store::ledger::*;
use serde_json::{Value, json};

crate::on_both![
    taps_that_come_together_open_each_message_once,
    a_tap_ends_what_waited_and_keeps_the_first_open,
    taps_without_end_are_kept_up_to_a_bound,
];

/// Pushes that were sent and wait for their opens.
async fn pushed(world: &World, guests: i64) -> (RunId, Vec<MessageId>) {
    world.guests(guests).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    (run, held.messages.iter().map(|it| it.id).collect())
}

fn tap(id: &str, message: MessageId, at: Timestamp) -> Value {
    json!({ "id": id, "type": "app.opened", "customer_id": "c1", "at": at, "message_id": message })
}

async fn told(world: &World, events: Vec<Value>) {
    let told = tell(&world.store, ORG, Region::RU, events, world.now).await.unwrap();
    assert!(told.iter().all(|it| !matches!(it.end, End::Refused(_))), "{told:?}");
}

async fn taps_that_come_together_open_each_message_once(mut world: World) {
    let (run, messages) = pushed(&world, 4).await;
    let sent = world.now.0;
    world.later(60 * MINUTE);
    let at = |minutes: i64| Timestamp(sent + minutes * MINUTE);
    let all = vec![
        tap("1", messages[0], at(20)),
        tap("2", messages[1], at(5)),
        tap("3", messages[0], at(10)),
        tap("4", MessageId(5), at(10)),
        tap("5", messages[2], at(7)),
    ];
    told(&world, all.clone()).await;
    // What is told again opens nothing again.
    told(&world, all).await;
    for (message, opened, taps) in [(0, 10, 2), (1, 5, 1), (2, 7, 1)] {
        let story = world.story(messages[message]).await;
        assert_eq!((story.state, story.opened_at), (MessageState::Opened, Some(at(opened))));
        assert_eq!((story.opened_channel, story.due_at), (Some(Channel::Push), None));
        assert_eq!(story.opens.len(), taps);
        assert!(story.opens.iter().all(|open| open.class == "tap" && open.repeats == 0));
    }
    assert_eq!(world.states(run).await, states_of([("opened", 3), ("waiting", 1)]));
}

async fn a_tap_ends_what_waited_and_keeps_the_first_open(mut world: World) {
    let (run, messages) = pushed(&world, 1).await;
    let message = messages[0];
    world.later(MINUTE);
    let link = world.store.open(None, message, OpenClass::Link, None, world.now);
    assert!(link.await.unwrap().unwrap().first);
    let first = world.now;
    world.later(MINUTE);
    told(&world, vec![tap("1", message, world.now)]).await;
    let story = world.story(message).await;
    assert_eq!((story.opened_at, story.opens.len()), (Some(first), 2));
    world.later(300 * MINUTE);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
    assert_eq!(world.states(run).await, states_of([("opened", 1)]));
}

async fn taps_without_end_are_kept_up_to_a_bound(mut world: World) {
    let (_, messages) = pushed(&world, 1).await;
    for part in 0..4 {
        world.later(MINUTE);
        let taps = (0..70).map(|n| tap(&format!("{part}-{n}"), messages[0], Timestamp(world.now.0 - 70 + n)));
        told(&world, taps.collect()).await;
    }
    let story = world.story(messages[0]).await;
    let repeats: i64 = story.opens.iter().map(|open| open.repeats).sum();
    assert_eq!((story.opens.len(), repeats), (100, 180));
    assert_eq!(story.opened_at, Some(story.opens[0].at));
}
