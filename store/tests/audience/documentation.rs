//! Every filter in docs/audience.md is asked.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::segment::{Leaf, Segment};
use bellhop_store::Audience;
use bellhop_store::segments::{NewSegment, SegmentBook};

on_both_databases!(the_documented_filters_are_answered);

const PAGE: &str = include_str!("../../../docs/audience.md");

fn filters() -> Vec<Segment> {
    PAGE.split("```json\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .map(|filter| filter.parse().unwrap_or_else(|e| panic!("{filter}: {e}")))
        .collect()
}

async fn the_documented_filters_are_answered(database: Database) {
    let filters = filters();
    // The page's saved segment.
    let saved = NewSegment {
        name: "regulars",
        description: "",
        filter: &Segment::everybody(),
    };
    let org = database.org.id;
    database
        .store
        .create_segment(org, &saved, None, "t", NOW)
        .await
        .unwrap();
    for segment in &filters {
        let count = database.store.count(database.org.id, segment, NOW).await.unwrap();
        assert_eq!(count.count, 0, "an empty base has no guests");
    }
    let shown: Vec<_> = filters.iter().flat_map(Segment::leaves).map(Leaf::key).collect();
    for key in Leaf::KEYS {
        assert!(shown.contains(key), "docs/audience.md shows no {key}");
    }
}
