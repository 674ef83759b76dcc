//! Files as restaurants have them: of Excel, of cash desks, joined by hand. Their rows as such: `field_rows.rs`.

use crate::database::{Database, on_both_databases};
use bellhop_domain::{EndpointKind, Money};
use bellhop_store::GuestBase;
use bellhop_store::import::ImportSummary;
use encoding_rs::{Encoding, IBM866, KOI8_R, WINDOWS_1251, X_MAC_CYRILLIC};

on_both_databases!(
    an_ordinary_russian_export_is_imported_whole,
    any_encoding_is_read_and_said,
    parts_in_different_encodings_are_read_each_in_its_own,
    a_second_header_in_another_order_is_obeyed_and_told,
    short_rows_are_filled_and_long_ones_told,
    what_stands_above_the_names_is_passed_over,
    errors_stand_on_the_lines_that_an_editor_shows,
    a_quote_that_is_never_closed_is_told,
);

/// `line column: problem` of each error.
pub fn told(summary: &ImportSummary) -> Vec<String> {
    let line = |e: &bellhop_store::import::RowError| format!("{} {}: {}", e.line, e.column, e.why);
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
    // What Excel makes of a yes and a no.
    let text = "Код клиента;Согласие на рассылку\r\n1;ИСТИНА\r\n2;ЛОЖЬ\r\n";
    let file = database.file("consents.csv", encoded(text, WINDOWS_1251));
    assert_eq!(database.import_customers(&file).await.unwrap().errors, 0);
    assert!(!database.facts("1").await.consents.is_empty() && database.facts("2").await.consents.is_empty());
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
