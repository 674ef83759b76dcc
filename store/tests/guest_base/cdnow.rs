//! Real purchase histories with the retention counts of an independent program (tests/data/cdnow-sample/README.md).

use crate::database::{Database, on_both_databases};
use bellhop_domain::retention::{OrderFacts, Retention, Thresholds, category};
use bellhop_domain::{Timestamp, Zone};
use std::collections::HashMap;
use std::path::Path;

on_both_databases!(the_facts_give_the_published_categories);

async fn the_facts_give_the_published_categories(database: Database) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/cdnow-sample/orders.csv");
    let summary = database.import_orders(&file).await.unwrap();
    // Whatever a file repeats it repeats for nothing.
    let again = database.import_orders(&file).await.unwrap();
    assert_eq!((summary.rows, summary.created, summary.errors), (6919, 6919, 0));
    assert_eq!((summary.customers_created, again.unchanged), (2357, 6919));

    let end: Timestamp = Zone::utc().parse("1998-07-01").unwrap();
    let thresholds = Thresholds::default();
    let mut counts: HashMap<Retention, u32> = HashMap::new();
    for number in 1..=2357 {
        let facts = database.facts(&format!("{number:04}")).await;
        let facts = OrderFacts {
            first: facts.first_at.unwrap(),
            latest: facts.last_at.unwrap(),
            returned: facts.returned_at,
        };
        *counts.entry(category(&facts, &thresholds, end)).or_default() += 1;
    }
    let counts = Retention::ALL.map(|r| counts.get(&r).copied().unwrap_or(0));
    // new, active, cooling, lost, returned
    assert_eq!(counts, [0, 13, 80, 2219, 45]);
}
