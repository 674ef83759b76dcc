//! The examples of docs/import.md do what the page says.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_domain::Money;
use bellhop_store::GuestBase;
use bellhop_store::import::ImportOptions;

on_both_databases!(the_examples_are_imported);

/// The block of the page with this title.
fn example(title: &str) -> String {
    let page = include_str!("../../../docs/import.md");
    let opening = format!("```csv title={title}\n");
    let (_, rest) = page.split_once(&opening).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

async fn the_examples_are_imported(database: Database) {
    let customers = database.file("customers.csv", example("customers.csv"));
    let done = database.import_customers(&customers).await.unwrap();
    assert_eq!((done.created, done.errors, done.unknown_columns.len()), (2, 0, 0));
    let orders = database.file("orders.csv", example("orders.csv"));
    let done = database.import_orders(&orders).await.unwrap();
    assert_eq!((done.created, done.customers_created, done.errors), (2, 1, 0));

    let facts = database.facts("1001").await;
    assert_eq!(
        (facts.revenue, facts.first_at.unwrap().to_string().as_str()),
        (Money(12_505_000), "2026-03-01T16:30:00Z")
    );
    assert_eq!(facts.home_restaurant.as_deref(), Some("Невский"));
    assert_eq!(database.facts("1003").await.orders, 0);
    let guest = database
        .store
        .guest(database.org.id, database.id("1001").await)
        .await
        .unwrap();
    assert_eq!(guest.attributes.get("city").map(String::as_str), Some("Омск"));

    let report = database.folder.path().join("report.csv");
    let options = ImportOptions {
        by_hand: Default::default(),
        errors: Some(Box::new(std::fs::File::create(&report).unwrap())),
        language: bellhop_domain::words::Language::En,
        ..quietly(false)
    };
    let bad = database.file("bad.csv", example("bad.csv"));
    let done = database
        .store
        .import_orders(&database.org, &bad, options, NOW)
        .await
        .unwrap();
    assert_eq!((done.created, done.errors), (1, 2));
    assert_eq!(std::fs::read_to_string(report).unwrap(), example("report.csv"));
}
