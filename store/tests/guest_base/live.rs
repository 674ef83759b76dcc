//! Organisations, keys, live writes and look-ups.

use crate::database::{Database, NOW, on_both_databases, spec};
use bellhop_domain::consent::WordSource;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::{EndpointKind, Money, Phone, Purpose, Timestamp};
use bellhop_store::guests::*;
use bellhop_store::guests::{ApiKeys, Organisations, OrganisationsOfTests};
use bellhop_store::{GuestBase, StoreError};
use secrecy::{ExposeSecret, SecretString};

on_both_databases!(
    an_organisation_follows_its_configuration,
    keys_are_shown_once_and_revoked,
    organisations_do_not_meet,
    an_order_by_phone_finds_or_makes_its_guest,
    what_cannot_be_is_refused_whole,
    tokens_die_revive_and_move,
    writers_at_once_leave_true_facts,
    consents_keep_the_latest_word,
);

fn order(id: &str, customer: Option<&str>, phone: Option<&str>) -> LiveOrder {
    LiveOrder {
        external_id: id.to_owned(),
        customer: customer.map(str::to_owned),
        phone: phone.map(|p| Phone::parse(p, Region::RU).unwrap()),
        restaurant: None,
        placed_at: NOW,
        status: OrderStatus::Delivered,
        total: Money(10_000),
        delivery: None,
        source: None,
        promo: None,
        items: None,
    }
}

async fn an_organisation_follows_its_configuration(database: Database) {
    let store = &database.store;
    let mut changed = spec("nord");
    changed.name = "Pizza Süd".to_owned();
    changed.settings.attribution_window_hours = 24;
    let org = store.put_organisation(&changed).await.unwrap();
    assert_eq!(org.id, database.org.id);
    let found = store.organisation("nord").await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), &found.settings), ("Pizza Süd", &changed.settings));
    assert_eq!(store.organisations().await.unwrap().len(), 1);
    assert!(store.organisation("west").await.unwrap().is_none());
}

async fn keys_are_shown_once_and_revoked(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let key = store
        .create_api_key(org, "site", KeyKind::Backend, &[Scope::Orders], [7; 32], NOW)
        .await
        .unwrap();
    assert!(key.expose_secret().starts_with("bellhop_0707"));
    let caller = store.api_caller(&key, NOW).await.unwrap().unwrap();
    assert_eq!(
        (caller.org, caller.name.as_str(), caller.scopes.as_slice()),
        (org, "site", &[Scope::Orders][..])
    );
    let app = KeyKind::App;
    let two = [Scope::Opens, Scope::Endpoints];
    let inside = store.create_api_key(org, "app", app, &two, [9; 32], NOW).await.unwrap();
    let caller = store.api_caller(&inside, NOW).await.unwrap().unwrap();
    assert_eq!((caller.kind, caller.scopes.as_slice()), (app, &two[..]));
    for scope in [Scope::Orders, Scope::Messages] {
        let made = store
            .create_api_key(org, "app", app, &[Scope::Opens, scope], [10; 32], NOW)
            .await;
        assert!(matches!(made, Err(StoreError::Conflict(_))), "{scope:?}");
    }
    let other = SecretString::from("bellhop_08");
    assert!(store.api_caller(&other, NOW).await.unwrap().is_none());
    assert_eq!(store.revoke_api_key(org, "site", NOW).await.unwrap(), 1);
    assert!(store.api_caller(&key, NOW).await.unwrap().is_none());
    assert_eq!(store.revoke_api_key(org, "site", NOW).await.unwrap(), 0);
}

async fn organisations_do_not_meet(database: Database) {
    let (store, nord) = (&database.store, database.org.id);
    let west = store.put_organisation(&spec("west")).await.unwrap().id;
    for org in [nord, west] {
        store
            .put_orders(org, &[order("o1", Some("c1"), Some("89991234567"))], NOW)
            .await
            .unwrap();
    }
    let in_nord = store.customer_id(nord, "c1").await.unwrap().unwrap();
    let in_west = store.customer_id(west, "c1").await.unwrap().unwrap();
    assert_ne!(in_nord, in_west);
    let mark = BlacklistMark {
        reason: "rude".to_owned(),
    };
    store
        .set_blacklist(nord, in_nord, Some(&mark), "anna", NOW)
        .await
        .unwrap();
    assert!(!store.facts(west, in_west).await.unwrap().blacklisted);
    let foreign = store.set_blacklist(west, in_nord, Some(&mark), "anna", NOW).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })));
    assert!(matches!(
        store.guest(west, in_nord).await,
        Err(StoreError::NotFound { .. })
    ));
    assert!(matches!(
        store.facts(west, in_nord).await,
        Err(StoreError::NotFound { .. })
    ));
}

async fn an_order_by_phone_finds_or_makes_its_guest(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let phone = Some("89991234567");
    let done = store.put_orders(org, &[order("o1", None, phone)], NOW).await.unwrap();
    assert_eq!((done.created, done.customers_created), (1, 1));
    assert_eq!(database.facts("+79991234567").await.orders, 1);
    let done = store
        .put_orders(org, &[order("o2", None, phone), order("o1", None, phone)], NOW)
        .await
        .unwrap();
    assert_eq!((done.created, done.unchanged, done.customers_created), (1, 1, 0));
    // The card it belongs to was another one: the order moves, with its facts.
    store
        .put_orders(org, &[order("o2", Some("c1"), None)], NOW)
        .await
        .unwrap();
    assert_eq!(database.facts("+79991234567").await.orders, 1);
    assert_eq!(database.facts("c1").await.orders, 1);
}

async fn what_cannot_be_is_refused_whole(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let good = order("o1", Some("c1"), None);
    let mut negative = order("o2", Some("c1"), None);
    negative.total = Money(-1);
    for bad in [
        negative,
        order("o2", None, None),
        order(&"x".repeat(201), Some("c1"), None),
        order("o\0", Some("c1"), None),
    ] {
        let end = store.put_orders(org, &[good.clone(), bad], NOW).await;
        assert!(matches!(end, Err(StoreError::Conflict(_))), "{end:?}");
    }
    assert_eq!(store.customer_id(org, "c1").await.unwrap(), None);
}

async fn tokens_die_revive_and_move(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let token = |customer: Option<&str>| EndpointRegistration {
        kind: EndpointKind::Fcm,
        address: "t1".to_owned(),
        customer: customer.map(str::to_owned),
        muted: false,
    };
    let later = |ms: i64| Timestamp(NOW.0 + ms);
    let unattached = store.register_endpoint(org, &token(None), NOW).await.unwrap();
    let id = store
        .register_endpoint(org, &token(Some("c1")), later(10))
        .await
        .unwrap();
    assert_eq!(id, unattached);
    // What the provider knows is older than the registration.
    assert!(!store.retire_endpoint(org, id, later(5), "UNREGISTERED").await.unwrap());
    assert!(store.retire_endpoint(org, id, later(20), "UNREGISTERED").await.unwrap());
    assert!(!store.retire_endpoint(org, id, later(20), "UNREGISTERED").await.unwrap());
    assert!(database.facts("c1").await.addresses.is_empty());
    store.register_endpoint(org, &token(None), later(30)).await.unwrap();
    assert_eq!(database.facts("c1").await.addresses.len(), 1);
    store
        .register_endpoint(org, &token(Some("c2")), later(40))
        .await
        .unwrap();
    assert!(database.facts("c1").await.addresses.is_empty());
    assert_eq!(database.facts("c2").await.addresses.len(), 1);
}

/// Repeated orders, logins and marks from several callers: no deadlock, no lost fact.
async fn writers_at_once_leave_true_facts(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let store = store.clone();
        writers.spawn(async move {
            for round in 0..10 {
                let orders: Vec<_> = (0..6)
                    .map(|n| (n + writer) % 6)
                    .map(|n| order(&format!("o{round}-{n}"), Some(&format!("c{n}")), Some("89991234567")))
                    .collect();
                store.put_orders(org, &orders, NOW).await.unwrap();
                let login = EndpointRegistration {
                    kind: EndpointKind::Fcm,
                    address: "t1".to_owned(),
                    customer: Some(format!("c{writer}")),
                    muted: false,
                };
                store.register_endpoint(org, &login, NOW).await.unwrap();
                store.settle(org).await.unwrap();
            }
        });
    }
    while let Some(end) = writers.join_next().await {
        end.unwrap();
    }
    let mut owners = 0;
    for n in 0..6 {
        let facts = database.facts(&format!("c{n}")).await;
        assert_eq!((facts.orders, facts.shares_address), (10, true), "c{n}");
        owners += facts
            .addresses
            .iter()
            .filter(|(kind, _)| *kind == EndpointKind::Fcm)
            .count();
    }
    assert_eq!(owners, 1);
}

async fn consents_keep_the_latest_word(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    store
        .put_orders(org, &[order("o1", Some("c1"), None)], NOW)
        .await
        .unwrap();
    let id = database.id("c1").await;
    let word = |given| Consent {
        channel: bellhop_domain::Channel::Push,
        purpose: Purpose::Marketing,
        given,
        source: WordSource::Guest,
        how: "page".to_owned(),
        text_version: None,
    };
    store
        .set_consents(org, id, &[word(false)], Timestamp(NOW.0 + 5))
        .await
        .unwrap();
    store.set_consents(org, id, &[word(true)], NOW).await.unwrap();
    assert!(database.facts("c1").await.consents.is_empty());
}
