//! Files of which a human says what they are: a look at them, columns mapped by hand, encodings and delimiters.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_domain::fault::Why;
use bellhop_store::GuestBase;
use bellhop_store::import::{
    ByHand, FileImports, FileKind, Format, ImportError, ImportOptions, ImportSummary, Program, SheetLook, encoding,
    mapping,
};
use std::collections::BTreeMap;
use std::path::Path;

on_both_databases!(
    columns_are_read_from_the_headings_that_are_said,
    a_heading_may_be_two_columns,
    a_mapping_of_another_file_is_refused_with_what_is_there,
    what_is_said_goes_before_what_is_recognised,
    a_crms_array_is_read_by_its_own_keys,
    a_look_tells_what_an_import_would_take,
    an_export_of_a_known_program_is_recognised,
);

fn by_hand(kind: FileKind, columns: &[(&str, Option<&str>)]) -> ByHand {
    let owned = |(column, heading): &(&str, Option<&str>)| ((*column).to_owned(), heading.map(str::to_owned));
    let said: BTreeMap<_, _> = columns.iter().map(owned).collect();
    ByHand {
        mapping: mapping(kind, &said).unwrap(),
        ..ByHand::default()
    }
}

impl Database {
    async fn imported(&self, kind: FileKind, file: &Path, by_hand: ByHand) -> Result<ImportSummary, ImportError> {
        let options = ImportOptions {
            by_hand,
            ..quietly(false)
        };
        self.store.import_file(&self.org, kind, file, options, NOW).await
    }

    async fn look(&self, file: &Path, by_hand: &ByHand, kind: Option<FileKind>) -> SheetLook {
        self.store.look_at_file(&self.org, file, by_hand, kind).await.unwrap()
    }
}

fn refused(result: Result<ImportSummary, ImportError>) -> Why {
    match result {
        Err(ImportError::Refused { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

async fn columns_are_read_from_the_headings_that_are_said(database: Database) {
    let csv = "Карта;Кто;Телефон;Телефон 2;Откуда\n7001;Анна;89990000001;8 999 000-00-02;Омск\n";
    let file = database.file("guests", csv);
    let columns = [
        ("customer_id", Some("Карта")),
        ("name", Some("Кто")),
        ("phone", Some("Телефон 2")),
        ("attr.city", Some("Откуда")),
    ];
    let kind = FileKind::Customers;
    let done = database.imported(kind, &file, by_hand(kind, &columns)).await.unwrap();
    assert_eq!((done.imported, done.errors), (1, 0), "{done:?}");
    assert_eq!(
        done.unknown_columns,
        ["Телефон"],
        "what is not said any more is not read"
    );
    let guest = database
        .store
        .guest(database.org.id, database.id("7001").await)
        .await
        .unwrap();
    assert_eq!(guest.name.as_deref(), Some("Анна"));
}

async fn a_heading_may_be_two_columns(database: Database) {
    let file = database.file("guests", "Telephone,Name\n+7 999 000-00-01,Anna\n,Boris\n");
    let kind = FileKind::Customers;
    let columns = [("customer_id", Some("Telephone")), ("phone", Some("Telephone"))];
    let done = database.imported(kind, &file, by_hand(kind, &columns)).await.unwrap();
    assert_eq!(
        (done.imported, done.errors),
        (1, 1),
        "a guest without an id is refused: {done:?}"
    );
    database.id("+7 999 000-00-01").await;
}

async fn a_mapping_of_another_file_is_refused_with_what_is_there(database: Database) {
    let file = database.file("orders", "order_id,customer_id,placed_at,total\n1,c1,2026-03-01,5\n");
    let kind = FileKind::Orders;
    let why = refused(
        database
            .imported(kind, &file, by_hand(kind, &[("total", Some("Сумма"))]))
            .await,
    );
    let (missing, columns) = ("Сумма".to_owned(), "order_id, customer_id, placed_at, total".to_owned());
    assert_eq!(why, Why::MappingLacks { missing, columns });
    let why = refused(database.imported(kind, &file, by_hand(kind, &[("total", None)])).await);
    assert!(
        matches!(why, Why::HeaderLacks { ref missing, .. } if missing == "total"),
        "{why:?}"
    );
}

async fn what_is_said_goes_before_what_is_recognised(database: Database) {
    // Read as Windows' letters it is Мария; in DOS' these bytes are something else.
    let mut bytes = b"customer_id^name\n1^".to_vec();
    bytes.extend([0xCC, 0xE0, 0xF0, 0xE8, 0xFF]);
    let file = database.file("guests", bytes);
    let kind = FileKind::Customers;
    let said = |encoding_name: &str| ByHand {
        encoding: Some(encoding(encoding_name).unwrap()),
        delimiter: Some('^'),
        ..ByHand::default()
    };
    let done = database.imported(kind, &file, said("cp1251")).await.unwrap();
    assert_eq!((done.encoding.as_str(), done.delimiter), ("windows-1251", Some('^')));
    let name = |guest: bellhop_store::guests::Guest| guest.name.unwrap_or_default();
    let id = database.id("1").await;
    assert_eq!(name(database.store.guest(database.org.id, id).await.unwrap()), "Мария");
    let done = database.imported(kind, &file, said("ibm866")).await.unwrap();
    assert_eq!(done.updated, 1, "{done:?}");
    assert_ne!(name(database.store.guest(database.org.id, id).await.unwrap()), "Мария");
    let done = database.imported(kind, &file, said("utf-8")).await.unwrap();
    assert_eq!((done.imported, done.errors), (0, 1), "{done:?}");
    // What has no such thing is refused.
    let array = database.file("array", "[{\"customer_id\":\"1\"}]");
    assert_eq!(
        refused(database.imported(kind, &array, said("utf-8")).await),
        Why::TextOptionsOfNoText
    );
}

async fn a_crms_array_is_read_by_its_own_keys(database: Database) {
    let text = r#"[{"id": "a-1", "phoneNumber": "+7 999 000-00-01", "createdAt": "2026-03-01T10:00:00Z", "sum": 1250.5, "promo": "X"},
                   {"id": "a-2", "phoneNumber": "7.9E+10", "createdAt": "2026-03-01T10:00:00Z", "sum": 5}]"#;
    let file = database.file("crm", text);
    let kind = FileKind::Orders;
    let columns = [
        ("order_id", Some("id")),
        ("phone", Some("phoneNumber")),
        ("placed_at", Some("createdAt")),
        ("total", Some("sum")),
        ("promo", None),
    ];
    let done = database.imported(kind, &file, by_hand(kind, &columns)).await.unwrap();
    assert_eq!(
        (done.format, done.imported, done.errors),
        (Format::JsonArray, 1, 1),
        "{done:?}"
    );
    assert_eq!(done.first_errors[0].line, 2);
    assert_eq!(done.first_errors[0].column, "phone");
}

async fn a_look_tells_what_an_import_would_take(database: Database) {
    let csv = "Отчёт за март\n\nНомер заказа;Код клиента;Дата;Сумма, руб.;Этаж\n1;c1;01.03.2026;1 250,50;3\n2;c2;02.03.2026;=1+1;4\n";
    let (text, ..) = encoding_rs::WINDOWS_1251.encode(csv);
    let file = database.file("orders", text);
    let look = database.look(&file, &ByHand::default(), None).await;
    assert_eq!((look.format, look.delimiter), (Format::Csv, Some(';')));
    assert_eq!(look.encoding.as_deref(), Some("windows-1251"));
    assert_eq!(
        (look.holds, look.missing.len()),
        (Some(FileKind::Orders), 0),
        "{look:?}"
    );
    assert_eq!(
        (look.above.as_slice(), look.header_line),
        (["Отчёт за март".to_owned()].as_slice(), 3)
    );
    let columns: Vec<_> = look.headings.iter().map(|it| it.columns.join("+")).collect();
    assert_eq!(columns, ["order_id", "customer_id", "placed_at", "total", ""]);
    assert_eq!(look.rows[0], ["1", "c1", "01.03.2026", "1 250,50", "3"]);
    // What is said is looked at.
    let said = by_hand(FileKind::Orders, &[("restaurant", Some("Этаж"))]);
    let look = database.look(&file, &said, Some(FileKind::Orders)).await;
    assert_eq!(look.headings[4].columns, ["restaurant"]);
    // Two lines name the columns: the second is said to be the one.
    let file = database.file("twice", "order_id;customer_id;placed_at;total;note\r\nnot;these;\r\norder_id;customer_id;placed_at;total;restaurant\r\n1;c1;01.03.2026;5;Arbat\r\n");
    let said = ByHand {
        header: Some(3),
        ..ByHand::default()
    };
    let look = database.look(&file, &said, Some(FileKind::Orders)).await;
    assert_eq!((look.header_line, look.headings[4].heading.as_str()), (3, "restaurant"));
    let done = database.imported(FileKind::Orders, &file, said.clone()).await.unwrap();
    assert_eq!(
        (done.imported, done.errors, done.above_header.len()),
        (1, 0, 2),
        "{done:?}"
    );
    let none = ByHand {
        header: Some(2),
        ..said
    };
    assert!(matches!(
        refused(database.imported(FileKind::Orders, &file, none).await),
        Why::HeaderLacks { .. }
    ));
    // Headings that mean nothing here are told all the same, with what is missing.
    let file = database.file("unknown", "code|who\n1|Anna\n2|Boris\n");
    let look = database
        .look(&file, &ByHand::default(), Some(FileKind::Customers))
        .await;
    assert_eq!((look.delimiter, look.rows.len()), (Some('|'), 2), "{look:?}");
    assert_eq!(look.missing, ["customer_id"]);
    assert_eq!(look.headings[1].heading, "who");
    let file = database.file(
        "array",
        r#"[{"id": 1, "phone": "+79990000001"}, {"id": 2, "tags": ["a"]}]"#,
    );
    let look = database
        .look(&file, &ByHand::default(), Some(FileKind::Customers))
        .await;
    let headings: Vec<_> = look.headings.iter().map(|it| it.heading.as_str()).collect();
    assert_eq!(
        (look.format, headings),
        (Format::JsonArray, vec!["id", "phone", "tags"])
    );
}

async fn an_export_of_a_known_program_is_recognised(database: Database) {
    let csv = "Telephone,Name,Birthday,Email,Card No.,Comment,Guest registration date,Categories,Orders,Total,Last visit\n\
               +79990000001,Anna,28.02.1990,a@b.example,17,,01.03.2026,vip,3,500,02.03.2026\n";
    let file = database.file("iiko", csv);
    let look = database.look(&file, &ByHand::default(), None).await;
    assert_eq!(
        (look.program, look.holds),
        (Some(Program::IikoGuests), Some(FileKind::Customers))
    );
    let kind = FileKind::Customers;
    let said = ByHand {
        mapping: mapping(kind, &look.suggested).unwrap(),
        ..ByHand::default()
    };
    // The suggestion alone is a whole mapping.
    let seen = database.look(&file, &said, Some(kind)).await;
    assert_eq!(seen.missing, Vec::<String>::new(), "{seen:?}");
    let done = database.imported(kind, &file, said).await.unwrap();
    assert_eq!((done.imported, done.errors), (1, 0), "{done:?}");
}
