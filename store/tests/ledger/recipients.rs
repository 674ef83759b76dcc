//! Recipients of a run: each once, by pages, by what a figure says of them.

use crate::world::*;
use bellhop_domain::message::MessageState;
use bellhop_store::ledger::*;

crate::on_both![
    every_recipient_is_on_one_page,
    what_is_rare_is_found_by_short_pages,
    a_figure_names_its_guests,
];

/// All pages, and how many there were.
async fn all(world: &World, run: &Run, filter: &RecipientFilter, limit: u32, looked_at: u32) -> (Vec<String>, usize) {
    let (mut found, mut after, mut pages) = (Vec::new(), 0, 0);
    loop {
        let page = world
            .store
            .recipients(run, filter, after, limit, looked_at)
            .await
            .unwrap();
        assert!(page.recipients.len() <= limit as usize);
        found.extend(page.recipients.into_iter().map(|it| it.customer.unwrap()));
        pages += 1;
        match page.next {
            Some(next) => after = next,
            None => return (found, pages),
        }
    }
}

async fn every_recipient_is_on_one_page(world: World) {
    world.guests(23).await;
    let run = world.planned(&[PUSH]).await;
    let run = world.store.run(run).await.unwrap();
    for (limit, looked_at, pages) in [(5, 1_000, 5), (23, 1_000, 2), (100, 1_000, 1), (100, 10, 3), (7, 7, 4)] {
        let (mut found, made) = all(&world, &run, &RecipientFilter::default(), limit, looked_at).await;
        assert_eq!(made, pages, "{limit} of {looked_at}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 23, "{limit} of {looked_at}");
    }
}

async fn what_is_rare_is_found_by_short_pages(world: World) {
    world.guests(23).await;
    let run = world.planned(&[PUSH]).await;
    world
        .exec("UPDATE messages SET state = 14, reason = 'gone' WHERE customer_id = 20")
        .await;
    let run = world.store.run(run).await.unwrap();
    let rare = RecipientFilter {
        reason: Some("gone".to_owned()),
        ..RecipientFilter::default()
    };
    let (found, pages) = all(&world, &run, &rare, 50, 4).await;
    assert_eq!((found.len(), pages), (1, 6), "{found:?}");
}

async fn a_figure_names_its_guests(world: World) {
    world.guests(4).await;
    let run = world.planned(&[PUSH]).await;
    world
        .exec("UPDATE messages SET opened_at = 5 WHERE customer_id IN (2, 3)")
        .await;
    world.exec("UPDATE messages SET state = 2 WHERE customer_id = 3").await;
    let run = world.store.run(run).await.unwrap();
    let count = async |filter: RecipientFilter| all(&world, &run, &filter, 10, 100).await.0.len();
    let of = |state, opened| RecipientFilter {
        state,
        opened,
        reason: None,
    };
    assert_eq!(count(of(None, Some(true))).await, 2);
    assert_eq!(count(of(None, Some(false))).await, 2);
    assert_eq!(count(of(Some(MessageState::Pending), None)).await, 3);
    assert_eq!(count(of(Some(MessageState::InFlight), Some(true))).await, 1);
    assert_eq!(count(of(Some(MessageState::InFlight), Some(false))).await, 0);
}
