//! `bellhop program show ID`

use crate::commands::{Context, clock, print_json};
use anyhow::{Context as _, Result};
use bellhop_domain::ProgramId;
use bellhop_store::programs::ProgramsBook;
use serde_json::{Value, json};

pub(super) async fn run(context: &Context, id: ProgramId, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    let program = store.program(org, id).await?;
    let versions = store.versions(org, id).await?;
    let waiting = store.waiting(org, id).await?;
    let definition: Value = serde_json::from_str(&program.definition).context("the definition")?;
    if json {
        return print_json(&json!({
            "id": program.id, "name": program.name, "state": program.state.name(), "version": program.version,
            "mailing": program.mailing, "created_at": program.created_at, "switched_at": program.switched_at,
            "waiting": waiting, "versions": versions, "definition": definition,
        }));
    }
    let zone = &organisation.timezone;
    println!("Program {} {:?}: {}", program.id, program.name, program.state.name());
    println!("  switched {} ({})", clock(zone, program.switched_at), zone.name());
    println!("  {waiting} firing(s) wait");
    for it in &versions {
        println!(
            "  version {}, of {}, mailing {}",
            it.version,
            clock(zone, it.created_at),
            it.mailing
        );
    }
    println!("{definition:#}");
    Ok(())
}
