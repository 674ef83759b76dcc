//! Bad files and bad rows: what is said about them, and that good rows are in and nothing is half-done.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_domain::words::Language;
use bellhop_domain::{Channel, EndpointKind};
use bellhop_store::GuestBase;
use bellhop_store::import::{ImportError, ImportOptions, ImportSummary};
use std::io::Write;
use std::sync::{Arc, Mutex};

on_both_databases!(
    a_wrong_header_refuses_the_file,
    bad_orders_are_told_and_good_ones_kept,
    bad_customers_are_told_and_good_ones_kept,
    broken_text_is_told_by_line_and_column,
    a_huge_cell_is_a_row_error,
    a_dry_run_writes_nothing,
    the_report_lists_every_error,
    the_report_is_written_in_a_chosen_language,
    bad_ndjson_is_told,
    a_phone_is_refused_with_its_cause_and_shown_on_one_line,
    a_repeated_header_is_told,
);

/// `line column` of each error.
fn places(summary: &ImportSummary) -> Vec<String> {
    summary
        .first_errors
        .iter()
        .map(|e| format!("{} {}", e.line, e.column))
        .collect()
}

async fn nobody_is_in(database: &Database) {
    for id in ["c1", "c2", "c3"] {
        assert_eq!(
            database.store.customer_id(database.org.id, id).await.unwrap(),
            None,
            "{id}"
        );
    }
}

async fn a_wrong_header_refuses_the_file(database: Database) {
    let table = [
        ("", "empty"),
        ("\n\n", "empty"),
        ("id,who\n1,c1\n", "lacks order_id, customer_id, placed_at, total"),
        ("order_id,customer_id,total\n1,c1,5\n", "lacks placed_at"),
        (
            "order_id,customer_id,placed_at,total,total\n1,c1,2026-01-01,5,5\n",
            "total twice",
        ),
        (
            "order_id,customer_id,placed_at,total,x,x\n1,c1,2026-01-01,5,5,5\n",
            "x twice",
        ),
        ("PK\u{3}\u{4}xl", "no workbook that can be read"),
    ];
    for (content, reason) in table {
        let error = database
            .import_orders(&database.file("bad.csv", content))
            .await
            .unwrap_err();
        assert!(matches!(error, ImportError::Refused { .. }), "{content:?}: {error}");
        assert!(error.to_string().contains(reason), "{content:?}: {error}");
    }
    let absent = database.import_orders(&database.folder.path().join("absent.csv")).await;
    assert!(matches!(absent, Err(ImportError::Unreadable { .. })));
    nobody_is_in(&database).await;
}

async fn bad_orders_are_told_and_good_ones_kept(database: Database) {
    let file = database.file(
        "orders.csv",
        "order_id,customer_id,placed_at,total,status,items\n\
         1,c1,2026-03-01T09:00:00Z,100,delivered,\n\
         2,c2,2026-02-30,100,,\n\
         3,,2026-03-01,ten,eaten,\n\
         \n\
         4,c2,2026-03-01,-5,,\n\
         5,c2,2026-03-01\n\
         6,c2,0999-03-01,5,,\n\
         7,c2,2026-03-01,5,,\"[{\"\"quantity\"\":1.5}]\"\n\
         8,c2,2026-03-01,5,,none\n\
         9,c1,2026-03-02,\"50.5\",cancelled,\n",
    );
    let summary = database.import_orders(&file).await.unwrap();
    let expected = [
        "3 placed_at",
        "4 customer_id",
        "4 status",
        "4 total",
        "6 total",
        "7 total",
        "8 placed_at",
        "9 items",
        "10 items",
    ];
    let mut told = places(&summary);
    told.sort_by_key(|place| {
        let (line, column) = place.split_once(' ').unwrap();
        (line.parse::<u32>().unwrap(), column.to_owned())
    });
    assert_eq!(told, expected);
    assert_eq!((summary.rows, summary.imported, summary.errors), (9, 2, 7));
    let error = &summary.first_errors[0];
    assert_eq!(error.value, "2026-02-30");
    assert!(
        error.why.to_string().contains("does not exist; correct it"),
        "{}",
        error.why.to_string()
    );
    let facts = database.facts("c1").await;
    assert_eq!((facts.orders, facts.revenue.to_string().as_str()), (1, "100.00"));
    assert_eq!(database.store.customer_id(database.org.id, "c2").await.unwrap(), None);
}

async fn bad_customers_are_told_and_good_ones_kept(database: Database) {
    let file = database.file(
        "customers.csv",
        "customer_id;phone;birthday;email;locale;timezone;marketing_consent;registered_at\n\
         c1;+79991234567;28.02.1990;anna@example.com;ru_RU;Europe/Moscow;да;2026-01-01\n\
         c2;call me;30.02.1990;anna;russian;Moscow;maybe;yesterday\n\
         ;;;;;;;\n",
    );
    let summary = database.import_customers(&file).await.unwrap();
    let expected = [
        "3 phone",
        "3 birthday",
        "3 email",
        "3 locale",
        "3 timezone",
        "3 marketing_consent",
        "3 registered_at",
    ];
    let mut told = places(&summary);
    assert_eq!(told.len(), expected.len(), "{told:?}");
    told.retain(|place| !expected.contains(&place.as_str()));
    assert!(told.is_empty(), "{told:?}");
    assert_eq!((summary.imported, summary.created, summary.errors), (1, 1, 1));
    assert_eq!(summary.empty_rows, 1);
    assert_eq!(database.facts("c1").await.consents, Channel::ALL);
}

async fn a_phone_is_refused_with_its_cause_and_shown_on_one_line(database: Database) {
    let file = database.file(
        "customers.csv",
        "customer_id;phone;whatsapp\n\
         c1;7.9161234E10;\n\
         c2;8916123456O;\n\
         c3;7,9161E+10;8\u{202F}916\u{202F}22o\u{202F}45\u{202F}24\n\
         c4;\"8 916 223-45-17\r\n8 916\";\n\
         c5;+7 495 223-45-12 доб. 123;\n\
         c6;\"8 916 223-45-17\r\n8 916 223-45-18\";+52 1 55 1234 5679\n\
         c7;8 916 223-45-15 8 916 223-45-16;\n",
    );
    let summary = database.import_customers(&file).await.unwrap();
    let told: Vec<_> = summary
        .first_errors
        .iter()
        .map(|e| (e.line, e.column.as_str(), e.value.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (2, "phone", "7.9161234E10"),
            (3, "phone", "8916123456O"),
            (4, "phone", "7,9161E+10"),
            (4, "whatsapp", "8⟨U+202F⟩916⟨U+202F⟩22o⟨U+202F⟩45⟨U+202F⟩24"),
            (5, "phone", "8 916 223-45-17⟨U+000D⟩⟨U+000A⟩8 916"),
            (7, "phone", "+7 495 223-45-12 доб. 123"),
            (10, "phone", "8 916 223-45-15 8 916 223-45-16"),
        ]
    );
    let words = [
        "the spreadsheet turned it into a number; format the column as text and export again",
        "the letter O (U+004F)",
        "the spreadsheet turned it into a number",
        "the letter o (U+006F)",
        "of which number 2 has only 4 digits",
        "an extension cannot get an SMS",
        "put ; between them",
    ];
    for (error, words) in summary.first_errors.iter().zip(words) {
        assert!(error.why.to_string().contains(words), "{error:?}");
    }
    assert_eq!(summary.imported, 1);
    let addresses = database.facts("c6").await.addresses;
    assert!(
        addresses.contains(&(EndpointKind::WhatsApp, "+525512345679".to_owned())),
        "{addresses:?}"
    );
    assert!(
        addresses.iter().any(|(kind, _)| *kind == EndpointKind::Phone),
        "{addresses:?}"
    );
}

async fn a_repeated_header_is_told(database: Database) {
    let part = "\u{FEFF}customer_id;name;phone\r\n";
    let file = format!("\u{FEFF}{part}1001;Анна;89162235001\r\n{part}1003;Вера;89162235003\r\n");
    let summary = database
        .import_customers(&database.file("joined.csv", file))
        .await
        .unwrap();
    assert_eq!(places(&summary), ["3 "]);
    assert!(
        summary.first_errors[0]
            .why
            .to_string()
            .contains("repeats the names of the columns")
    );
    assert_eq!(summary.created, 2);
}

async fn broken_text_is_told_by_line_and_column(database: Database) {
    let file = database.file(
        "customers.csv",
        b"customer_id,name,note\nc1,Anna,\nc2,An\xffna,\nc3,\"two\nlines\",x\xc3\nc4,A\0B,\nc5,Boris,\n",
    );
    let summary = database.import_customers(&file).await.unwrap();
    assert_eq!(places(&summary), ["3 name", "4 note", "6 name"]);
    assert!(
        summary.first_errors[0].why.to_string().contains("byte 3"),
        "{:?}",
        summary.first_errors[0]
    );
    assert_eq!(summary.unknown_columns, ["note"]);
    assert_eq!((summary.imported, summary.errors), (2, 3));
    database.facts("c5").await;
}

async fn a_huge_cell_is_a_row_error(database: Database) {
    let huge = "x".repeat(10 << 20);
    let csv = format!("customer_id,name,comment\nc1,Anna,ok\nc2,\"{huge}\",no\nc3,Boris,ok\n");
    let summary = database
        .import_customers(&database.file("huge.csv", &csv))
        .await
        .unwrap();
    assert_eq!(places(&summary), ["3 name"]);
    assert_eq!((summary.imported, summary.errors), (2, 1));
    // An unclosed quote swallows the rest, and that is what is said.
    let open = format!("customer_id,name\nc4,Anna\nc5,\"{huge}\nc6,Boris\n");
    let summary = database
        .import_customers(&database.file("open.csv", &open))
        .await
        .unwrap();
    assert_eq!(places(&summary), ["3 name"]);
    assert!(summary.first_errors[0].why.to_string().contains("close its quote"));
    let json = format!("{{\"customer_id\":\"c7\",\"name\":\"{huge}\"}}\n{{\"customer_id\":\"c8\"}}\n");
    let summary = database
        .import_customers(&database.file("huge.ndjson", &json))
        .await
        .unwrap();
    assert_eq!((summary.imported, summary.errors), (1, 1));
}

async fn a_dry_run_writes_nothing(database: Database) {
    let csv = "order_id,customer_id,placed_at,total\n1,c1,2026-03-01,5\n2,c2,never,5\n";
    let file = database.file("orders.csv", csv);
    let summary = database
        .store
        .import_orders(&database.org, &file, quietly(true), NOW)
        .await
        .unwrap();
    assert_eq!(
        (summary.rows, summary.imported, summary.errors, summary.created),
        (2, 1, 1, 0)
    );
    nobody_is_in(&database).await;
}

/// A file that the test can read back.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn the_report_lists_every_error(database: Database) {
    let mut csv = "customer_id,birthday\n".to_owned();
    for n in 0..100 {
        csv += &format!("c{n},=cmd()\n");
    }
    let report = Written::default();
    let options = ImportOptions {
        by_hand: Default::default(),
        errors: Some(Box::new(report.clone())),
        ..quietly(false)
    };
    let file = database.file("customers.csv", csv);
    let summary = database
        .store
        .import_customers(&database.org, &file, options, NOW)
        .await
        .unwrap();
    assert_eq!((summary.errors, summary.first_errors.len()), (100, 20));
    let text = String::from_utf8(report.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[0], "line,column,value,code,problem");
    // A spreadsheet shows the value and does not compute it.
    assert_eq!(
        lines[100],
        "101,birthday,'=cmd(),birthday_unreadable,is no day; write it like 1990-02-28 or 28.02.1990"
    );
}

/// The codes stay, and no English is among the words: neither of a row nor of what is wrong inside it.
async fn the_report_is_written_in_a_chosen_language(database: Database) {
    let report = Written::default();
    let options = ImportOptions {
        by_hand: Default::default(),
        errors: Some(Box::new(report.clone())),
        language: Language::Ru,
        ..quietly(false)
    };
    let csv = "order_id;phone;placed_at;total;items\n\
        1;89991234567, 8999;2026-02-30;12/50;\n\
        2;89991234567;2026-03-01;5;[{\"price\":\"1,250\"}]\n";
    let file = database.file("orders.csv", csv);
    database
        .store
        .import_orders(&database.org, &file, options, NOW)
        .await
        .unwrap();
    let text = String::from_utf8(report.0.lock().unwrap().clone()).unwrap();
    let words: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(
        words,
        [
            "2,phone,\"89991234567, 8999\",phone_of_several,\"здесь несколько номеров, из них номер 2: слишком мало цифр (4); \
             напишите номер целиком с кодом страны, например +7 999 123-45-67\"",
            "2,placed_at,2026-02-30,day_impossible,такого дня не бывает; исправьте",
            "2,total,12/50,amount_character,\"внутри есть символ / (U+002F); оставьте только цифры, пробелы между тысячами и десятичную \
             запятую или точку\"",
            "3,items,\"[{\"\"price\"\":\"\"1,250\"\"}]\",item_price_unfit,\"цена позиции: может быть и 1250, и 1.25; напишите то, что \
             имеется в виду\"",
        ]
    );
}

async fn bad_ndjson_is_told(database: Database) {
    let content = b"{\"order_id\":1,\"customer_id\":\"c1\",\"placed_at\":\"2026-03-01\",\"total\":10.5,\"rating\":5}\n\
        not json\n\n{\"order_id\":2}\n{\"order_id\":\"\xff\"}\n[1]\n";
    let summary = database
        .import_orders(&database.file("orders.ndjson", content))
        .await
        .unwrap();
    let told = places(&summary);
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(
        (told[0].as_str(), told[4].as_str(), told[5].as_str()),
        ("2 ", "5 ", "6 ")
    );
    assert_eq!((summary.imported, summary.errors), (1, 4));
    assert_eq!(summary.unknown_columns, ["rating"]);
    assert_eq!(database.facts("c1").await.revenue.to_string(), "10.50");
}
