//! One reason per guest, through the ways in which guests really come in.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, CustomerId, Phone, phone::Region};
use bellhop_store::guests::{BlacklistMark, CustomerCard};
use bellhop_store::{Audience, GuestBase, StoreError};
use std::collections::BTreeMap;

on_both_databases!(
    the_object_of_the_contract,
    explain_tells_the_exclusion,
    nobody_is_explained
);

fn card(id: &str, phone: Option<&str>, consent: Option<bool>) -> CustomerCard {
    CustomerCard {
        external_id: id.to_owned(),
        phones: phone
            .into_iter()
            .map(|p| Phone::parse(p, Region::RU).unwrap())
            .collect(),
        marketing_consent: consent,
        ..CustomerCard::default()
    }
}

async fn filled(database: &Database) {
    let mut with_app = card("app", Some("+79000000003"), Some(true));
    with_app.fcm_token = Some("token".to_owned());
    let cards = [
        card("marked", Some("+79000000001"), Some(true)),
        card("same-phone-as-marked", Some("+79000000001"), Some(true)),
        card("silent", Some("+79000000002"), None),
        with_app,
        card("nowhere", None, Some(true)),
        card("first", Some("+79000000004"), Some(true)),
        card("second", Some("+79000000004"), Some(true)),
    ];
    let (store, org) = (&database.store, database.org.id);
    for card in cards {
        store.put_customers(org, &[card], "test", NOW).await.unwrap();
    }
    let mark = BlacklistMark {
        reason: "rude".to_owned(),
    };
    store
        .set_blacklist(org, database.id("marked").await, Some(&mark), "op", NOW)
        .await
        .unwrap();
}

async fn the_object_of_the_contract(database: Database) {
    filled(&database).await;
    let answer = database
        .store
        .count(database.org.id, &Segment::everybody(), NOW)
        .await
        .unwrap();
    let by_channel: BTreeMap<&str, u64> = Channel::ALL
        .map(|channel| match channel {
            Channel::Push => (channel.name(), 1),
            Channel::Sms => (channel.name(), 2),
            _ => (channel.name(), 0),
        })
        .into();
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        serde_json::json!({
            "as_of": NOW.to_rfc3339(), "count": 7, "reachable": 2,
            "excluded": {"blacklisted": 2, "no_consent": 1, "no_live_endpoint": 1, "duplicate_endpoint": 1, "frequency_cap": 0},
            "by_channel": by_channel
        })
    );
    let listed = database
        .store
        .list(database.org.id, &Segment::everybody(), NOW, CustomerId(0), 3)
        .await
        .unwrap();
    let ids: Vec<_> = listed.iter().map(|l| l.customer.as_str()).collect();
    assert_eq!(ids, ["marked", "same-phone-as-marked", "silent"]);
}

async fn explain_tells_the_exclusion(database: Database) {
    filled(&database).await;
    for (customer, expected) in [
        ("marked", Some("blacklisted")),
        ("same-phone-as-marked", Some("blacklisted")),
        ("silent", Some("no_consent")),
        ("nowhere", Some("no_live_endpoint")),
        ("first", None),
        ("second", Some("duplicate_endpoint")),
    ] {
        let it = database
            .store
            .explain(database.org.id, &Segment::everybody(), NOW, customer)
            .await
            .unwrap();
        assert_eq!(it.excluded.map(|e| e.name()), expected, "{customer}");
    }
    // Where the first is not in the audience, the second is reached.
    let segment: Segment = r#"{"customers":["second"]}"#.parse().unwrap();
    let it = database
        .store
        .explain(database.org.id, &segment, NOW, "second")
        .await
        .unwrap();
    assert_eq!(
        it.to_string(),
        format!(
            "customer second is in the audience (as of {})\nyes is one of 1 listed customers: is customer second\nreachable on sms\n",
            NOW.to_rfc3339()
        )
    );
}

async fn nobody_is_explained(database: Database) {
    let answer = database
        .store
        .explain(database.org.id, &Segment::everybody(), NOW, "nobody")
        .await;
    assert!(matches!(answer, Err(StoreError::NotFound { what: "customer", .. })));
}
