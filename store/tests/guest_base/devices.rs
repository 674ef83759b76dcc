//! Devices that a guest registers with a key that is no secret.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::{EndpointId, EndpointKind, Timestamp};
use bellhop_store::GuestBase;
use bellhop_store::guests::{Device, DeviceBounds, EndpointRegistration};

on_both_databases!(
    the_device_that_was_silent_longest_makes_room,
    a_guest_has_only_so_many_new_ones_a_day,
    what_is_known_is_taken_when_nothing_new_is,
    many_at_once_are_no_more_than_one_after_the_other,
);

const BOUNDS: DeviceBounds = DeviceBounds {
    live: 3,
    a_day: 5,
    new: true,
};
const DAY: i64 = 86_400_000;

fn device(address: &str, customer: Option<&str>) -> EndpointRegistration {
    EndpointRegistration {
        kind: EndpointKind::Fcm,
        address: address.to_owned(),
        customer: customer.map(str::to_owned),
        muted: false,
    }
}

fn id(device: Device) -> EndpointId {
    match device {
        Device::Known(id) | Device::New(id) => id,
        refused => panic!("{refused:?}"),
    }
}

async fn register(database: &Database, address: &str, customer: Option<&str>, at: i64) -> Device {
    let (it, now) = (device(address, customer), Timestamp(NOW.0 + at));
    let org = database.org.id;
    database.store.register_device(org, &it, BOUNDS, now).await.unwrap()
}

/// Which of these are alive; afterwards none is.
async fn alive(database: &Database, ids: &[EndpointId]) -> Vec<usize> {
    let (mut alive, late) = (Vec::new(), Timestamp(NOW.0 + 1_000 * DAY));
    for (n, id) in ids.iter().enumerate() {
        let retired = database.store.retire_endpoint(database.org.id, *id, late, "asked");
        if retired.await.unwrap() {
            alive.push(n);
        }
    }
    alive
}

async fn the_device_that_was_silent_longest_makes_room(database: Database) {
    // Installed again and again, a day and more between, the first one in use all the time.
    let mut ids = Vec::new();
    for n in 0..12 {
        let at = n * 2 * DAY;
        let new = register(&database, &format!("t{n}"), Some("c1"), at).await;
        assert!(matches!(new, Device::New(_)), "{new:?}");
        ids.push(id(new));
        let first = register(&database, "t0", Some("c1"), at + 1).await;
        assert!(matches!(first, Device::Known(_)), "{first:?}");
    }
    // One that had to go comes back, and another goes in its place; other guests and kinds are not concerned.
    register(&database, "t5", Some("c1"), 32 * DAY).await;
    ids.push(id(register(&database, "other", Some("c2"), 32 * DAY).await));
    let apple = EndpointRegistration {
        kind: EndpointKind::Apns,
        ..device(&"ab".repeat(32), Some("c1"))
    };
    let now = Timestamp(NOW.0 + 32 * DAY);
    let (store, org) = (&database.store, database.org.id);
    ids.push(id(store.register_device(org, &apple, BOUNDS, now).await.unwrap()));
    assert_eq!(alive(&database, &ids).await, [0, 5, 11, 12, 13]);
}

async fn a_guest_has_only_so_many_new_ones_a_day(database: Database) {
    for n in 0..5 {
        id(register(&database, &format!("t{n}"), Some("c1"), n).await);
    }
    for n in 5..9 {
        let refused = register(&database, &format!("t{n}"), Some("c1"), n).await;
        assert_eq!(refused, Device::TooMany);
    }
    // Nothing was written: without a guest it is new, and another guest may have it.
    assert!(matches!(register(&database, "t5", None, 10).await, Device::New(_)));
    assert_eq!(register(&database, "t5", Some("c1"), 11).await, Device::TooMany);
    assert!(matches!(
        register(&database, "t5", Some("c2"), 12).await,
        Device::Known(_)
    ));
    // An app that starts again is no new device, nor is one that had to make room.
    assert!(matches!(
        register(&database, "t4", Some("c1"), 13).await,
        Device::Known(_)
    ));
    assert!(matches!(
        register(&database, "t0", Some("c1"), 14).await,
        Device::Known(_)
    ));
    assert!(matches!(
        register(&database, "t6", Some("c1"), DAY + 5).await,
        Device::New(_)
    ));
    // A backend's key is a secret.
    let (store, org) = (&database.store, database.org.id);
    let mut ids = Vec::new();
    for n in 20..40 {
        let it = device(&format!("t{n}"), Some("c1"));
        let id = store.register_endpoint(org, &it, Timestamp(NOW.0 + DAY + n));
        ids.push(id.await.unwrap());
    }
    assert_eq!(alive(&database, &ids).await.len(), 20);
}

async fn what_is_known_is_taken_when_nothing_new_is(database: Database) {
    let known = id(register(&database, "t1", None, 0).await);
    let closed = DeviceBounds { new: false, ..BOUNDS };
    let (store, org) = (&database.store, database.org.id);
    for customer in [None, Some("c1"), Some("c2")] {
        let again = store
            .register_device(org, &device("t1", customer), closed, NOW)
            .await
            .unwrap();
        assert_eq!(again, Device::Known(known));
        let new = store
            .register_device(org, &device("t2", customer), closed, NOW)
            .await
            .unwrap();
        assert_eq!(new, Device::NotNow);
    }
    assert!(
        matches!(register(&database, "t2", None, 1).await, Device::New(_)),
        "it was not written"
    );
}

async fn many_at_once_are_no_more_than_one_after_the_other(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let first = id(register(&database, "first", Some("c1"), 0).await);
    let calls = (0..16).map(|n| async move {
        let it = device(&format!("t{n}"), Some("c1"));
        store
            .register_device(org, &it, BOUNDS, Timestamp(NOW.0 + 1))
            .await
            .unwrap()
    });
    let taken = futures_util::future::join_all(calls).await;
    let new = taken.iter().filter(|device| matches!(device, Device::New(_))).count();
    assert_eq!(new, 4, "{taken:?}");
    let new = taken.into_iter().filter(|device| matches!(device, Device::New(_)));
    let ids: Vec<_> = new.map(id).chain([first]).collect();
    assert_eq!(alive(&database, &ids).await.len(), 3);
}
