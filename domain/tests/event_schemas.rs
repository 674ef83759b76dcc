//! docs/events has a JSON Schema for each kind of event, and docs/events.md speaks of each, with examples that can be read.
#![allow(clippy::unwrap_used)]

use bellhop_domain::event::{EventKind, Told, json_schema};
use bellhop_domain::phone::Region;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const PAGE: &str = include_str!("../../docs/events.md");

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/events")
}

/// `WRITE_DOCS=1` writes them.
#[test]
fn each_kind_has_its_schema() {
    let text = |kind| serde_json::to_string_pretty(&json_schema(kind)).unwrap() + "\n";
    let wanted: BTreeMap<String, String> = EventKind::ALL
        .into_iter()
        .map(|kind| (format!("{kind}.json"), text(kind)))
        .collect();
    if std::env::var_os("WRITE_DOCS").is_some() {
        for (name, text) in &wanted {
            std::fs::write(folder().join(name), text).unwrap();
        }
    }
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        found.insert(name, std::fs::read_to_string(path).unwrap());
    }
    assert!(
        found == wanted,
        "docs/events is old: WRITE_DOCS=1 cargo test -p bellhop-domain --test event_schemas"
    );
}

/// The JSON of the page's fenced blocks.
fn examples() -> Vec<Value> {
    let blocks = PAGE.split("```json\n").skip(1);
    let text = blocks.map(|block| block.split_once("```").unwrap().0);
    text.map(|text| serde_json::from_str(text).unwrap()).collect()
}

#[test]
fn the_page_has_an_example_of_each_kind_that_is_told() {
    let mut shown = BTreeSet::new();
    for example in examples() {
        let Some(Value::Array(events)) = example.get("events").cloned() else {
            continue;
        };
        for event in events {
            let told = Told::read(event.clone(), Region::RU);
            shown.insert(told.unwrap_or_else(|faults| panic!("{event}: {faults:?}")).kind);
        }
    }
    let told: BTreeSet<_> = EventKind::ALL.into_iter().filter(|kind| kind.is_told()).collect();
    assert_eq!(shown, told);
}

#[test]
fn the_page_lists_every_kind_with_its_variables() {
    for kind in EventKind::ALL {
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{kind}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/events.md has no row of {kind}"));
        for path in kind.schema().paths() {
            assert!(row.contains(&format!("`{path}`")), "the row of {kind} lacks `{path}`");
        }
    }
}
