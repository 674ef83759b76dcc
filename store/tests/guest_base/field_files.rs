//! Files as restaurants have them: of Excel, of cash desks, joined by hand.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::segment::Segment;
use bellhop_domain::{EndpointKind, Money};
use bellhop_store::import::ImportSummary;
use bellhop_store::{Audience, GuestBase};
use encoding_rs::{Encoding, IBM866, KOI8_R, WINDOWS_1251, X_MAC_CYRILLIC};

on_both_databases!(
    an_ordinary_russian_export_is_imported_whole,
    any_encoding_is_read_and_said,
    parts_in_different_encodings_are_read_each_in_its_own,
    a_second_header_in_another_order_is_obeyed_and_told,
    short_rows_are_filled_and_long_ones_told,
    what_stands_above_the_names_is_passed_over,
    errors_stand_on_the_lines_that_an_editor_shows,
    amounts_and_times_are_read_or_refused_with_the_reason,
    the_wrong_command_is_told,
    an_order_is_its_phones_customers,
    what_looks_the_same_is_the_same,
    a_quote_that_is_never_closed_is_told,
    an_order_without_a_status_is_not_delivered,
);

/// `line column: problem` of each error.
fn told(summary: &ImportSummary) -> Vec<String> {
    let line = |e: &bellhop_store::import::RowError| format!("{} {}: {}", e.line, e.column, e.problem);
    summary.first_errors.iter().map(line).collect()
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

async fn an_ordinary_russian_export_is_imported_whole(database: Database) {
    let export = "Заказы за март 2026 г.;;;;;;;;\r\n\
        ;;;;;;;;\r\n\
        № заказа;Дата;Время;Код клиента;Клиент;Ресторан;Статус;Сумма, руб.;Промокод\r\n\
        А-101;01.03.2026;19:30;7001;Анна Ёлкина;Арбат;Доставлен;1\u{A0}250,50;ВЕСНА\r\n\
        А-102;02.03.2026;9:05;7001;Анна Ёлкина;Арбат;Отменён;990;\r\n\
        А-103;03.03.2026 0:00:00;30.12.1899 12:00:00;7002;Борис;Невский;Выполнен;480,00 р.\r\n\
        А-104;04.03.2026;23:59:59;7002;Борис;Невский;В пути;700\r\n\
        ;;;;;;;;\r\n\
        Итого;;;;;;;3\u{A0}420,50;\r\n";
    let summary = database
        .import_orders(&database.file("март.csv", encoded(export, WINDOWS_1251)))
        .await
        .unwrap();
    assert_eq!(told(&summary), [""; 0]);
    assert_eq!((summary.rows, summary.created, summary.customers_created), (4, 4, 2));
    assert_eq!(
        (summary.encoding.as_str(), summary.delimiter),
        ("windows-1251", Some(';'))
    );
    assert_eq!((summary.empty_rows, summary.total_rows), (1, 1));
    assert_eq!(summary.above_header, ["Заказы за март 2026 г."]);
    assert!(summary.unknown_columns.is_empty(), "{:?}", summary.unknown_columns);
    let taken: Vec<_> = summary
        .headings
        .iter()
        .map(|it| (it.heading.as_str(), it.column))
        .collect();
    assert!(taken.contains(&("Сумма, руб.", "total")), "{taken:?}");
    let facts = database.facts("7001").await;
    assert_eq!((facts.orders, facts.revenue), (1, Money(12_505_000)));
    assert_eq!(facts.last_at.unwrap().to_string(), "2026-03-01T16:30:00Z");
    let facts = database.facts("7002").await;
    assert_eq!((facts.orders, facts.revenue), (2, Money(11_800_000)));
    assert_eq!(facts.first_at.unwrap().to_string(), "2026-03-03T09:00:00Z");
    assert_eq!(facts.home_restaurant.as_deref(), Some("Невский"));
}

async fn any_encoding_is_read_and_said(database: Database) {
    let text = "customer_id;name;attr.city\r\n1;Анна Ёлкина;Санкт-Петербург\r\n2;ПЁТР;Щёлково\r\n3;Boris;\r\n";
    let wide = |mark: &str, bytes: fn(u16) -> [u8; 2]| format!("{mark}{text}").encode_utf16().flat_map(bytes).collect();
    let files: [(Vec<u8>, &str); 10] = [
        (text.as_bytes().to_vec(), "UTF-8"),
        (format!("\u{FEFF}{text}").into_bytes(), "UTF-8"),
        (wide("\u{FEFF}", u16::to_le_bytes), "UTF-16LE"),
        (wide("\u{FEFF}", u16::to_be_bytes), "UTF-16BE"),
        (wide("", u16::to_le_bytes), "UTF-16LE"),
        (wide("", u16::to_be_bytes), "UTF-16BE"),
        (encoded(text, WINDOWS_1251), "windows-1251"),
        (encoded(text, KOI8_R), "KOI8-U"),
        (encoded(text, IBM866), "IBM866"),
        (encoded(text, X_MAC_CYRILLIC), "x-mac-cyrillic"),
    ];
    for (n, (bytes, encoding)) in files.into_iter().enumerate() {
        let summary = database
            .import_customers(&database.file("guests.csv", bytes))
            .await
            .unwrap();
        assert_eq!(summary.encoding, encoding);
        let new = if n == 0 { 3 } else { 0 };
        let counts = (summary.created, summary.unchanged, summary.errors);
        assert_eq!(counts, (new, 3 - new, 0), "{encoding}: {:?}", told(&summary));
    }
    let (org, id) = (database.org.id, database.id("1").await);
    let guest = database.store.guest(org, id).await.unwrap();
    assert_eq!(guest.name.as_deref(), Some("Анна Ёлкина"));
    // A small file, one name: as it comes from a cash desk of one café.
    let one = encoded("customer_id;name\n9;Ян\n", WINDOWS_1251);
    let summary = database.import_customers(&database.file("one.csv", one)).await.unwrap();
    assert_eq!((summary.encoding.as_str(), summary.created), ("windows-1251", 1));
}

async fn parts_in_different_encodings_are_read_each_in_its_own(database: Database) {
    let parts = [
        encoded("customer_id;name\r\n1;Анна Ёлкина\r\n2;Сёма\r\n", WINDOWS_1251),
        "\u{FEFF}3;Вера Павловна\r\n4;Ян\r\n".as_bytes().to_vec(),
        encoded("5;Глеб Сергеевич\r\n", WINDOWS_1251),
        b"6;Boris\r\n".to_vec(),
        // Cut within a letter: no other encoding, but broken.
        b"7;\xD0\x90\xD0\xBD\xD0\xBD\xD0\r\n".to_vec(),
    ];
    let summary = database
        .import_customers(&database.file("joined.csv", parts.concat()))
        .await
        .unwrap();
    assert_eq!(summary.encoding, "windows-1251 and UTF-8");
    assert_eq!(summary.created, 6);
    let told = told(&summary);
    assert!(
        told[0].starts_with("8 name: is not UTF-8 from its byte 7 on") && told.len() == 1,
        "{told:?}"
    );
    for (id, name) in [
        ("1", "Анна Ёлкина"),
        ("3", "Вера Павловна"),
        ("4", "Ян"),
        ("5", "Глеб Сергеевич"),
    ] {
        let (org, id) = (database.org.id, database.id(id).await);
        let guest = database.store.guest(org, id).await.unwrap();
        assert_eq!(guest.name.as_deref(), Some(name));
    }
}

async fn a_second_header_in_another_order_is_obeyed_and_told(database: Database) {
    let file = "customer_id;name;phone\n1;Анна;89161234501\n\u{FEFF}phone;customer_id;name\n89161234502;2;Борис\n";
    let summary = database
        .import_customers(&database.file("joined.csv", file))
        .await
        .unwrap();
    let told = told(&summary);
    assert!(
        told[0].contains("names the columns anew") && told.len() == 1,
        "{told:?}"
    );
    assert_eq!(summary.created, 2);
    let address = (EndpointKind::Phone, "+79161234502".to_owned());
    assert_eq!(database.facts("2").await.addresses, [address]);
}

async fn short_rows_are_filled_and_long_ones_told(database: Database) {
    let file = "customer_id;name;phone;email;;\r\n\
        1;Анна;89161234501;anna@guest.example\r\n\
        2;Борис\r\n\
        3;Вера;;;;;;\r\n\
        \u{A0};;\t;\u{200B};\r\n\
        ;;;\r\n\
        4;Глеб;;;;лишнее\r\n\
        5;Дина;;;;;; ;!\r\n";
    let summary = database
        .import_customers(&database.file("short.csv", file))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.errors, summary.empty_rows), (3, 2, 2));
    assert!(summary.unknown_columns.is_empty(), "{:?}", summary.unknown_columns);
    let told = told(&summary);
    assert!(
        told[0].starts_with("7 : has something in its cell 6, but the header names 4 columns"),
        "{told:?}"
    );
    assert!(told[1].starts_with("8 : has something in its cell 9"), "{told:?}");
    assert_eq!(summary.first_errors[0].value, "лишнее");
}

async fn what_stands_above_the_names_is_passed_over(database: Database) {
    for (n, above) in [
        "sep=,\n",
        "\u{FEFF}sep=,\r\n",
        "\"sep=,\"\r\n\r\n",
        "SEP=,,,\n",
        "\n\n  \n,,,\n",
        "Выгрузка; от 29.11.2026\nООО \"Ромашка\", Омск\n\n",
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("{above}order_id,customer_id,placed_at,total\n{n},c1,2026-03-01,5\n");
        let summary = database
            .import_orders(&database.file("orders.csv", file))
            .await
            .unwrap();
        assert_eq!((summary.created, summary.errors), (1, 0), "{above:?}");
        assert_eq!(
            summary.above_header.is_empty(),
            !above.contains("Выгрузка"),
            "{above:?}"
        );
    }
    // No line names the columns: the one that comes nearest is shown.
    let file = "Отчёт\norder_id;customer_id;total\n1;c1;5\n";
    let error = database
        .import_orders(&database.file("orders.csv", file))
        .await
        .unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("lacks placed_at; its columns are order_id, customer_id, total"),
        "{error}"
    );
}

async fn errors_stand_on_the_lines_that_an_editor_shows(database: Database) {
    for (file, lines) in [
        ("customer_id;email\r1;a@b.example\r2;no\r3;c@d.example\r4;no\r", [3, 5]),
        ("customer_id;email\n1;a@b.example\r\n2;no\r3;no\n", [3, 4]),
        (
            "customer_id;email;comment\r\n1;;\"two\r\nlines\r!\"\r\n2;no;\r\n\r\n3;no;\r\n",
            [5, 7],
        ),
        ("\r\r\n\ncustomer_id;email\r\r1;no\r\n2;no", [6, 7]),
    ] {
        let summary = database
            .import_customers(&database.file("guests.csv", file))
            .await
            .unwrap();
        let told: Vec<_> = summary.first_errors.iter().map(|e| e.line).collect();
        assert_eq!(told, lines, "{file:?}");
    }
}

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

async fn a_quote_that_is_never_closed_is_told(database: Database) {
    let file = "customer_id;name;comment\n1;Анна;\n2;Борис;\"у входа\n3;Вера;\n4;Глеб;\n";
    let summary = database
        .import_customers(&database.file("open.csv", file))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.errors), (1, 1));
    assert!(
        told(&summary)[0].starts_with("3 : opens a double quote that is closed nowhere"),
        "{summary:?}"
    );
    // A mark of inches in the last line is none.
    let file = "customer_id;name;comment\n5;Дина;пицца 12\"";
    let summary = database
        .import_customers(&database.file("inches.csv", file))
        .await
        .unwrap();
    assert_eq!((summary.created, summary.errors), (1, 0));
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
