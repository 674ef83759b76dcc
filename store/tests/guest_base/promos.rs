//! Promo codes from files, and tags by the use of a promo.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_domain::fault::Why;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::tag::TagSource;
use bellhop_domain::{Money, Timestamp};
use bellhop_store::guests::{GuestBase, GuestTags, LiveOrder, TagChange};
use bellhop_store::import::{ImportError, ImportOptions};
use bellhop_store::promos::{NewPromoList, PromoBook, PromoImport, PromoTags};
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

on_both_databases!(
    every_repeat_is_refused_with_its_line,
    a_column_a_list_and_any_line_ends_are_read,
    what_is_no_list_of_codes_is_refused_whole,
    a_large_file_comes_in_batches_and_may_come_again,
    the_use_of_a_promo_sets_its_tags,
    an_import_of_orders_sets_them_too,
);

impl Database {
    async fn list(&self, name: &str) {
        let list = NewPromoList {
            name,
            common_code: None,
            ends_at: None,
        };
        self.store.put_promo_list(self.org.id, list, "anna", NOW).await.unwrap();
    }

    async fn codes(&self, list: &str, content: impl AsRef<[u8]>) -> Result<PromoImport, ImportError> {
        let file = self.file("codes.csv", content);
        let options = quietly(false);
        self.store.import_promo_codes(self.org.id, list, &file, options).await
    }

    async fn sources(&self, tag: &str) -> Vec<TagSource> {
        let tags = self.store.tags(self.org.id, self.id("c1").await).await.unwrap();
        let found = tags.into_iter().find(|it| it.name == tag);
        found.map(|it| it.sources).unwrap_or_default()
    }

    async fn tags_of(&self, promo: &str, tags: &[&str]) {
        let tags: BTreeSet<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
        let org = self.org.id;
        self.store.set_promo_tags(org, promo, &tags, "anna", NOW).await.unwrap();
    }
}

#[derive(Clone, Default)]
struct Report(Arc<Mutex<Vec<u8>>>);

impl Write for Report {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn every_repeat_is_refused_with_its_line(database: Database) {
    database.list("spring").await;
    database.list("autumn").await;
    let done = database.codes("spring", "A1\nA2\n").await.unwrap();
    assert_eq!((done.rows, done.imported, done.errors, done.left), (2, 2, 0, 2));
    let file = database.file("more.csv", "code\nB1\nA2\n\nB1\nB 2\n,\nB3\n");
    let report = Report::default();
    let options = ImportOptions {
        by_hand: Default::default(),
        errors: Some(Box::new(report.clone())),
        ..quietly(false)
    };
    let import = database
        .store
        .import_promo_codes(database.org.id, "autumn", &file, options);
    let done = import.await.unwrap();
    assert_eq!((done.rows, done.imported, done.errors, done.left), (6, 2, 4, 2));
    let told: Vec<_> = done.first_errors.into_iter().map(|it| (it.line, it.why)).collect();
    let taken = |list: &str| Why::PromoCodeTaken { list: list.to_owned() };
    assert_eq!(
        told,
        [
            (3, taken("spring")),
            (5, taken("autumn")),
            (6, Why::PromoCodeSpaced),
            (7, Why::PromoCodeEmpty)
        ]
    );
    let written = String::from_utf8(report.0.lock().unwrap().clone()).unwrap();
    let codes: Vec<_> = written.lines().map(|line| line.split(',').nth(3).unwrap()).collect();
    assert_eq!(
        codes,
        [
            "code",
            "promo_code_taken",
            "promo_code_taken",
            "promo_code_spaced",
            "promo_code_empty"
        ]
    );
    // What nobody has heard of.
    let unknown = database.codes("winter", "C1\n").await;
    assert!(matches!(unknown, Err(ImportError::Store(_))), "{unknown:?}");
}

async fn a_column_a_list_and_any_line_ends_are_read(database: Database) {
    database.list("spring").await;
    let mut wide = vec![0xFF, 0xFE];
    "Код;Скидка\r\nШ1;5\r\n"
        .encode_utf16()
        .for_each(|unit| wide.extend(unit.to_le_bytes()));
    for (content, codes) in [
        (&b"A1\nA2"[..], 2),
        (b"\xEF\xBB\xBFPromo code\r\nA3\r\n", 1),
        (b"name;Coupon\nx;A4\ny;A5\n", 2),
        (b"\"A6\",\"10 %\"\n", 1),
        (&wide, 1),
    ] {
        let done = database.codes("spring", content).await.unwrap();
        assert_eq!((done.imported, done.errors), (codes, 0), "{content:?}");
    }
    let long = format!("A7\n{}\nA8\n", "x".repeat(20_000));
    let done = database.codes("spring", long).await.unwrap();
    assert_eq!((done.imported, done.errors), (2, 1));
    assert_eq!(done.first_errors[0].why, Why::LineHuge);
    let done = database.codes("spring", b"A9\n\xCF\xCE\n").await.unwrap();
    assert_eq!((done.imported, done.errors), (1, 1));
    assert_eq!(done.first_errors[0].why, Why::LineNotUnicode { byte: 1 });
}

async fn what_is_no_list_of_codes_is_refused_whole(database: Database) {
    database.list("spring").await;
    for (content, expected) in [
        (&b""[..], Why::FileEmpty),
        (b"PK\x03\x04rest", Why::FileIsWorkbook),
        (b"\x1F\x8Brest", Why::FileIsCompressed),
    ] {
        match database.codes("spring", content).await {
            Err(ImportError::Refused { why, .. }) => assert_eq!(why, expected),
            other => panic!("{other:?}"),
        }
    }
}

async fn a_large_file_comes_in_batches_and_may_come_again(database: Database) {
    database.list("spring").await;
    let text: String = (0..25_000).map(|i| format!("L{i}\n")).collect();
    let done = database.codes("spring", &text).await.unwrap();
    assert_eq!((done.rows, done.imported, done.left), (25_000, 25_000, 25_000));
    let done = database.codes("spring", text + "L25000\n").await.unwrap();
    assert_eq!((done.imported, done.errors, done.left), (1, 25_000, 25_001));
    assert_eq!(done.first_errors.len(), 20);
    let list = database
        .store
        .promo_list(database.org.id, "spring")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((list.codes, list.longest), (25_001, 6));
}

fn order(id: &str, promo: Option<&str>, status: OrderStatus) -> LiveOrder {
    LiveOrder {
        external_id: id.to_owned(),
        customer: Some("c1".to_owned()),
        phone: None,
        restaurant: None,
        placed_at: Timestamp(NOW.0 - 1_000),
        status,
        total: Money(10_000),
        delivery: None,
        source: None,
        promo: promo.map(str::to_owned),
        items: None,
    }
}

async fn the_use_of_a_promo_sets_its_tags(database: Database) {
    let (store, org) = (&database.store, database.org.id);
    database.tags_of("BACK20", &["came back", "spring"]).await;
    assert_eq!(
        store.promo_tags(org).await.unwrap(),
        [PromoTags {
            promo: "BACK20".to_owned(),
            tags: vec!["came back".to_owned(), "spring".to_owned()]
        }]
    );
    let put = async |order: LiveOrder| {
        store.put_orders(org, &[order], NOW).await.unwrap();
    };
    put(order("o1", Some("OTHER"), OrderStatus::Delivered)).await;
    put(order("o2", Some("BACK20"), OrderStatus::Cancelled)).await;
    assert_eq!(database.sources("spring").await, []);
    put(order("o3", Some("BACK20"), OrderStatus::Placed)).await;
    assert_eq!(database.sources("spring").await, [TagSource::Promo]);
    // The facts know it, by which audiences are asked.
    assert_eq!(database.facts("c1").await.tags, ["came back", "spring"]);
    // Another source takes back its own word alone.
    let id = database.id("c1").await;
    let change = TagChange {
        removed: BTreeSet::from(["spring".to_owned()]),
        ..TagChange::default()
    };
    store
        .change_tags(org, id, TagSource::Hand, &change, "anna", NOW)
        .await
        .unwrap();
    assert_eq!(database.sources("spring").await, [TagSource::Promo]);
    // From now on it sets nothing, and guests keep what they have.
    database.tags_of("BACK20", &[]).await;
    assert_eq!(store.promo_tags(org).await.unwrap(), []);
    put(order("o3", Some("BACK20"), OrderStatus::Delivered)).await;
    assert_eq!(database.sources("spring").await, [TagSource::Promo]);
}

async fn an_import_of_orders_sets_them_too(database: Database) {
    database.tags_of("BACK20", &["spring"]).await;
    let csv = "order_id,customer_id,placed_at,total,promo,status\no1,c1,2026-03-01 12:00,100,BACK20,delivered\n";
    database.import_orders(&database.file("orders.csv", csv)).await.unwrap();
    assert_eq!(database.sources("spring").await, [TagSource::Promo]);
    assert_eq!(database.facts("c1").await.tags, ["spring"]);
}
