//! `bellhop program list`

use crate::commands::{Context, clock, print_json, table};
use anyhow::Result;
use bellhop_store::programs::ProgramsBook;
use serde_json::json;

pub(super) async fn run(context: &Context, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let programs = parts.store.programs(organisation.id).await?;
    if json {
        let told = programs.iter().map(|it| {
            json!({ "id": it.id, "name": it.name, "state": it.state.name(), "version": it.version,
                    "created_at": it.created_at, "switched_at": it.switched_at })
        });
        return print_json(&told.collect::<Vec<_>>());
    }
    if programs.is_empty() {
        println!(
            "{} has no program; `bellhop program presets` lists what to begin from.",
            organisation.slug
        );
        return Ok(());
    }
    let zone = &organisation.timezone;
    let rows = programs.iter().map(|it| {
        vec![
            it.id.to_string(),
            it.name.clone(),
            it.state.name().to_owned(),
            it.version.to_string(),
            clock(zone, it.created_at),
            clock(zone, it.switched_at),
        ]
    });
    let header = ["id", "name", "state", "version", "created", "switched"];
    print!("{}", table::render(&header, &rows.collect::<Vec<_>>()));
    println!("Times by {}.", zone.name());
    Ok(())
}
