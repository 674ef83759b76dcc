//! What a file takes away is in force when its batch is, not when the import ends.

use crate::consent::{says, willing};
use crate::incoming::{SMSC, card, take};
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::guests::{BlacklistMark, GuestBase, Organisations};
use bellhop_store::import::{ImportOptions, ImportProgress};
use std::fmt::Write as _;

crate::on_both![
    a_no_is_in_force_with_its_batch,
    what_a_file_attaches_brings_its_no_with_its_batch,
];

/// More rows than one batch takes.
const ROWS: usize = 20_050;

/// Imports these rows and many others, and dies after the first batch.
async fn killed_after_one_batch(world: &World, first: &str) {
    let mut csv = "customer_id,phone,marketing_consent\n".to_owned() + first;
    for n in 0..ROWS {
        let _ = writeln!(csv, "other-{n},,yes");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("customers.csv");
    std::fs::write(&file, csv).unwrap();
    let (store, now) = (world.store.clone(), world.now);
    let org = store.organisation_by_id(ORG).await.unwrap();
    let import = tokio::spawn(async move {
        let die = |progress: ImportProgress| {
            assert!(progress.rows < ROWS as u64, "after its first batch");
            panic!("killed");
        };
        let options = ImportOptions {
            by_hand: Default::default(),
            dry_run: false,
            errors: None,
            language: bellhop_domain::words::Language::En,
            progress: &die,
        };
        drop(store.import_customers(&org, &file, options, now).await);
    });
    let end = import.await.unwrap_err().into_panic();
    assert_eq!(end.downcast_ref::<&str>(), Some(&"killed"));
    assert!(
        world.number("SELECT COUNT(*) AS x FROM stale_customers").await > 0,
        "it was not settled"
    );
}

/// Whom a running mailing still writes to: the last question before a request.
async fn started(world: &World, held: &Held) -> Vec<CustomerId> {
    let started = world.start(held).await;
    let to = held.messages.iter().filter(|m| started.contains(&m.id));
    to.filter_map(|m| m.customer).collect()
}

async fn a_no_is_in_force_with_its_batch(mut world: World) {
    card(&world, "anna", "+79990000001").await;
    let boris = card(&world, "boris", "+79990000002").await;
    world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 2);
    world.later(1_000);
    killed_after_one_batch(&world, "anna,,no\n").await;
    assert_eq!(started(&world, &held).await, [boris]);
}

async fn what_a_file_attaches_brings_its_no_with_its_batch(mut world: World) {
    card(&world, "anna", "+79990000001").await;
    card(&world, "boris", "+79990000002").await;
    let vera = card(&world, "vera", "+79990000003").await;
    let marked = willing(&world, "marked").await;
    let mark = BlacklistMark {
        reason: "rude".to_owned(),
    };
    world
        .store
        .set_blacklist(ORG, marked, Some(&mark), "anna", world.now)
        .await
        .unwrap();
    card(&world, "marked", "+79990000008").await;
    take(&world, &SMSC, &says("+79990000009", "1", world.now, "STOP")).await;
    world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 3);
    world.later(1_000);
    killed_after_one_batch(&world, "anna,+79990000009,\nboris,+79990000008,\n").await;
    assert_eq!(started(&world, &held).await, [vera]);
}
