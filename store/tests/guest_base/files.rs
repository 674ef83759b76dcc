//! Good files in every usual form, and what importing means.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_domain::consent::WordSource;
use bellhop_domain::{Channel, EndpointKind, Money, Purpose};
use bellhop_store::GuestBase;
use bellhop_store::guests::{BlacklistMark, Consent};
use bellhop_store::import::{ImportOptions, ImportProgress};
use bellhop_store::ledger::{Rehearsal, RenderNeeds};
use std::sync::Mutex;

on_both_databases!(
    any_usual_delimiter_and_a_mark_are_read,
    naive_times_are_in_the_restaurants_zone,
    an_empty_cell_keeps_and_tags_replace,
    ndjson_means_the_same,
    a_guests_own_no_outlives_an_import,
    orders_come_in_any_order_and_repeated,
    two_cards_with_one_phone_share_its_mark,
    an_import_reports_its_progress,
    a_token_moves_to_the_card_named_last,
    a_stopped_import_leaves_whole_batches,
    what_nobody_sees_makes_no_other_guest,
);

async fn any_usual_delimiter_and_a_mark_are_read(database: Database) {
    for (n, delimiter) in [",", ";", "\t", "|"].into_iter().enumerate() {
        let csv = format!(
            "\u{feff}order_id{d}\"customer_id\"{d}placed_at{d}total\r\n{n}{d}\"c,;|{n}\"{d}2026-03-01{d}10\r\n",
            d = delimiter
        );
        let summary = database.import_orders(&database.file("orders.csv", csv)).await.unwrap();
        assert_eq!((summary.created, summary.errors), (1, 0), "{delimiter:?}");
        assert_eq!(database.facts(&format!("c,;|{n}")).await.orders, 1);
    }
}

async fn what_nobody_sees_makes_no_other_guest(database: Database) {
    let known = "customer_id,name,tags\n1003,Вера,vip\n1004,Глеб,\n";
    database
        .import_customers(&database.file("known.csv", known))
        .await
        .unwrap();
    let csv = "\u{FEFF}\u{FEFF}customer_id\u{200B};\u{FEFF}name;\"tags\u{2060}\";attr.ci\u{AD}ty\n\
        \u{FEFF}\"1003\";Вера;v\u{200B}ip;\u{202A}Омск\u{202C}\n\u{200E}10\u{AD}04\u{A0};Глеб;;\n";
    let json = "{\"customer_id\":\"1003\",\"tags\":[\"vip\"]}\n\u{FEFF}{\"\u{FEFF}customer_id\":\"1004\u{FEFF}\"}\n";
    for (name, content) in [("joined.csv", csv), ("joined.ndjson", json)] {
        let summary = database.import_customers(&database.file(name, content)).await.unwrap();
        assert_eq!((summary.created, summary.errors), (0, 0), "{name}: {summary:?}");
        assert!(summary.unknown_columns.is_empty(), "{summary:?}");
    }
    let guest = database
        .store
        .guest(database.org.id, database.id("1003").await)
        .await
        .unwrap();
    assert_eq!(guest.attributes.get("city").map(String::as_str), Some("Омск"));
    assert_eq!(database.facts("1003").await.tags.len(), 1);
    let orders = "order_id,customer_id,placed_at,total\n1,1003,2026-03-01,10\n\u{FEFF}1,\u{200B}1003,2026-03-01,10\n";
    let summary = database
        .import_orders(&database.file("orders.csv", orders))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.customers_created), (1, 0));
    assert_eq!(database.facts("1003").await.revenue, Money(100_000));
}

async fn naive_times_are_in_the_restaurants_zone(database: Database) {
    let csv = "order_id,customer_id,placed_at,total,restaurant\n\
        1,c1,2026-03-01 09:00:00,10,North\n2,c2,2026-03-01T09:00:00+05:00,10,North\n";
    database.import_orders(&database.file("orders.csv", csv)).await.unwrap();
    // A new restaurant has the organisation's zone: Moscow, three hours before UTC.
    let at = |facts: bellhop_store::guests::GuestFacts| facts.last_at.unwrap().to_string();
    assert_eq!(at(database.facts("c1").await), "2026-03-01T06:00:00Z");
    assert_eq!(at(database.facts("c2").await), "2026-03-01T04:00:00Z");
    let guest = database
        .store
        .guest(database.org.id, database.id("c1").await)
        .await
        .unwrap();
    assert_eq!(guest.timezone, "Europe/Moscow");
}

async fn an_empty_cell_keeps_and_tags_replace(database: Database) {
    let first = "customer_id,name,phone,locale,tags,attr.city\nc1,Anna,89991234567,ru,vip;late,Omsk\n";
    let second = "customer_id,name,phone,locale,tags,attr.city,attr.pet\nc1,,8 999 765-43-21,en,,,cat\n";
    let third = "customer_id,tags\nc1,new\n";
    let mut done = Vec::new();
    for csv in [first, second, second, third] {
        done.push(
            database
                .import_customers(&database.file("customers.csv", csv))
                .await
                .unwrap(),
        );
    }
    let counts: Vec<_> = done.iter().map(|s| (s.created, s.updated, s.unchanged)).collect();
    assert_eq!(counts, [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 0)]);
    let guest = database
        .store
        .guest(database.org.id, database.id("c1").await)
        .await
        .unwrap();
    assert_eq!(
        (guest.name.as_deref(), guest.locale.as_deref()),
        (Some("Anna"), Some("en"))
    );
    let attributes: Vec<_> = guest.attributes.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(attributes, [("city", "Omsk"), ("pet", "cat")]);
}

async fn ndjson_means_the_same(database: Database) {
    let customers = r#"{"customer_id":7,"name":"Anna","phone":["+79991234567"],"tags":["vip","late"],"marketing_consent":true,"attr.city":"Omsk"}"#;
    let summary = database
        .import_customers(&database.file("customers.jsonl", customers))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.errors), (1, 0), "{:?}", summary.first_errors);
    let order = r#"{"order_id":1,"customer_id":"7","placed_at":"2026-03-01T09:00:00Z","total":"99.90","items":[{"dish":"Soup","category":"Mains","price":99.9},{"dish":"Tea","price":0}]}"#;
    // By its first byte.
    let summary = database
        .import_orders(&database.file("orders.txt", order))
        .await
        .unwrap();
    assert_eq!(
        (summary.created, summary.customers_created),
        (1, 0),
        "{:?}",
        summary.first_errors
    );
    let facts = database.facts("7").await;
    assert_eq!(
        (facts.revenue, facts.categories.as_slice()),
        (Money(999_000), &["Mains".to_owned()][..])
    );
    assert_eq!(facts.consents, Channel::ALL);
    assert_eq!(facts.addresses[0].0, EndpointKind::Phone);
    let guest = database
        .store
        .guest(database.org.id, database.id("7").await)
        .await
        .unwrap();
    assert_eq!(guest.last_dish.as_deref(), Some("Soup"));
    // In JSON a point is a decimal one.
    let order = r#"{"order_id":2,"customer_id":"7","placed_at":"2026-02-01","total":1.125}"#;
    let summary = database.import_orders(&database.file("o.json", order)).await.unwrap();
    assert_eq!((summary.created, summary.errors), (1, 0), "{:?}", summary.first_errors);
    assert_eq!(database.facts("7").await.revenue, Money(999_000 + 11_250));
    // Previews say what messages will.
    let needs = RenderNeeds {
        last_dish: true,
        ..RenderNeeds::default()
    };
    let sent = database.store.profiles(&[guest.id], &needs, NOW).await.unwrap();
    assert_eq!(sent[&guest.id].last_dish, guest.last_dish);
}

async fn a_guests_own_no_outlives_an_import(database: Database) {
    let yes = database.file("customers.csv", "customer_id,marketing_consent\nc1,yes\n");
    database.import_customers(&yes).await.unwrap();
    let no = Consent {
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        given: false,
        source: WordSource::Guest,
        how: "sms:STOP".to_owned(),
        text_version: None,
    };
    database
        .store
        .set_consents(database.org.id, database.id("c1").await, &[no], NOW)
        .await
        .unwrap();
    database.import_customers(&yes).await.unwrap();
    let mut rest = Channel::ALL.to_vec();
    rest.retain(|channel| *channel != Channel::Sms);
    assert_eq!(database.facts("c1").await.consents, rest);
}

async fn orders_come_in_any_order_and_repeated(database: Database) {
    let header = "order_id,customer_id,placed_at,total,status\n";
    let rows = [
        "1,X,2026-01-01,10,placed\n",
        "1,X,2026-01-01,12,delivered\n",
        "2,X,2026-02-01,20,delivered\n",
        "2,X,2026-02-01,20,cancelled\n",
        "3,X,2026-03-01,30,delivered\n",
    ];
    for (customer, order) in [("a", [0, 1, 2, 3, 4]), ("b", [4, 3, 2, 1, 0]), ("c", [2, 4, 1, 3, 0])] {
        let prefix = |row: &str| format!("{customer}{}", row.replace('X', customer));
        let csv: String = order.iter().chain(&[order[0]]).map(|i| prefix(rows[*i])).collect();
        database
            .import_orders(&database.file("orders.csv", format!("{header}{csv}")))
            .await
            .unwrap();
    }
    let in_order = database.facts("a").await;
    assert_eq!((in_order.orders, in_order.revenue), (2, Money(420_000)));
    assert_eq!(in_order.returned_at, in_order.last_at);
    assert_eq!(database.facts("b").await, in_order);
    assert_eq!(database.facts("c").await, in_order);
}

async fn two_cards_with_one_phone_share_its_mark(database: Database) {
    let csv = "customer_id,phone\nc1,89991234567\nc2,+7 999 123 45 67\nc3,89991234568\n";
    database
        .import_customers(&database.file("customers.csv", csv))
        .await
        .unwrap();
    let mark = BlacklistMark {
        reason: "refused to pay".to_owned(),
    };
    let (org, c1) = (database.org.id, database.id("c1").await);
    database
        .store
        .set_blacklist(org, c1, Some(&mark), "anna", NOW)
        .await
        .unwrap();
    for (customer, blacklisted, shares) in [("c1", true, true), ("c2", true, true), ("c3", false, false)] {
        let facts = database.facts(customer).await;
        assert_eq!(
            (facts.blacklisted, facts.shares_address),
            (blacklisted, shares),
            "{customer}"
        );
    }
    database.store.set_blacklist(org, c1, None, "anna", NOW).await.unwrap();
    assert!(!database.facts("c2").await.blacklisted);
}

async fn an_import_reports_its_progress(database: Database) {
    let mut csv = "order_id,customer_id,placed_at,total\n".to_owned();
    for n in 0..45_000 {
        csv += &format!("{n},c{},2026-03-01,1\n", n % 1000);
    }
    let seen: Mutex<Vec<ImportProgress>> = Mutex::new(Vec::new());
    let options = ImportOptions {
        by_hand: Default::default(),
        progress: &|progress| seen.lock().unwrap().push(progress),
        ..quietly(false)
    };
    let file = database.file("orders.csv", &csv);
    let summary = database
        .store
        .import_orders(&database.org, &file, options, NOW)
        .await
        .unwrap();
    assert_eq!((summary.created, summary.customers_created), (45_000, 1000));
    assert_eq!(database.facts("c7").await.orders, 45);
    let seen = seen.into_inner().unwrap();
    assert!(
        seen.len() > 2 && seen.is_sorted_by_key(|p| (p.rows, p.bytes)),
        "{seen:?}"
    );
    let end = ImportProgress {
        rows: 45_000,
        refused: 0,
        bytes: csv.len() as u64,
        of_bytes: csv.len() as u64,
    };
    assert_eq!(seen.last(), Some(&end));
}

async fn a_token_moves_to_the_card_named_last(database: Database) {
    let csv = "customer_id,fcm_token\nc1,t1\nc2,t1\nc1,t2\n";
    database
        .import_customers(&database.file("customers.csv", csv))
        .await
        .unwrap();
    let address = |token: &str| vec![(EndpointKind::Fcm, token.to_owned())];
    assert_eq!(database.facts("c1").await.addresses, address("t2"));
    assert_eq!(database.facts("c2").await.addresses, address("t1"));
    // A word for nothing is no id.
    let csv = "customer_id,max_user_id\nc3,7001\nc4, 7001\nc3,none\n";
    database
        .import_customers(&database.file("customers.csv", csv))
        .await
        .unwrap();
    let id = (EndpointKind::Max, "7001".to_owned());
    assert_eq!(database.facts("c3").await.addresses, []);
    assert_eq!(database.facts("c4").await.addresses, [id]);
}

async fn a_stopped_import_leaves_whole_batches(database: Database) {
    let mut csv = "order_id,customer_id,placed_at,total\n".to_owned();
    for n in 0..60_000 {
        csv += &format!("{n},c{},2026-03-01,1\n", n % 100);
    }
    let file = database.file("orders.csv", &csv);
    let (first, stop) = tokio::sync::oneshot::channel();
    let first = Mutex::new(Some(first));
    let options = ImportOptions {
        by_hand: Default::default(),
        progress: &|_| {
            if let Some(first) = first.lock().unwrap().take() {
                let _ = first.send(());
            }
        },
        ..quietly(false)
    };
    tokio::select! {
        // The first batch is in; whatever the second is doing is dropped.
        _ = stop => {}
        end = database.store.import_orders(&database.org, &file, options, NOW) => panic!("not stopped: {end:?}"),
    }
    let mut orders = 0;
    for n in 0..100 {
        orders += database.facts(&format!("c{n}")).await.orders;
    }
    assert_eq!(orders, 20_000);
    let again = database.import_orders(&file).await.unwrap();
    assert_eq!((again.created, again.unchanged), (40_000, 20_000));
    assert_eq!(database.facts("c5").await.orders, 600);
}
