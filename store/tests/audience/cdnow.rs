//! Real purchase histories, with the retention counts of an independent program at seven instants
//! (tests/data/cdnow-sample/README.md).

use crate::database::{Database, on_both_databases};
use bellhop_domain::retention::Retention;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Timestamp, Zone};
use bellhop_store::Audience;
use std::path::Path;

on_both_databases!(retention_at_every_listed_instant);

/// As of, then guests who are new, active, cooling, lost, returned, and all together.
const LISTED: [(&str, [u64; 6]); 7] = [
    ("1997-01-20", [318, 33, 90, 0, 2, 443]),
    ("1997-02-01", [367, 52, 334, 14, 14, 781]),
    ("1997-03-15", [396, 72, 525, 984, 83, 2060]),
    ("1997-04-01", [179, 96, 548, 1436, 98, 2357]),
    ("1997-07-01", [0, 24, 73, 2125, 135, 2357]),
    ("1998-01-01", [0, 17, 118, 2176, 46, 2357]),
    ("1998-07-01", [0, 13, 80, 2219, 45, 2357]),
];

async fn retention_at_every_listed_instant(database: Database) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/cdnow-sample/orders.csv");
    database.import_orders(&file).await.unwrap();
    for (day, expected) in LISTED {
        let t: Timestamp = Zone::utc().parse(day).unwrap();
        let mut answers = Vec::new();
        for category in Retention::ALL {
            let filter = format!(r#"{{"retention":["{}"]}}"#, category.name());
            answers.push(count(&database, &filter, t).await);
        }
        answers.push(count(&database, r#"{"orders":{}}"#, t).await);
        assert_eq!(answers, expected, "{day}");
        // Nobody has two categories, or none.
        let any = r#"{"any":[{"retention":["new","active","cooling"]},{"retention":["lost","returned"]}]}"#;
        assert_eq!(count(&database, any, t).await, expected[5]);
        let none = r#"{"not":{"retention":["new","active","cooling","lost","returned"]}}"#;
        assert_eq!(count(&database, none, t).await, 2357 - expected[5]);
    }
}

async fn count(database: &Database, filter: &str, as_of: Timestamp) -> u64 {
    let segment: Segment = filter.parse().unwrap();
    database
        .store
        .count(database.org.id, &segment, as_of)
        .await
        .unwrap()
        .count
}
