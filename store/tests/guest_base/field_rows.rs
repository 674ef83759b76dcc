//! What stands in the rows of files as restaurants have them.

use crate::database::{Database, NOW, on_both_databases};
use crate::field_files::told;
use bellhop_domain::segment::Segment;
use bellhop_domain::{EndpointKind, Money};
use bellhop_store::{Audience, GuestBase};

on_both_databases!(
    amounts_and_times_are_read_or_refused_with_the_reason,
    the_wrong_command_is_told,
    an_order_is_its_phones_customers,
    what_looks_the_same_is_the_same,
    an_order_without_a_status_is_not_delivered,
);

async fn amounts_and_times_are_read_or_refused_with_the_reason(database: Database) {
    let file = "order_id;customer_id;placed_at;total;status\n\
        1;c;01.03.2026 9:30;1 250,50 ₽;Доставлен\n\
        2;c;1 марта 2026 г. 9:30;1.250,50;выполнен\n\
        3;c;13/03/2026;'1250.50;Готовится\n\
        4;c;03/01/2026;1,250;съеден\n\
        5;c;46082,8125;1,25E+03;\n\
        6;c;2026-03-01 24:00;125О;\n\
        7;c;2026-03-01 10:00 MSK;1250 $;\n";
    let summary = database
        .import_orders(&database.file("orders.csv", file))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.errors), (3, 4));
    let words = [
        ("5 placed_at", "may be 2026-01-03 or 2026-03-01"),
        ("5 status", "write one of placed"),
        ("5 total", "may be 1250 or 1.25"),
        ("6 placed_at", "format the column as a date"),
        ("6 total", "format the column as a number"),
        ("7 placed_at", "has the hour 24"),
        ("7 total", "the letter О (U+041E)"),
        ("8 placed_at", "names a time zone (MSK)"),
        ("8 total", "is in $, but amounts are in RUB"),
    ];
    let told = told(&summary);
    assert_eq!(told.len(), words.len(), "{told:?}");
    for (place, words) in words {
        assert!(
            told.iter().any(|it| it.starts_with(place) && it.contains(words)),
            "{place}: {told:?}"
        );
    }
    assert_eq!(database.facts("c").await.revenue, Money(3 * 12_505_000));
}

async fn the_wrong_command_is_told(database: Database) {
    let orders = "order_id;customer_id;placed_at;total;phone\n1;c1;2026-03-01;5;\n";
    let russian = "Номер заказа;Код клиента;Дата;Сумма\n1;c1;01.03.2026;5\n";
    let json = "{\"order_id\":1,\"customer_id\":\"c1\",\"placed_at\":\"2026-03-01\",\"total\":5}\n";
    for (name, content) in [
        ("orders.csv", orders),
        ("orders2.csv", russian),
        ("orders.ndjson", json),
    ] {
        let error = database
            .import_customers(&database.file(name, content))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("use: bellhop import orders FILE"), "{error}");
    }
    let customers = "customer_id;name\nc1;Анна\n";
    let json = "{\"customer_id\":\"c1\",\"phone\":\"89161234567\"}\n";
    for (name, content) in [("guests.csv", customers), ("guests.ndjson", json)] {
        let error = database.import_orders(&database.file(name, content)).await.unwrap_err();
        assert!(
            error.to_string().contains("use: bellhop import customers FILE"),
            "{error}"
        );
    }
    assert_eq!(database.store.customer_id(database.org.id, "c1").await.unwrap(), None);
}

async fn an_order_is_its_phones_customers(database: Database) {
    let known = "customer_id;phone\nc1;89161234501\n";
    database
        .import_customers(&database.file("known.csv", known))
        .await
        .unwrap();
    let file = "Номер заказа;Дата;Телефон;Клиент;Сумма\n\
        1;01.03.2026 10:00;8 916 123-45-01;Анна;10\n\
        2;01.03.2026 10:00;8 916 123-45-02, 8 916 123-45-03;Борис;20\n\
        3;01.03.2026 10:00;;+7 916 123-45-01;40\n\
        4;01.03.2026 10:00;;c1;80\n\
        5;01.03.2026 10:00;;Вера;160\n\
        6;01.03.2026 10:00;;;320\n";
    let summary = database
        .import_orders(&database.file("orders.csv", file))
        .await
        .unwrap();
    assert_eq!(
        (summary.created, summary.customers_created),
        (4, 1),
        "{:?}",
        told(&summary)
    );
    let told = told(&summary);
    assert!(
        told[0].starts_with("6 Клиент (customer): is a name, which may be several guests'"),
        "{told:?}"
    );
    assert!(told[1].starts_with("7 customer_id: is empty"), "{told:?}");
    assert_eq!(database.facts("c1").await.revenue, Money(1_300_000));
    let stranger = database.facts("+79161234502").await;
    let address = (EndpointKind::Phone, "+79161234502".to_owned());
    assert_eq!((stranger.orders, stranger.addresses), (1, vec![address]));
}

async fn what_looks_the_same_is_the_same(database: Database) {
    let file = "order_id;customer_id;placed_at;total;restaurant\n\
        А 1;c\u{A0}1;2026-03-01;10;Невский двор\n\
        А\u{A0}1;c 1;2026-03-01;10;Невскии\u{306}\u{202F}двор\n\
        \u{2066}А 1\u{2069};\u{200B}c 1;2026-03-01;10;\u{FEFF}Невский\u{2003}двор\u{1A}\n\
        \u{1A}";
    let summary = database
        .import_orders(&database.file("orders.csv", file))
        .await
        .unwrap();
    assert_eq!(
        (summary.created, summary.unchanged, summary.customers_created),
        (1, 2, 1),
        "{:?}",
        told(&summary)
    );
    assert_eq!(database.facts("c 1").await.restaurants, ["Невский двор"]);
    let tags = "customer_id;tags\nc 1;постоянный гость;\nc 2;постоянныи\u{306}\u{A0}гость\n";
    let summary = database
        .import_customers(&database.file("tags.csv", tags))
        .await
        .unwrap();
    assert_eq!(summary.errors, 0, "{:?}", told(&summary));
    assert_eq!(database.facts("c 1").await.tags, database.facts("c 2").await.tags);
}

async fn an_order_without_a_status_is_not_delivered(database: Database) {
    let with_status = async |status: &str| {
        let filter = serde_json::json!({ "orders": { "status": [status] } });
        let segment = Segment::parse(&filter).unwrap();
        database
            .store
            .count(database.org.id, &segment, NOW)
            .await
            .unwrap()
            .count
    };
    let file = "order_id;customer_id;placed_at;total;status\n1;c1;2026-03-01;5;\n2;c2;2026-03-01;5;доставлен\n";
    database
        .import_orders(&database.file("orders.csv", file))
        .await
        .unwrap();
    assert_eq!((with_status("placed").await, with_status("delivered").await), (1, 1));
    // What is known of its status stays.
    let silent = "order_id;customer_id;placed_at;total\n1;c1;2026-03-01;5\n2;c2;2026-03-01;5\n";
    let summary = database
        .import_orders(&database.file("silent.csv", silent))
        .await
        .unwrap();
    assert_eq!(summary.unchanged, 2);
    assert_eq!((with_status("placed").await, with_status("delivered").await), (1, 1));
    // It counts all the same.
    assert_eq!(database.facts("c1").await.orders, 1);
}
