//! The questions: six segments, from simple ones to the deepest that marketers build.

use anyhow::{Context, Result};
use bellhop_domain::segment::Segment;
use serde_json::{Value, json};

/// A name and a filter. The names in the filters are those of the generated base.
pub fn all() -> Result<Vec<(&'static str, Segment)>> {
    let filters: [(&str, Value); 6] = [
        ("with a tag", json!({ "tags": { "any": ["tag 3"] } })),
        ("lost", json!({ "retention": ["lost"] })),
        (
            "tag A, not tag B, ordered in 30 days, never category C",
            json!({ "all": [
                { "tags": { "any": ["tag 3"], "none": ["tag 7"] } },
                { "orders": { "between": { "last_days": 30 } } },
                { "orders": { "category": ["category 5"], "count": { "max": 0 } } },
            ] }),
        ),
        (
            "3 orders and 5,000 in 90 days",
            json!({ "orders": { "between": { "last_days": 90 }, "count": { "min": 3 }, "total": { "min": "5000" } } }),
        ),
        (
            "lost, once worth 10,000, with the app",
            json!({ "all": [
                { "retention": ["lost", "cooling"] },
                { "orders": { "total": { "min": "10000" } } },
                { "has": ["app"] },
            ] }),
        ),
        ("everybody", json!({})),
    ];
    let parsed = filters.into_iter().map(|(name, filter)| {
        let segment = Segment::parse(&filter).with_context(|| format!("segment {name:?}"))?;
        Ok((name, segment))
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_segment_is_of_the_filter_language() {
        let all = super::all().unwrap();
        assert_eq!(all.len(), 6);
        assert!(all[5].1.is_everybody());
    }
}
