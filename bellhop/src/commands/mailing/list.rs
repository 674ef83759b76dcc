//! `bellhop mailing list`

use crate::commands::{Context, clock, print_json, table};
use anyhow::Result;
use bellhop_store::ledger::Listing;

pub async fn run(context: &Context, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let mailings = parts.store.mailings(organisation.id).await?;
    if json {
        return print_json(&mailings);
    }
    if mailings.is_empty() {
        println!(
            "{} has no mailing; `bellhop mailing create FILE` makes one.",
            organisation.slug
        );
        return Ok(());
    }
    let zone = &organisation.timezone;
    let rows: Vec<Vec<String>> = mailings
        .into_iter()
        .map(|it| {
            let start = it.start_at.map_or_else(|| "–".to_owned(), |at| clock(zone, at));
            let state = it.state.map_or("draft", |state| state.name());
            vec![
                it.id.to_string(),
                it.name,
                state.to_owned(),
                clock(zone, it.created_at),
                start,
            ]
        })
        .collect();
    print!("{}", table::render(&["id", "name", "state", "created", "start"], &rows));
    println!("Times by {}.", zone.name());
    Ok(())
}
