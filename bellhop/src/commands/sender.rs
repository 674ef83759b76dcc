//! `bellhop sender list | resume NAME`

use super::{Context, print_json, table, who};
use crate::cli::SenderCommand;
use anyhow::{Result, bail};
use bellhop_domain::Timestamp;
use bellhop_store::Ledger;
use serde::Serialize;

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    provider: &'a str,
    rate: &'a str,
    /// Why it stands still, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<Paused>,
}

#[derive(Serialize, Clone)]
struct Paused {
    since: Timestamp,
    reason: String,
}

pub async fn run(context: &Context, command: SenderCommand) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    match command {
        SenderCommand::List(args) => {
            let paused = parts.store.paused_senders().await?;
            let rows: Vec<Row> = context
                .config
                .senders
                .iter()
                .filter(|s| s.organisation == organisation.slug)
                .map(|s| {
                    let pause = paused
                        .iter()
                        .find(|(org, name, ..)| *org == organisation.id && *name == s.name);
                    let paused = pause.map(|(_, _, reason, since)| Paused {
                        since: *since,
                        reason: reason.clone(),
                    });
                    Row {
                        name: &s.name,
                        provider: &s.provider,
                        rate: &s.rate,
                        paused,
                    }
                })
                .collect();
            if args.json { print_json(&rows) } else { print(&rows) }
        }
        SenderCommand::Resume { name } => {
            if !context
                .config
                .senders
                .iter()
                .any(|s| s.organisation == organisation.slug && s.name == name)
            {
                bail!(
                    "{} has no sender {name:?}; `bellhop sender list` shows them",
                    organisation.slug
                );
            }
            parts
                .store
                .resume_sender(organisation.id, &name, &who(), Timestamp::now())
                .await?;
            println!("Sender {name} goes on.");
            Ok(())
        }
    }
}

fn print(rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        println!("No sender is configured: add a [[sender]] section, see docs/channels.md.");
        return Ok(());
    }
    let state = |r: &Row| {
        r.paused.as_ref().map_or("goes".to_owned(), |p| {
            format!("stands still since {}: {}", p.since, p.reason)
        })
    };
    let rows: Vec<_> = rows
        .iter()
        .map(|r| vec![r.name.to_owned(), r.provider.to_owned(), r.rate.to_owned(), state(r)])
        .collect();
    print!("{}", table::render(&["sender", "provider", "rate", "state"], &rows));
    Ok(())
}
