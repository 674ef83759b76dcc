//! How far new numbers are (PRODUCT.md §8): kept by the ledger, whoever asks and whatever their clocks say.

use crate::world::*;
use bellhop_domain::warm_up::Progress;
use bellhop_domain::*;
use bellhop_store::ledger::SentLately;
use futures_util::future::join_all;

crate::on_both!(
    a_number_begins_with_the_first_question_and_skips_no_day,
    workers_who_ask_at_once_agree
);

const DAY: i64 = 24 * 60 * MINUTE;

async fn asked(world: &World, ms: i64) -> (u32, i64) {
    let now = Timestamp(world.now.0 + ms);
    let progress = world.store.warm_up(ORG, SENDER, now).await.unwrap();
    let known = world.store.known_warm_up(ORG, SENDER).await.unwrap();
    assert_eq!(known, Some(progress), "the answer is kept");
    (progress.day, progress.since.0 - world.now.0)
}

async fn a_number_begins_with_the_first_question_and_skips_no_day(world: World) {
    assert_eq!(world.store.known_warm_up(ORG, SENDER).await.unwrap(), None);
    for (at, expected) in [
        (0, (0, 0)),
        (DAY - 1, (0, 0)),
        (DAY + 5, (1, DAY)),
        // A clock that was put back moves nothing, nor does one that comes right again.
        (-7 * DAY, (1, DAY)),
        (DAY + 6, (1, DAY)),
        // A week without the fleet is one day, which begins now.
        (9 * DAY, (2, 9 * DAY)),
        (10 * DAY - 1, (2, 9 * DAY)),
        (10 * DAY, (3, 10 * DAY)),
    ] {
        assert_eq!(asked(&world, at).await, expected, "at {at} ms");
    }
    let other = world.store.warm_up(ORG, "another", world.now).await.unwrap();
    assert_eq!(other, Progress::connected(world.now));
}

async fn workers_who_ask_at_once_agree(world: World) {
    for day in 0..4 {
        // Their clocks differ by some ms.
        let questions = (0..8).map(|ms| {
            world
                .store
                .warm_up(ORG, SENDER, Timestamp(world.now.0 + day * DAY + ms))
        });
        let answers: Vec<Progress> = join_all(questions).await.into_iter().map(Result::unwrap).collect();
        assert!(
            answers
                .iter()
                .all(|it| it.day == answers[0].day && i64::from(it.day) == day),
            "{answers:?}"
        );
        assert!(answers.iter().all(|it| it.since == answers[0].since), "{answers:?}");
        world
            .exec(&format!(
                "UPDATE sender_warm_ups SET since = {}",
                world.now.0 + day * DAY
            ))
            .await;
    }
}
