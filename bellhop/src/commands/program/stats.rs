//! `bellhop program stats ID`

use crate::commands::mailing::render_statistics;
use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_campaigns::program::figures;
use bellhop_domain::{ProgramId, Timestamp};

pub(super) async fn run(context: &Context, id: ProgramId, days: u32, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let zone = &organisation.timezone;
    let figures = figures(parts.store.as_ref(), organisation.id, id, days, Timestamp::now()).await?;
    if json {
        return print_json(&figures.told(zone)?);
    }
    println!(
        "Program {id} {:?}: {}, {} firing(s) wait",
        figures.program.name,
        figures.program.state.name(),
        figures.waiting
    );
    let rows = figures.by_day.iter().flat_map(|(day, of)| {
        of.iter().map(move |((state, reason), firings)| {
            let reason = reason
                .as_deref()
                .map_or_else(|| "–".to_owned(), |it| it.replace('_', " "));
            vec![day.clone(), state.name().to_owned(), reason, firings.to_string()]
        })
    });
    print!(
        "{}",
        table::render(&["day", "state", "reason", "firings"], &rows.collect::<Vec<_>>())
    );
    println!("Days by {}.", zone.name());
    for (version, progress) in &figures.versions {
        println!("\nVersion {} (mailing {}):", version.version, version.mailing);
        print!("{}", render_statistics(&progress.statistics, zone));
    }
    Ok(())
}
