//! Readers beside each other, their ends, and what is pruned behind them.

use super::*;
use crate::base::outbox::{Lag, Pruned};

on_both_databases!(
    readers_have_places_of_their_own,
    what_a_reader_dies_over_is_handed_over_again,
    who_is_still_at_it_keeps_the_turn,
    rows_go_when_the_slowest_has_them,
    a_dead_reader_holds_up_nobody,
    without_readers_rows_go_by_their_age,
    a_kind_that_a_reader_does_not_know_is_passed_over,
);

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

async fn readers_have_places_of_their_own(it: Fixture) {
    let (quick, slow) = (reader("quick"), reader("slow"));
    it.commit(&["1", "2", "3"]).await;
    assert_eq!(it.read(&quick, 10).await, ["1", "2", "3"]);
    assert_eq!(it.read(&slow, 1).await, ["1"]);
    let lag = |name: &str, rows, since| Lag {
        reader: name.to_owned(),
        rows,
        since,
    };
    assert_eq!(
        it.store.lags().await.unwrap(),
        [lag("quick", 0, None), lag("slow", 2, Some(NOW))]
    );
    assert_eq!(it.read(&slow, 10).await, ["2", "3"]);
}

async fn what_a_reader_dies_over_is_handed_over_again(it: Fixture) {
    let one = reader("a");
    let other = Reader {
        holder: "other".to_owned(),
        ..one.clone()
    };
    it.commit(&["1"]).await;
    let handed = it.handed(&one, 10, NOW).await;
    assert_eq!(objects(&handed), ["1"]);
    // It is at work, or dead: nobody knows yet. And it may ask again itself.
    assert_eq!(it.look(&other, 10, at(29)).await.upto, None);
    assert_eq!(it.handed(&one, 10, NOW).await, handed);
    let again = it.handed(&other, 10, at(31)).await;
    assert_eq!(again, handed);
    // Not dead after all, and too late: it is the other's turn.
    it.store.acknowledge(&one, handed.upto.unwrap()).await.unwrap();
    assert_eq!(it.handed(&other, 10, at(32)).await, handed);
    it.store.acknowledge(&other, again.upto.unwrap()).await.unwrap();
    assert_eq!(it.look(&other, 10, at(33)).await.upto, None);
    // Who is done gives up the turn.
    it.commit(&["2"]).await;
    assert_eq!(objects(&it.handed(&one, 10, at(33)).await), ["2"]);
}

async fn who_is_still_at_it_keeps_the_turn(it: Fixture) {
    let one = reader("a");
    let other = Reader {
        holder: "other".to_owned(),
        ..one.clone()
    };
    it.commit(&["1"]).await;
    let handed = it.handed(&one, 10, NOW).await;
    it.store.keep_turn(&one, at(20)).await.unwrap();
    assert_eq!(it.look(&other, 10, at(49)).await.upto, None, "it is slow, and lives");
    assert_eq!(it.handed(&other, 10, at(51)).await, handed);
    // Whose turn it is not keeps none.
    it.store.keep_turn(&one, at(60)).await.unwrap();
    assert_eq!(it.look(&one, 10, at(80)).await.upto, None);
    it.store.acknowledge(&other, handed.upto.unwrap()).await.unwrap();
    it.store.keep_turn(&other, at(80)).await.unwrap();
    it.commit(&["2"]).await;
    assert_eq!(
        objects(&it.handed(&one, 10, at(81)).await),
        ["2"],
        "what was given up is not kept"
    );
}

async fn rows_go_when_the_slowest_has_them(it: Fixture) {
    let (quick, slow) = (reader("quick"), reader("slow"));
    it.commit(&["1", "2", "3"]).await;
    it.read(&quick, 10).await;
    it.read(&slow, 1).await;
    assert_eq!(
        it.store.prune(DAY, at(900)).await.unwrap().rows,
        0,
        "streams may still ask for it"
    );
    let pruned = it.store.prune(DAY, at(901)).await.unwrap();
    assert_eq!((pruned.rows, pruned.dead.len()), (1, 0));
    assert_eq!(it.read(&slow, 10).await, ["2", "3"]);
    assert_eq!(it.store.prune(DAY, at(901)).await.unwrap().rows, 2);
    // Numbers of rows that are gone do not come again.
    it.commit(&["4"]).await;
    assert_eq!(it.read(&quick, 10).await, ["4"]);
    assert_eq!(it.read(&slow, 10).await, ["4"]);
}

async fn a_dead_reader_holds_up_nobody(it: Fixture) {
    let (alive, dead) = (reader("alive"), reader("dead"));
    it.commit(&["1", "2"]).await;
    it.read(&dead, 1).await;
    it.read(&alive, 10).await;
    assert_eq!(
        it.store.prune(DAY, at(86_400)).await.unwrap().rows,
        1,
        "it may come back"
    );
    let expected = Pruned {
        rows: 1,
        dead: vec!["dead".to_owned()],
    };
    assert_eq!(it.store.prune(DAY, at(86_401)).await.unwrap(), expected);
    // One that has read everything lives, however long ago that was.
    it.commit_at(&["3"], at(900_000)).await;
    assert_eq!(it.store.prune(DAY, at(900_000)).await.unwrap(), Pruned::default());
    assert_eq!(it.read(&alive, 10).await, ["3"]);
    assert_eq!(it.read(&dead, 10).await, ["3"], "it begins anew");
}

async fn without_readers_rows_go_by_their_age(it: Fixture) {
    it.commit_at(&["1"], NOW).await;
    it.commit_at(&["2"], at(10)).await;
    assert_eq!(it.store.prune(DAY, at(86_405)).await.unwrap().rows, 1);
    assert_eq!(it.read(&reader("new"), 10).await, ["2"]);
}

async fn a_kind_that_a_reader_does_not_know_is_passed_over(it: Fixture) {
    let mut tx = it.begin().await;
    append(&mut tx, &[notice("1", NOW)]).await.unwrap();
    let of_the_next_version = "UPDATE outbox SET kind = 99, body = '{\"new\":1}'";
    tx.execute(crate::sql::sql(of_the_next_version)).await.unwrap();
    append(&mut tx, &[notice("2", NOW)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(it.read(&reader("a"), 1).await, [""; 0]);
    assert_eq!(it.read(&reader("a"), 1).await, ["2"]);
}
