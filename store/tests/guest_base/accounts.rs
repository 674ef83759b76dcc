//! People, their links, sessions and second factors, on both databases.

use crate::database::{Database, NOW, on_both_databases, spec};
use bellhop_domain::fault::Why;
use bellhop_domain::login::{About, LINK, LONGEST, REMEMBERED};
use bellhop_domain::role::Role;
use bellhop_domain::{OrgId, PersonId, Timestamp};
use bellhop_store::accounts::*;
use bellhop_store::guests::OrganisationsOfTests;
use bellhop_store::{SqlStore, StoreError};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

on_both_databases!(
    a_link_is_good_once,
    two_who_use_one_link_at_once_are_one,
    an_email_belongs_to_one_person,
    two_administrators_do_not_demote_each_other,
    a_session_is_known_by_its_token_until_it_ends,
    attempts_are_counted_and_forgotten,
    a_code_is_good_once_however_many_try_it,
    the_journal_keeps_organisations_apart,
);

fn invited<'a>(email: &'a str, role: Role, restaurants: Option<&'a [String]>) -> Invited<'a> {
    let locale = "en";
    Invited {
        email,
        role,
        restaurants,
        locale,
    }
}

fn said(name: &str) -> Accepted<'_> {
    Accepted {
        name,
        email: None,
        locale: "en",
        password: "hash",
    }
}

async fn person(store: &SqlStore, org: OrgId, email: &str, role: Role) -> PersonId {
    let mut random = [9; 32];
    random[..email.len().min(32)].copy_from_slice(&email.as_bytes()[..email.len().min(32)]);
    let (id, link) = store
        .invite(org, invited(email, role, None), random, "t", NOW)
        .await
        .unwrap();
    assert_eq!(store.accept(&link, said("Anna"), NOW).await.unwrap(), Some(id));
    id
}

async fn a_link_is_good_once(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let arbat = ["Arbat".to_owned()];
    let new = invited("anna@brand.example", Role::Operator, Some(&arbat));
    let (id, link) = store.invite(org, new, [1; 32], "t", NOW).await.unwrap();
    let late = NOW.plus(LINK);
    assert!(
        store.open_link(&link, late).await.unwrap().is_none(),
        "its end is exclusive"
    );
    assert!(store.accept(&link, said("Anna"), late).await.unwrap().is_none());
    let open = store.open_link(&link, NOW).await.unwrap().unwrap();
    let waiting = open.person.unwrap();
    assert_eq!(
        (waiting.state, waiting.restaurants.as_deref()),
        (PersonState::Invited, Some(&arbat[..]))
    );
    assert_eq!(store.accept(&link, said("Anna"), NOW).await.unwrap(), Some(id));
    assert!(store.accept(&link, said("Eve"), NOW).await.unwrap().is_none());
    let there = store.person(org, id).await.unwrap();
    assert_eq!((there.name.as_str(), there.state), ("Anna", PersonState::Active));
    // A newer link takes the place of an older, and there is none for who is disabled.
    let older = store.reset(org, id, [2; 32], "t", NOW).await.unwrap();
    let newer = store.reset(org, id, [3; 32], "t", NOW).await.unwrap();
    assert!(store.open_link(&older, NOW).await.unwrap().is_none());
    assert!(store.open_link(&newer, NOW).await.unwrap().is_some());
    let out = PersonChange {
        disabled: Some(true),
        ..PersonChange::default()
    };
    store.change_person(org, id, &out, "t", NOW).await.unwrap();
    assert!(store.open_link(&newer, NOW).await.unwrap().is_none());
    let first = store.first_link(org, [4; 32], NOW).await.unwrap();
    assert!(first.is_none(), "somebody has come in before");
    let west = store.put_organisation(&spec("west")).await.unwrap().id;
    assert!(store.first_link(west, [5; 32], NOW).await.unwrap().is_some());
    assert!(matches!(store.person(west, id).await, Err(StoreError::NotFound { .. })));
}

async fn two_who_use_one_link_at_once_are_one(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let link = store.first_link(org, [1; 32], NOW).await.unwrap().unwrap();
    let comes = |email: &'static str| {
        let (store, link) = (store.clone(), link.clone());
        let said = Accepted {
            email: Some(email),
            ..said("First")
        };
        tokio::spawn(async move { store.accept(&link, said, NOW).await.unwrap() })
    };
    let (one, two) = (comes("a@brand.example"), comes("b@brand.example"));
    let came = [one.await.unwrap(), two.await.unwrap()];
    assert_eq!(came.iter().flatten().count(), 1);
    assert_eq!(store.people(org).await.unwrap().len(), 1);
}

async fn an_email_belongs_to_one_person(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    person(store, org, "anna@brand.example", Role::Viewer).await;
    let west = store.put_organisation(&spec("west")).await.unwrap().id;
    for org in [org, west] {
        let again = store
            .invite(
                org,
                invited("anna@brand.example", Role::Viewer, None),
                [7; 32],
                "t",
                NOW,
            )
            .await;
        assert!(matches!(again, Err(StoreError::Conflict(Why::EmailTaken))), "{again:?}");
    }
}

async fn two_administrators_do_not_demote_each_other(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let anna = person(store, org, "anna@brand.example", Role::Administrator).await;
    let boris = person(store, org, "boris@brand.example", Role::Administrator).await;
    let demote = |id: PersonId| {
        let store = store.clone();
        let change = PersonChange {
            role: Some(Role::Viewer),
            ..PersonChange::default()
        };
        tokio::spawn(async move { store.change_person(org, id, &change, "t", NOW).await })
    };
    let (one, two) = (demote(anna), demote(boris));
    let ended = [one.await.unwrap(), two.await.unwrap()];
    let refused = ended
        .iter()
        .filter(|it| matches!(it, Err(StoreError::Conflict(Why::LastAdministrator))))
        .count();
    assert_eq!(refused, 1, "{ended:?}");
    let people = store.people(org).await.unwrap();
    assert_eq!(people.iter().filter(|it| it.role == Role::Administrator).count(), 1);
}

async fn begun(store: &SqlStore, person: PersonId, token: &str, now: Timestamp) -> SecretString {
    let token = SecretString::from(token.repeat(64));
    let new = NewSession {
        person,
        token: &token,
        instead_of: None,
        device: "Firefox",
        address: "203.0.113.7",
    };
    store.begin_session(new, now).await.unwrap();
    token
}

async fn a_session_is_known_by_its_token_until_it_ends(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let anna = person(store, org, "anna@brand.example", Role::Viewer).await;
    let boris = person(store, org, "boris@brand.example", Role::Viewer).await;
    let (one, two) = (begun(store, anna, "a", NOW).await, begun(store, anna, "b", NOW).await);
    let known = store.session(&one, NOW).await.unwrap().unwrap();
    assert_eq!(known.person.id, anna);
    assert!(
        store
            .session(&SecretString::from("c".repeat(64)), NOW)
            .await
            .unwrap()
            .is_none()
    );
    // Use keeps it open, to the minute.
    let hours = |n: u64| NOW.plus(Duration::from_secs(n * 3600));
    assert!(store.session(&one, hours(11)).await.unwrap().is_some());
    assert!(store.session(&one, hours(22)).await.unwrap().is_some());
    assert!(store.session(&two, hours(12)).await.unwrap().is_none(), "it was idle");
    assert_eq!(store.sessions_of(anna, hours(22)).await.unwrap().len(), 1);
    assert!(
        !store.end_session(boris, known.session).await.unwrap(),
        "it is not Boris's"
    );
    assert!(store.end_session(anna, known.session).await.unwrap());
    assert!(store.session(&one, hours(22)).await.unwrap().is_none());
    // What is past its end is gone with the next login.
    begun(store, boris, "d", NOW.plus(LONGEST)).await;
}

async fn attempts_are_counted_and_forgotten(database: Database) {
    let store = &database.store;
    let of = |about: About, text: &str| Attempt {
        about,
        text: text.to_owned(),
    };
    let anna = [
        of(About::Address, "203.0.113.7"),
        of(About::AccountFromAddress, "anna 203.0.113.7"),
    ];
    for _ in 0..About::AccountFromAddress.most() {
        assert!(store.attempt(&anna, NOW).await.unwrap());
    }
    assert!(!store.attempt(&anna, NOW).await.unwrap());
    let boris = [
        of(About::Address, "203.0.113.7"),
        of(About::AccountFromAddress, "boris 203.0.113.7"),
    ];
    assert!(store.attempt(&boris, NOW).await.unwrap());
    store.forget_attempts(&anna).await.unwrap();
    assert!(store.attempt(&anna, NOW).await.unwrap());
    // Of the address only one was forgotten: 10 + 1 + 1 − 1 + 1 are counted.
    for _ in 0..About::Address.most() - 12 {
        assert!(store.attempt(&[anna[0].clone()], NOW).await.unwrap());
    }
    assert!(!store.attempt(&[anna[0].clone()], NOW).await.unwrap());
    assert!(store.attempt(&[anna[0].clone()], NOW.plus(REMEMBERED)).await.unwrap());
}

async fn a_code_is_good_once_however_many_try_it(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let id = person(store, org, "anna@brand.example", Role::Viewer).await;
    let of = (org, id, "Anna");
    let codes = ["AAAA".to_owned(), "BBBB".to_owned()];
    assert!(
        !store.begin_totp(of, 100, &codes, NOW).await.unwrap(),
        "no secret was proposed"
    );
    store.propose_totp(id, "sealed").await.unwrap();
    assert!(store.begin_totp(of, 100, &codes, NOW).await.unwrap());
    assert!(!store.use_totp_step(id, 100).await.unwrap());
    let tried = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            (
                store.use_totp_step(id, 101).await.unwrap(),
                store.use_recovery_code(id, "AAAA").await.unwrap(),
            )
        })
    });
    let mut good = (0, 0);
    for one in tried.collect::<Vec<_>>() {
        let (step, code) = one.await.unwrap();
        good = (good.0 + u32::from(step), good.1 + u32::from(code));
    }
    assert_eq!(good, (1, 1));
    store.end_totp(of, NOW).await.unwrap();
    assert!(!store.use_recovery_code(id, "BBBB").await.unwrap());
    let there = store.credentials("anna@brand.example").await.unwrap().unwrap();
    assert_eq!((there.person.totp, there.totp_secret), (false, None));
}

async fn the_journal_keeps_organisations_apart(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    let west = store.put_organisation(&spec("west")).await.unwrap().id;
    let id = person(store, org, "anna@brand.example", Role::Viewer).await;
    person(store, west, "boris@brand.example", Role::Viewer).await;
    let all = store.journal(org, JournalFilter::default(), None, 10).await.unwrap();
    let object = format!("person {id}");
    assert!(all.len() >= 2 && all.iter().all(|it| it.object == object), "{all:?}");
    assert!(all[0].id > all[1].id, "the latest first");
    let entered = &all[0];
    assert_eq!(
        (entered.action.as_str(), &entered.became.as_ref().unwrap()["name"]),
        ("person.enter", &"Anna".into())
    );
    let of_her = JournalFilter {
        person: Some(id),
        ..JournalFilter::default()
    };
    let hers = store.journal(org, of_her, None, 10).await.unwrap();
    assert_eq!(hers.len(), 1, "the invitation was somebody else's: {hers:?}");
    let none = JournalFilter {
        before: Some(NOW),
        ..JournalFilter::default()
    };
    assert!(store.journal(org, none, None, 10).await.unwrap().is_empty());
    let secret = begun(store, id, "e", NOW).await;
    let text = format!(
        "{:?}",
        store.journal(org, JournalFilter::default(), None, 10).await.unwrap()
    );
    assert!(
        !text.contains(secret.expose_secret()) && !text.contains("hash"),
        "{text}"
    );
}
