//! Uploads, mappings, and work on files under a lease.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::Timestamp;
use bellhop_domain::fault::Why;
use bellhop_store::files::*;
use bellhop_store::guests::{CustomerCard, GuestBase};
use bellhop_store::ledger::Once;
use bellhop_store::{Erasing, FilesBook, StoreError};
use std::time::Duration;

on_both_databases!(
    uploads_together_are_bounded_and_end,
    a_mapping_is_kept_under_its_name,
    a_job_is_in_one_hand_and_begun_again_after_its_lease,
    nobodys_second_job_comes_before_anybodys_first,
    a_request_that_comes_twice_makes_one_job,
    an_erasure_ends_exports_and_leaves_imports,
);

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn new_upload(bytes: u64) -> NewUpload<'static> {
    NewUpload {
        name: "../../guests.csv",
        bytes,
        place: "aa",
        expires_at: after(60),
        together: 100,
    }
}

fn new_job(kind: JobKind) -> NewJob<'static> {
    NewJob {
        kind,
        about: "{\"file\":\"guests.csv\"}",
        asked: "{\"secret\":1}",
        place: "bb",
        most: 2,
    }
}

async fn uploads_together_are_bounded_and_end(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let declare = async |bytes| store.declare_upload(org, &new_upload(bytes), None, "tester", NOW).await;
    let first = declare(60).await.unwrap();
    let refused = declare(41).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Conflict(Why::UploadsFull { most: 100 })),
        "{refused:?}"
    );
    let second = declare(40).await.unwrap();
    assert_eq!(store.upload(org, first, NOW).await.unwrap().bytes, 60);
    let other = database.another().await;
    assert!(
        other.store.upload(other.org.id, first, NOW).await.is_err(),
        "another organisation's"
    );
    let ids = |page: Vec<Upload>| page.into_iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(store.uploads(org, None, 10, NOW).await.unwrap()), [second, first]);
    assert_eq!(ids(store.uploads(org, Some(second), 10, NOW).await.unwrap()), [first]);
    // One that was given up makes room, and both go when their time is over.
    store.end_upload(org, first, NOW).await.unwrap();
    assert!(store.upload(org, first, NOW).await.is_err());
    declare(60).await.unwrap();
    assert_eq!(store.files_over(10, NOW).await.unwrap().len(), 1);
    let over = store.files_over(10, after(60)).await.unwrap();
    assert_eq!(over.len(), 3);
    store.forget_files(&over, after(60)).await.unwrap();
    assert!(store.files_over(10, after(60)).await.unwrap().is_empty());
}

async fn a_mapping_is_kept_under_its_name(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let mapping: ColumnMapping = [
        ("phone".to_owned(), Some("Тел. 2".to_owned())),
        ("email".to_owned(), None),
    ]
    .into();
    assert!(store.mapping(org, "iiko").await.is_err());
    store
        .keep_mapping(org, "iiko", Holds::Guests, &mapping, "tester", NOW)
        .await
        .unwrap();
    let kept = store.mapping(org, "iiko").await.unwrap();
    assert_eq!((kept.holds, &kept.mapping, kept.version), (Holds::Guests, &mapping, 1));
    store
        .keep_mapping(org, "iiko", Holds::Orders, &ColumnMapping::new(), "tester", NOW)
        .await
        .unwrap();
    let kept = store.mapping(org, "iiko").await.unwrap();
    assert_eq!((kept.holds, kept.mapping.len(), kept.version), (Holds::Orders, 0, 2));
    let other = database.another().await;
    assert!(other.store.mappings(other.org.id).await.unwrap().is_empty());
    store.remove_mapping(org, "iiko", "tester", NOW).await.unwrap();
    assert!(store.mappings(org).await.unwrap().is_empty());
    assert!(store.remove_mapping(org, "iiko", "tester", NOW).await.is_err());
}

async fn a_job_is_in_one_hand_and_begun_again_after_its_lease(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let ask = async || store.ask_job(org, &new_job(JobKind::Import), None, "tester", NOW).await;
    let id = ask().await.unwrap();
    ask().await.unwrap();
    let many = ask().await.unwrap_err();
    assert!(
        matches!(many, StoreError::Conflict(Why::FileJobsMany { most: 2 })),
        "{many:?}"
    );
    assert!(store.take_job(JobKind::Export, after(30), NOW).await.unwrap().is_none());
    let first = store.take_job(JobKind::Import, after(30), NOW).await.unwrap().unwrap();
    assert_eq!((first.id, first.tries, first.state), (id, 1, JobState::Running));
    assert_ne!(
        store
            .take_job(JobKind::Import, after(30), NOW)
            .await
            .unwrap()
            .unwrap()
            .id,
        id
    );
    assert!(store.take_job(JobKind::Import, after(30), NOW).await.unwrap().is_none());
    // It lives as long as it says so; then it is another's.
    let progress = JobProgress {
        rows: 10,
        refused: 1,
        bytes: 100,
        of_bytes: 1_000,
    };
    assert!(store.keep_job(id, 1, &progress, after(60)).await.unwrap());
    let again = store
        .take_job(JobKind::Import, after(90), after(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((again.id, again.tries, again.progress), (id, 2, progress));
    assert!(!store.keep_job(id, 1, &progress, after(90)).await.unwrap());
    let end = JobEnd {
        state: JobState::Done,
        told: "{}",
        expires_at: after(100),
    };
    assert!(
        !store.end_job(id, 1, &end, after(61)).await.unwrap(),
        "the first has lost it"
    );
    assert!(store.end_job(id, 2, &end, after(61)).await.unwrap());
    let done = store.file_job(org, JobKind::Import, id).await.unwrap();
    assert_eq!((done.state, done.asked.as_str()), (JobState::Done, "{}"));
    assert!(store.file_job(org, JobKind::Export, id).await.is_err());
    assert!(
        store.export_of_link(id).await.unwrap().is_none(),
        "no import is an export"
    );
    assert_eq!(store.files_over(10, after(100)).await.unwrap().len(), 1);
}

async fn nobodys_second_job_comes_before_anybodys_first(database: Database) {
    let other = database.another().await;
    let ask = async |org| {
        database
            .store
            .ask_job(org, &new_job(JobKind::Import), None, "tester", NOW)
            .await
            .unwrap()
    };
    let (first, second) = (ask(database.org.id).await, ask(database.org.id).await);
    let theirs = ask(other.org.id).await;
    let take = async || {
        database
            .store
            .take_job(JobKind::Import, after(30), NOW)
            .await
            .unwrap()
            .unwrap()
            .id
    };
    assert_eq!([take().await, take().await, take().await], [first, theirs, second]);
}

async fn a_request_that_comes_twice_makes_one_job(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let once = Once { key: "k", request: "r" };
    let ask = async |once: &Once<'_>| {
        store
            .ask_job(org, &new_job(JobKind::Export), Some(once), "tester", NOW)
            .await
    };
    let id = ask(&once).await.unwrap();
    assert_eq!(ask(&once).await.unwrap(), id);
    assert!(
        ask(&Once {
            request: "other",
            ..once
        })
        .await
        .is_err()
    );
    assert_eq!(store.file_jobs(org, JobKind::Export, None, 10).await.unwrap().len(), 1);
}

async fn an_erasure_ends_exports_and_leaves_imports(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let other = database.another().await;
    let guest = CustomerCard {
        external_id: "gone".to_owned(),
        ..CustomerCard::default()
    };
    store.put_customers(org, &[guest], "import", NOW).await.unwrap();
    let export = store
        .ask_job(org, &new_job(JobKind::Export), None, "tester", NOW)
        .await
        .unwrap();
    let import = store
        .ask_job(org, &new_job(JobKind::Import), None, "tester", NOW)
        .await
        .unwrap();
    let theirs = store
        .ask_job(other.org.id, &new_job(JobKind::Export), None, "tester", NOW)
        .await
        .unwrap();
    let job = store.take_job(JobKind::Export, after(30), NOW).await.unwrap().unwrap();
    assert_eq!(job.id, export);
    store
        .erase(org, database.id("gone").await, "tester", NOW)
        .await
        .unwrap();
    let state = async |org, kind, id| store.file_job(org, kind, id).await.unwrap().state;
    assert_eq!(state(org, JobKind::Export, export).await, JobState::Erased);
    assert_eq!(store.file_job(org, JobKind::Export, export).await.unwrap().asked, "{}");
    assert_eq!(state(org, JobKind::Import, import).await, JobState::Waiting);
    assert_eq!(state(other.org.id, JobKind::Export, theirs).await, JobState::Waiting);
    // Whoever is making it may not end it, and its file goes.
    assert!(
        !store
            .keep_job(export, 1, &JobProgress::default(), after(60))
            .await
            .unwrap()
    );
    assert_eq!(store.files_over(10, NOW).await.unwrap().len(), 1);
}
