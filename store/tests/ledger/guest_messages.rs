//! The messages of a guest: all of them, only theirs, the newest first, by pages.

use crate::requests::{ask, launched};
use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both!(
    they_come_in_the_order_of_their_making,
    a_page_goes_on_where_the_one_before_ended,
    a_page_goes_on_behind_a_message_that_was_removed,
    each_is_told_as_it_stands,
);

const DAY: i64 = 24 * 60 * MINUTE;
const GUEST: CustomerId = CustomerId(7);

async fn page(world: &World, after: Option<MessageId>, limit: u32) -> Vec<GuestMessage> {
    world.store.guest_messages(ORG, GUEST, after, limit).await.unwrap()
}

/// Two mailings in each of three months, and a code asked for between them; the guest's messages, the newest first.
async fn history(world: &mut World) -> Vec<MessageId> {
    world.guests(9).await;
    let (codes, _) = launched(world, &[PUSH]).await;
    let mut ids = Vec::new();
    for month in 0..3 {
        for half in 0..2 {
            world.planned(&[PUSH]).await;
            world.later(DAY);
            let newest = page(world, None, 1).await;
            ids.push(newest[0].message);
            if half == 0 {
                // Its number is below those of messages that are planned with their batches, and it comes between them.
                ids.push(ask(world, codes, &format!("code-{month}"), To::Customer("c7")).await);
                world.later(DAY);
            }
        }
        world.later(40 * DAY);
    }
    ids.reverse();
    ids
}

async fn they_come_in_the_order_of_their_making(mut world: World) {
    let made = history(&mut world).await;
    assert_eq!(made.len(), 9);
    let all = page(&world, None, 100).await;
    let told: Vec<_> = all.iter().map(|it| it.message).collect();
    assert_eq!(told, made);
    assert!(all.windows(2).all(|two| two[0].at > two[1].at), "{all:?}");
    // Of another organisation, and of a guest whom there is not, there are none.
    for (org, customer) in [(OrgId(2), GUEST), (ORG, CustomerId(999))] {
        let none = world.store.guest_messages(org, customer, None, 100).await.unwrap();
        assert_eq!(none, []);
    }
    let others = world.store.guest_messages(ORG, CustomerId(8), None, 100).await.unwrap();
    assert_eq!(others.len(), 6, "the codes were not theirs");
    assert!(others.iter().all(|it| !made.contains(&it.message)));
}

async fn a_page_goes_on_where_the_one_before_ended(mut world: World) {
    let made = history(&mut world).await;
    for limit in 1..=10 {
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let next = page(&world, after, limit).await;
            assert!(next.len() <= limit as usize);
            let Some(last) = next.last() else { break };
            after = Some(last.message);
            told.extend(next.into_iter().map(|it| it.message));
        }
        assert_eq!(told, made, "by {limit}");
    }
}

async fn a_page_goes_on_behind_a_message_that_was_removed(mut world: World) {
    let made = history(&mut world).await;
    let last = page(&world, None, 4).await[3].message;
    let ids = world.store.message_ids().await.unwrap();
    let month = Era::of_key(ids.key(last).unwrap());
    let text = format!(
        "DELETE FROM messages WHERE id >= {} AND id < {}",
        month.first_key(),
        month.next().first_key()
    );
    world.exec(&text).await;
    let rest: Vec<_> = page(&world, Some(last), 100).await;
    let rest: Vec<_> = rest.iter().map(|it| it.message).collect();
    assert_eq!(rest, made[6..], "what is of earlier months");
}

async fn each_is_told_as_it_stands(mut world: World) {
    world.guests(9).await;
    let run = world.planned(&[PUSH, SMS]).await;
    let pending = &page(&world, None, 1).await[0];
    assert_eq!(
        (pending.run, pending.channel, pending.state, pending.purpose),
        (run, Channel::Push, MessageState::Pending, Purpose::Marketing)
    );
    assert_eq!((pending.mailing_name.as_str(), pending.test), ("m", false));
    assert_eq!(
        (pending.at, pending.sent_at, pending.opened_at),
        (world.now, None, None)
    );
    let held = world.hold(EndpointKind::Fcm).await;
    world.later(MINUTE);
    world.record_all(run, &held, &accepted()).await;
    let waiting = &page(&world, None, 1).await[0];
    assert_eq!(waiting.state, MessageState::Waiting);
    assert!(waiting.next_at.is_some_and(|at| at > world.now), "its next step comes");
    assert_eq!(waiting.sent_at, Some(world.now));
    let opened = world.now.plus(std::time::Duration::from_secs(5));
    let of = Some(ORG);
    world
        .store
        .open(of, waiting.message, OpenClass::Tap, None, opened)
        .await
        .unwrap();
    let told = &page(&world, None, 1).await[0];
    assert_eq!(told.state, MessageState::Opened);
    assert_eq!(
        (told.opened_at, told.opened_channel),
        (Some(opened), Some(Channel::Push))
    );
    assert_eq!(told.next_at, None);
}
