//! Followers, who keep their own places.

use super::*;
use crate::base::outbox::{ChangeLog, Changes, Place};

on_both_databases!(
    followers_read_in_order_from_where_they_are,
    what_was_told_stays_for_who_was_away,
    others_are_not_told_of_it,
);

fn told(changes: &Changes) -> Vec<String> {
    let object = |notice: &Notice| match &notice.what {
        What::Audited { object, .. } => object.clone(),
        other => panic!("{other:?}"),
    };
    changes.changes.iter().map(|it| object(&it.notice)).collect()
}

impl Fixture {
    /// What follows a place, once there is so much.
    async fn follow(&self, after: Place, limit: u32, count: usize) -> (Vec<String>, Place) {
        let begun = Instant::now();
        loop {
            let found = self.store.changes(None, after, limit).await.unwrap();
            if found.changes.len() >= count {
                return (told(&found), found.upto);
            }
            assert!(begun.elapsed() < PATIENCE, "only {found:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The end of the log, once nobody is under way.
    async fn end(&self) -> Place {
        let begun = Instant::now();
        loop {
            let end = self.store.log_end().await.unwrap();
            if end.complete == end.last {
                return end.last;
            }
            assert!(begun.elapsed() < PATIENCE, "{end:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn followers_read_in_order_from_where_they_are(it: Fixture) {
    let begin = it.end().await;
    assert_eq!(it.follow(begin, 10, 0).await, (vec![], begin));
    it.commit(&["1", "2"]).await;
    it.commit(&["3"]).await;
    let (first, place) = it.follow(begin, 2, 2).await;
    assert_eq!(first, ["1", "2"]);
    assert_eq!(it.follow(place, 2, 1).await.0, ["3"]);
    // Another one, from the beginning: nobody has a turn.
    assert_eq!(it.follow(begin, 10, 3).await.0, ["1", "2", "3"]);
    let mut tx = it.begin().await;
    append(&mut tx, &[notice("never", NOW)]).await.unwrap();
    roll_back(tx).await;
    let end = it.end().await;
    assert_eq!(it.follow(end, 10, 0).await.0, [""; 0]);
    it.commit(&["4"]).await;
    assert_eq!(it.follow(end, 10, 1).await.0, ["4"]);
}

async fn what_was_told_stays_for_who_was_away(it: Fixture) {
    let begin = it.end().await;
    it.commit(&["1"]).await;
    assert_eq!(it.read(&reader("log"), 10).await, ["1"]);
    let minutes = |minutes: u64| NOW.plus(Duration::from_secs(minutes * 60));
    assert_eq!(it.store.prune(DAY, minutes(14)).await.unwrap().rows, 0);
    assert_eq!(it.follow(begin, 10, 1).await.0, ["1"]);
    assert_eq!(it.store.prune(DAY, minutes(16)).await.unwrap().rows, 1);
    assert_eq!(it.follow(begin, 10, 0).await.0, [""; 0]);
    // The place of a row that is gone is behind whatever comes.
    assert!(it.end().await > begin);
}

async fn others_are_not_told_of_it(it: Fixture) {
    let begin = it.end().await;
    let mut tx = it.begin().await;
    let foreign = Notice {
        org: OrgId(2),
        ..notice("foreign", NOW)
    };
    append(&mut tx, &[foreign, notice("own", NOW)]).await.unwrap();
    tx.commit().await.unwrap();
    it.follow(begin, 10, 2).await;
    let found = it.store.changes(Some(OrgId(1)), begin, 10).await.unwrap();
    assert_eq!(told(&found), ["own"]);
}

/// The number of the first is lower, and it is committed later.
#[tokio::test]
async fn a_commit_that_comes_late_is_followed_all_the_same() {
    let it = on_postgres().await;
    let begin = it.end().await;
    let mut late = it.begin().await;
    append(&mut late, &[notice("late", NOW)]).await.unwrap();
    it.commit(&["early"]).await;
    let found = it.store.changes(None, begin, 10).await.unwrap();
    assert_eq!(
        (found.changes.len(), found.upto),
        (0, begin),
        "there may be one before it"
    );
    late.commit().await.unwrap();
    assert_eq!(it.follow(begin, 10, 2).await.0, ["late", "early"]);
}
