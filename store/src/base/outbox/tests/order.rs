//! In which order, and that nothing is lost.

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

on_both_databases!(
    a_reader_reads_in_order_from_its_place,
    what_is_rolled_back_was_never_there,
    writers_at_once_lose_nothing_and_keep_their_order,
);

async fn a_reader_reads_in_order_from_its_place(it: Fixture) {
    let reader = reader("a");
    assert!(it.has_nothing_for(&reader).await);
    it.commit(&["1", "2"]).await;
    it.commit(&["3"]).await;
    assert_eq!(it.read(&reader, 2).await, ["1", "2"]);
    assert_eq!(it.read(&reader, 2).await, ["3"]);
    assert!(it.has_nothing_for(&reader).await);
    it.commit(&["4"]).await;
    assert_eq!(it.read(&reader, 2).await, ["4"]);
}

async fn what_is_rolled_back_was_never_there(it: Fixture) {
    let mut tx = it.begin().await;
    append(&mut tx, &[notice("never", NOW)]).await.unwrap();
    roll_back(tx).await;
    it.commit(&["1"]).await;
    assert_eq!(it.read(&reader("a"), 10).await, ["1"]);
}

const WRITERS: u64 = 4;
const COMMITS: u64 = 40;

/// Commits, or rolls back, one to three notices at a time, others between.
async fn write(store: SqlStore, writer: u64) -> Vec<String> {
    let mut chance = StdRng::seed_from_u64(writer);
    let mut committed = Vec::new();
    for commit in 0..COMMITS {
        let mut tx = Session::begin(&store.db).await.unwrap();
        let mut appended = Vec::new();
        for n in 0..chance.random_range(1..=3) {
            let object = format!("{writer}/{commit}/{n}");
            append(&mut tx, &[notice(&object, NOW)]).await.unwrap();
            appended.push(object);
            for _ in 0..chance.random_range(0..20) {
                tokio::task::yield_now().await;
            }
        }
        if chance.random_bool(0.8) {
            tx.commit().await.unwrap();
            committed.append(&mut appended);
        } else {
            roll_back(tx).await;
        }
    }
    committed
}

fn by_writer(objects: Vec<String>) -> BTreeMap<String, Vec<String>> {
    let mut by_writer: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in objects {
        let writer = object.split('/').next().unwrap().to_owned();
        by_writer.entry(writer).or_default().push(object);
    }
    by_writer
}

async fn writers_at_once_lose_nothing_and_keep_their_order(it: Fixture) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(it.store.clone(), writer));
    }
    let (beside, after) = (reader("beside"), reader("after"));
    let (mut read, mut committed) = (Vec::new(), Vec::new());
    while !writers.is_empty() {
        if let Some(written) = writers.try_join_next() {
            committed.extend(written.unwrap());
        }
        let handed = it.look(&beside, 3, NOW).await;
        if let Some(upto) = handed.upto {
            it.store.acknowledge(&beside, upto).await.unwrap();
        }
        read.extend(objects(&handed));
    }
    while read.len() < committed.len() {
        read.extend(it.read(&beside, 1_000).await);
    }
    let mut at_once = Vec::new();
    while at_once.len() < committed.len() {
        at_once.extend(it.read(&after, 1_000).await);
    }
    assert_eq!(read, at_once, "both read the same in the same order");
    assert_eq!(by_writer(read), by_writer(committed));
}

/// The number of the first is lower, and it is committed later: a reader who goes by numbers alone loses it.
#[tokio::test]
async fn a_commit_that_comes_late_is_read_all_the_same() {
    let (it, reader) = (on_postgres().await, reader("a"));
    let mut late = it.begin().await;
    append(&mut late, &[notice("late", NOW)]).await.unwrap();
    it.commit(&["early"]).await;
    let nothing = it.look(&reader, 10, NOW).await;
    assert!(nothing.upto.is_none(), "there may be one before it");
    assert_eq!(nothing.more, More::Soon, "whoever reads asks again in a moment");
    late.commit().await.unwrap();
    assert_eq!(it.read(&reader, 10).await, ["late", "early"]);
}

/// A transaction has its id from its first write on, and what it says last may answer what was committed meanwhile.
#[tokio::test]
async fn an_answer_comes_after_what_it_answers() {
    let (it, reader) = (on_postgres().await, reader("a"));
    let mut answers = it.begin().await;
    let write = "INSERT INTO outbox_readers (name, place) VALUES ('another', 0)";
    answers.execute(crate::sql::sql(write)).await.unwrap();
    it.commit(&["question"]).await;
    append(&mut answers, &[notice("answer", NOW)]).await.unwrap();
    answers.commit().await.unwrap();
    assert_eq!(it.read(&reader, 10).await, ["question", "answer"]);
}

/// It holds up what was appended since it began, but only as long as it lasts; what was read before is not read
/// again.
#[tokio::test]
async fn a_long_transaction_delays_and_loses_nothing() {
    let (it, reader) = (on_postgres().await, reader("a"));
    it.commit(&["before"]).await;
    assert_eq!(it.read(&reader, 10).await, ["before"]);
    assert_eq!(it.look(&reader, 10, NOW).await.more, More::No);
    let mut long = it.begin().await;
    let write = "INSERT INTO outbox_readers (name, place) VALUES ('another', 0)";
    long.execute(crate::sql::sql(write)).await.unwrap();
    for object in ["1", "2"] {
        it.commit(&[object]).await;
        assert!(it.has_nothing_for(&reader).await);
    }
    roll_back(long).await;
    it.commit(&["3"]).await;
    // By as many looks as the other tests' transactions on the server ask for.
    let mut read = Vec::new();
    while read.len() < 3 {
        read.extend(it.read(&reader, 10).await);
    }
    assert_eq!(read, ["1", "2", "3"]);
}
