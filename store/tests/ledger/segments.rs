//! Saved segments: kept once by a name, used by reference, and meant as they are at the start of a run.

use crate::world::*;
use bellhop_domain::fault::Why;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use bellhop_store::ledger::*;
use bellhop_store::segments::{NewSegment, SegmentBook, SegmentUse};
use bellhop_store::{Audience, Erasing, StoreError};

crate::on_both![
    a_segment_is_kept_once_and_changed_by_who_has_read_it,
    who_uses_it_is_known_and_keeps_it,
    a_run_means_it_as_it_was_at_the_start,
    a_filter_asks_it_as_it_is,
    recipients_are_found_by_state_and_reason,
    who_is_erased_is_on_no_list_of_a_segment,
    a_changed_segment_is_approved_by_nobody,
];

fn filter(text: &str) -> Segment {
    text.parse().unwrap()
}

impl World {
    pub async fn segment(&self, name: &str, of: &str) -> SegmentId {
        let filter = filter(of);
        let new = NewSegment {
            name,
            description: "",
            filter: &filter,
        };
        let made = self.store.create_segment(ORG, &new, None, "anna", self.now);
        made.await.unwrap()
    }

    async fn changed(&self, at: (SegmentId, i64), to: &str) -> bool {
        let filter = filter(to);
        let to = NewSegment {
            name: "s",
            description: "d",
            filter: &filter,
        };
        let changed = self.store.change_segment(ORG, at, &to, "anna", self.now);
        changed.await.unwrap()
    }

    async fn count(&self, of: &str) -> u64 {
        let filter = filter(of);
        let counted = self.store.count(ORG, &filter, self.now);
        counted.await.unwrap().count
    }
}

/// A mailing to a segment.
fn to(segment: SegmentId) -> String {
    spec(&[PUSH]).replace(r#"{"all":[]}"#, &format!(r#"{{"segment":{segment}}}"#))
}

fn conflict<T: std::fmt::Debug>(answer: bellhop_store::Result<T>) -> Why {
    match answer {
        Err(StoreError::Conflict(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn a_segment_is_kept_once_and_changed_by_who_has_read_it(world: World) {
    let all = filter(r#"{"all":[]}"#);
    let new = NewSegment {
        name: "s",
        description: "why",
        filter: &all,
    };
    let once = Once { key: "k", request: "r" };
    let make = || world.store.create_segment(ORG, &new, Some(&once), "anna", world.now);
    let (a, b) = tokio::join!(make(), make());
    let id = a.unwrap();
    assert_eq!(b.unwrap(), id);
    let twice = world.store.create_segment(ORG, &new, None, "anna", world.now).await;
    assert_eq!(conflict(twice), Why::SegmentTaken { name: "s".to_owned() });
    let nested = filter(r#"{"segment":1}"#);
    let of_segments = NewSegment {
        name: "n",
        filter: &nested,
        ..new
    };
    let refused = world
        .store
        .create_segment(ORG, &of_segments, None, "anna", world.now)
        .await;
    assert_eq!(conflict(refused), Why::SegmentOfSegments);
    assert!(world.changed((id, 1), r#"{"has":["sms"]}"#).await);
    assert!(!world.changed((id, 1), r#"{"has":["app"]}"#).await);
    let kept = world.store.segment(ORG, id).await.unwrap();
    assert_eq!((kept.version, kept.description.as_str()), (2, "d"));
    assert_eq!(kept.filter, filter(r#"{"has":["sms"]}"#));
    // Another organisation has none.
    assert!(matches!(
        world.store.segment(OrgId(2), id).await,
        Err(StoreError::NotFound { .. })
    ));
    assert!(!world.store.remove_segment(ORG, id, 1, "anna", world.now).await.unwrap());
    assert!(world.store.remove_segment(ORG, id, 2, "anna", world.now).await.unwrap());
    assert_eq!(world.store.segments(ORG, None, 10).await.unwrap().total, 0);
    let log = world.column("SELECT action AS x FROM audit_log ORDER BY id").await;
    assert_eq!(log, ["segment.create", "segment.change", "segment.remove"]);
}

async fn who_uses_it_is_known_and_keeps_it(world: World) {
    let (id, other) = (
        world.segment("s", r#"{"all":[]}"#).await,
        world.segment("t", r#"{"all":[]}"#).await,
    );
    let file = to(id);
    let mailing = world
        .store
        .create_mailing(ORG, "m", &file, "anna", world.now)
        .await
        .unwrap();
    let uses = world.store.segment_uses(ORG, id).await.unwrap();
    assert_eq!(uses, [SegmentUse::Mailing(mailing, "m".to_owned())]);
    let refused = world.store.remove_segment(ORG, id, 1, "anna", world.now).await;
    assert!(matches!(conflict(refused), Why::SegmentUsed { .. }));
    let file = to(other);
    let edit = MailingEdit {
        id: mailing,
        version: 1,
        name: "m",
        spec: &file,
    };
    assert!(world.store.change_mailing(ORG, edit, "anna", world.now).await.unwrap());
    assert_eq!(world.store.segment_uses(ORG, id).await.unwrap(), []);
    assert_eq!(world.store.segment_uses(ORG, other).await.unwrap().len(), 1);
    assert!(world.store.remove_segment(ORG, id, 1, "anna", world.now).await.unwrap());
    // A draft that is removed uses nothing.
    assert!(
        world
            .store
            .remove_mailing(ORG, mailing, 2, "anna", world.now)
            .await
            .unwrap()
    );
    assert_eq!(world.store.segment_uses(ORG, other).await.unwrap(), []);
}

async fn a_run_means_it_as_it_was_at_the_start(world: World) {
    world.guests(20).await;
    let some: Vec<String> = (1..=12).map(|n| format!("\"c{n}\"")).collect();
    let id = world
        .segment("s", &format!(r#"{{"customers":[{}]}}"#, some.join(",")))
        .await;
    let run = world.launch(&to(id)).await;
    // A page of it is planned, and then somebody changes the segment.
    world.page(run, 7).await;
    assert!(world.changed((id, 1), r#"{"all":[]}"#).await);
    world.plan(run).await;
    let planned = format!("SELECT COUNT(*) AS x FROM messages WHERE run_id = {run}");
    assert_eq!(world.number(&planned).await, 12);
    let next = world.launch(&to(id)).await;
    world.plan(next).await;
    let planned = format!("SELECT COUNT(*) AS x FROM messages WHERE run_id = {next}");
    assert_eq!(world.number(&planned).await, 20);
}

async fn a_filter_asks_it_as_it_is(world: World) {
    world.guests(5).await;
    let id = world.segment("s", r#"{"customers":["c1","c2"]}"#).await;
    let (inside, outside) = (
        format!(r#"{{"segment":{id}}}"#),
        format!(r#"{{"not":{{"segment":{id}}}}}"#),
    );
    assert_eq!((world.count(&inside).await, world.count(&outside).await), (2, 3));
    let why = world
        .store
        .explain(ORG, &filter(&inside), world.now, "c1")
        .await
        .unwrap();
    assert!(why.matches, "{why}");
    assert!(world.changed((id, 1), r#"{"customers":["c1","c2","c3"]}"#).await);
    assert_eq!((world.count(&inside).await, world.count(&outside).await), (3, 2));
    // One that is not there means nobody, and nobody else either.
    for unknown in [r#"{"segment":99}"#, r#"{"not":{"segment":99}}"#] {
        let refused = world.store.count(ORG, &filter(unknown), world.now).await;
        assert!(
            matches!(refused, Err(StoreError::NotFound { what: "segment", .. })),
            "{refused:?}"
        );
    }
    let named = filter(&format!(r#"{{"any":[{{"segment":{id}}},{{"segment":99}}]}}"#));
    let unknown = world.store.unknown_segments(ORG, &named).await.unwrap();
    assert_eq!(unknown, [SegmentId(99)]);
}

async fn recipients_are_found_by_state_and_reason(world: World) {
    world.guests(6).await;
    let run = world.planned(&[PUSH]).await;
    world
        .exec("UPDATE messages SET state = 13, reason = 'gone' WHERE customer_id IN (1, 2)")
        .await;
    world
        .exec("UPDATE messages SET state = 12, reason = 'cap' WHERE customer_id = 3")
        .await;
    let of = |rest: &str| format!(r#"{{"run":{{"id":{run}{rest}}}}}"#);
    for (rest, expected) in [
        ("", 6),
        (r#","state":["failed"]"#, 2),
        (r#","state":["failed","suppressed"]"#, 3),
        (r#","state":["suppressed"],"reason":"cap""#, 1),
        (r#","reason":"gone""#, 2),
        (r#","reason":"other""#, 0),
    ] {
        assert_eq!(world.count(&of(rest)).await, expected, "{rest}");
    }
    // A test is no run of anybody's.
    world.exec("UPDATE runs SET test = TRUE").await;
    assert_eq!(world.count(&of("")).await, 0);
}

async fn who_is_erased_is_on_no_list_of_a_segment(world: World) {
    world.guests(3).await;
    let id = world.segment("s", r#"{"customers":["c1","c2"]}"#).await;
    world.store.erase(ORG, CustomerId(1), "anna", world.now).await.unwrap();
    let kept = world.store.segment(ORG, id).await.unwrap();
    assert_eq!(kept.filter, filter(r#"{"customers":["erased","c2"]}"#));
}

async fn a_changed_segment_is_approved_by_nobody(world: World) {
    world
        .exec("INSERT INTO people (id, org_id, email, name, locale, role, created_at) VALUES (7, 1, 'p@x.example', 'P', 'en', 2, 0)")
        .await;
    let id = world.segment("s", r#"{"all":[]}"#).await;
    let file = to(id);
    let mailing = world
        .store
        .create_mailing(ORG, "m", &file, "anna", world.now)
        .await
        .unwrap();
    let by = (PersonId(7), "P");
    assert!(world.store.approve(ORG, mailing, 1, by, world.now).await.unwrap());
    let text = "SELECT COUNT(*) AS x FROM launch_approvals";
    assert_eq!(world.number(text).await, 1);
    assert!(world.changed((id, 1), r#"{"has":["app"]}"#).await);
    assert_eq!(world.number(text).await, 0);
}
