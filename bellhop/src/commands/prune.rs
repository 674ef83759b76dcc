//! `bellhop prune`: what has had its time goes.

use super::{Context, clock, print_json, table};
use crate::cli::PruneArgs;
use anyhow::Result;
use bellhop_domain::{Timestamp, Zone};
use bellhop_store::SqlStore;
use bellhop_store::pruning::{Kind, Outlived, Pruning};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub async fn run(context: &Context, args: &PruneArgs) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, zone) = (&parts.store, &organisation.timezone);
    let outlived = store.outlived(Timestamp::now()).await?;
    if args.dry_run {
        return match args.json {
            true => outlived.iter().try_for_each(print_json),
            false => {
                print(&outlived, zone);
                Ok(())
            }
        };
    }
    if !args.json {
        print(&outlived, zone);
    }
    let gone = remove(store).await?;
    match args.json {
        true => gone.iter().try_for_each(print_json),
        false => {
            tell(&gone);
            Ok(())
        }
    }
}

/// What went of a kind.
#[derive(Debug, Serialize)]
struct Gone {
    kind: Kind,
    /// Rows that went one by one; those of a month that went as a whole are not counted.
    rows: u64,
    months: BTreeSet<String>,
}

async fn remove(store: &SqlStore) -> Result<Vec<Gone>> {
    let mut gone: BTreeMap<Kind, Gone> = BTreeMap::new();
    while let Some(piece) = store.remove_piece(Timestamp::now()).await? {
        let of_kind = gone.entry(piece.kind).or_insert_with(|| Gone {
            kind: piece.kind,
            rows: 0,
            months: BTreeSet::new(),
        });
        of_kind.rows += piece.rows;
        of_kind.months.extend(piece.month);
    }
    Ok(gone.into_values().collect())
}

fn print(outlived: &[Outlived], zone: &Zone) {
    let header = ["what", "organisation", "older than", "rows", "months"];
    let row = |it: &Outlived| {
        vec![
            it.kind.name().to_owned(),
            it.organisation.clone().unwrap_or_else(|| "all".to_owned()),
            clock(zone, it.until),
            it.rows.to_string(),
            match it.months.is_empty() {
                true => "–".to_owned(),
                false => it.months.join(", "),
            },
        ]
    };
    let rows: Vec<Vec<String>> = outlived.iter().map(row).collect();
    print!("{}", table::render(&header, &rows));
    for kept in outlived.iter().filter_map(|it| it.kept.as_deref()) {
        println!("Note: {kept}.");
    }
    println!("Times by {}.", zone.name());
}

fn tell(gone: &[Gone]) {
    if gone.is_empty() {
        println!("Nothing has had its time.");
    }
    for it in gone {
        let name = it.kind.name();
        let months: Vec<&str> = it.months.iter().map(String::as_str).collect();
        match months.is_empty() {
            true => println!("Gone: {name}, {} rows.", it.rows),
            false => println!(
                "Gone: {name} of {}, with {} rows one by one.",
                months.join(", "),
                it.rows
            ),
        }
    }
}
