//! Opens, early and late, by people and by robots.

use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both![
    an_open_ends_the_waterfall,
    a_robot_is_kept_and_not_counted,
    an_open_while_the_sms_goes_out_races_it,
    a_late_open_lifts_every_final_state,
    a_link_followed_from_the_sms_is_the_sms,
    an_open_of_nothing_is_nothing,
    an_open_of_nothing_waits_for_no_writer,
    opens_without_end_are_kept_up_to_a_bound,
    a_robot_that_comes_again_is_one_row,
];

async fn open(world: &World, message: MessageId, class: OpenClass) -> Opened {
    world
        .store
        .open(None, message, class, Some("agent"), world.now)
        .await
        .unwrap()
        .expect("there is such a message")
}

/// A push that was sent and waits for its open.
async fn pushed(world: &World) -> (RunId, Claimed) {
    world.guests(1).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    (run, held.messages[0].clone())
}

async fn an_open_ends_the_waterfall(mut world: World) {
    let (run, message) = pushed(&world).await;
    world.later(10 * MINUTE);
    let first = open(&world, message.id, OpenClass::Tap).await;
    assert_eq!((first.first, first.run), (true, run));
    assert_eq!(first.links.mailing.as_deref(), Some("https://example.com/"));
    let at = world.now;
    world.later(MINUTE);
    assert!(!open(&world, message.id, OpenClass::Tap).await.first);
    let story = world.story(message.id).await;
    assert_eq!((story.state, story.opened_at), (MessageState::Opened, Some(at)));
    assert_eq!((story.opened_channel, story.due_at), (Some(Channel::Push), None));
    assert_eq!(story.opens.len(), 2);
    world.later(300 * MINUTE);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 0);
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_robot_is_kept_and_not_counted(mut world: World) {
    let (run, message) = pushed(&world).await;
    let before = world.story(message.id).await;
    assert!(!open(&world, message.id, OpenClass::Preview).await.first);
    assert!(!open(&world, message.id, OpenClass::Prefetch).await.first);
    let story = world.story(message.id).await;
    assert_eq!((story.state, story.opened_at), (before.state, None));
    let classes: Vec<_> = story.opens.iter().map(|o| o.class).collect();
    assert_eq!(classes, ["preview", "prefetch"]);
    world.later(120 * MINUTE);
    assert_eq!(world.store.promote_due(10, world.now).await.unwrap(), 1);
    assert_eq!(world.states(run).await, states_of([("pending", 1)]));
}

async fn an_open_while_the_sms_goes_out_races_it(mut world: World) {
    let (run, message) = pushed(&world).await;
    world.later(120 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    assert_eq!(world.start(&sms).await, [message.id]);
    open(&world, message.id, OpenClass::Tap).await;
    assert_eq!(world.states(run).await, states_of([("opened", 1)]));
    world.record_all(run, &sms, &accepted()).await;
    let story = world.story(message.id).await;
    assert_eq!(
        (story.state, story.opened_channel),
        (MessageState::Opened, Some(Channel::Push))
    );
    assert_eq!(
        story.attempts.iter().map(|a| a.raced).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(world.store.finish_runs(world.now).await.unwrap(), [run]);
}

async fn a_late_open_lifts_every_final_state(world: World) {
    world.guests(5).await;
    let run = world.planned(&[PUSH]).await;
    let held = world.hold(EndpointKind::Fcm).await;
    world.record_all(run, &held, &accepted()).await;
    let finals = [
        MessageState::Sent,
        MessageState::Delivered,
        MessageState::Unknown,
        MessageState::Failed,
    ];
    let ids = world.store.message_ids().await.unwrap();
    for (message, state) in held.messages.iter().zip(finals) {
        world
            .exec(&format!(
                "UPDATE messages SET state = {} WHERE id = {}",
                state.code(),
                ids.key(message.id).unwrap()
            ))
            .await;
        assert!(open(&world, message.id, OpenClass::Link).await.first);
    }
    assert_eq!(world.states(run).await, states_of([("opened", 4), ("sent", 1)]));
}

async fn a_link_followed_from_the_sms_is_the_sms(mut world: World) {
    let (_, message) = pushed(&world).await;
    world.later(120 * MINUTE);
    world.store.promote_due(10, world.now).await.unwrap();
    let sms = world.hold(EndpointKind::Phone).await;
    world.start(&sms).await;
    // Followed before the gateway's answer is recorded.
    open(&world, message.id, OpenClass::Link).await;
    let followed = world.now.0;
    world.later(MINUTE);
    open(&world, message.id, OpenClass::Link).await;
    assert_eq!(world.story(message.id).await.opened_channel, Some(Channel::Sms));
    assert_eq!(world.number("SELECT link_opened_at AS x FROM messages").await, followed);
}

async fn an_open_of_nothing_is_nothing(world: World) {
    let opened = world
        .store
        .open(None, MessageId(5), OpenClass::Tap, None, world.now)
        .await;
    assert!(opened.unwrap().is_none());
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM opens").await, 0);
}

/// A stranger who guesses tokens takes no turn of those who write.
async fn an_open_of_nothing_waits_for_no_writer(world: World) {
    let writer = world.begin_writing().await;
    let opened = world.store.open(None, MessageId(5), OpenClass::Link, None, world.now);
    let opened = tokio::time::timeout(std::time::Duration::from_secs(5), opened).await;
    assert!(opened.expect("it waits").unwrap().is_none());
    drop(writer);
}

async fn opens_without_end_are_kept_up_to_a_bound(mut world: World) {
    let (_, message) = pushed(&world).await;
    let agent = "я".repeat(20_000);
    let mut firsts = 0;
    for _ in 0..1_200 {
        world.later(1);
        let opened = world
            .store
            .open(None, message.id, OpenClass::Link, Some(&agent), world.now);
        firsts += usize::from(opened.await.unwrap().unwrap().first);
    }
    // The app's tap is a class of its own, and its first is kept whatever came before.
    open(&world, message.id, OpenClass::Tap).await;
    let story = world.story(message.id).await;
    let links: Vec<_> = story.opens.iter().filter(|open| open.class == "link").collect();
    let repeats: i64 = links.iter().map(|open| open.repeats).sum();
    assert_eq!((firsts, links.len(), repeats, story.opens.len()), (1, 100, 1_000, 101));
    assert!(links.iter().all(|open| open.user_agent == Some("я".repeat(300))));
    // The first hundred, each at its own time: an order is credited to the open that it follows.
    assert_eq!(story.opened_at, Some(links[0].at));
    assert!(links.windows(2).all(|two| two[1].at.0 == two[0].at.0 + 1));
}

async fn a_robot_that_comes_again_is_one_row(world: World) {
    let (_, message) = pushed(&world).await;
    for i in 0..60 {
        let agent = format!("WhatsApp/2.24.{}", i % 20);
        let opened = world
            .store
            .open(None, message.id, OpenClass::Preview, Some(&agent), world.now);
        assert!(!opened.await.unwrap().unwrap().first);
    }
    let story = world.story(message.id).await;
    let repeats: i64 = story.opens.iter().map(|open| open.repeats).sum();
    assert_eq!((story.opens.len(), repeats, story.opened_at), (10, 50, None));
}
