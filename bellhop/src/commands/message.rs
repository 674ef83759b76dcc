//! `bellhop message show ID`: a message's whole story.

use super::{Context, print_json, table};
use crate::cli::MessageCommand;
use anyhow::{Context as _, Result};
use bellhop_domain::MessageId;
use bellhop_store::Ledger;
use bellhop_store::ledger::Story;

pub async fn run(context: &Context, command: MessageCommand) -> Result<()> {
    let MessageCommand::Show { id, json } = command;
    let id: MessageId = id.parse().with_context(|| format!("{id:?}"))?;
    let (parts, organisation) = context.open().await?;
    let story = parts.store.story(organisation.id, id).await?;
    if json { print_json(&story) } else { print(&story) }
}

fn print(story: &Story) -> Result<()> {
    let customer = story.customer.as_deref().unwrap_or("an app or a phone without a guest");
    let test = if story.test { " (a test)" } else { "" };
    println!(
        "Message {} of mailing {}, run {}{test}, to {customer}",
        story.message, story.mailing, story.run
    );
    let reason = story.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    println!("{}{reason}", story.state.name());
    let mut lines: Vec<(bellhop_domain::Timestamp, String)> = Vec::new();
    for attempt in &story.attempts {
        let mut text = format!("{} by {} — {}", attempt.channel, attempt.sender, attempt.state.name());
        if let Some(reason) = &attempt.reason {
            text.push_str(&format!(": {reason}"));
        }
        if let Some(id) = &attempt.provider_id {
            text.push_str(&format!(" (provider's id {id})"));
        }
        if attempt.raced {
            text.push_str(" — raced: opened or withdrawn while the request was under way");
        }
        lines.push((attempt.started_at, text));
        if let Some(at) = attempt.received_at {
            lines.push((at, format!("{} — delivery report: delivered", attempt.channel)));
        }
        if let Some(at) = attempt.read_at {
            lines.push((at, format!("{} — delivery report: read", attempt.channel)));
        }
    }
    for open in &story.opens {
        let again = match open.repeats {
            0 => String::new(),
            more => format!("(and {more} more) "),
        };
        let agent = open.user_agent.as_deref().unwrap_or_default();
        lines.push((open.at, format!("opened: {} {again}{agent}", open.class)));
    }
    if let Some(at) = story.due_at {
        lines.push((at, "next step is due".to_owned()));
    }
    if let Some(at) = story.next_possible_at {
        let held = !story.state.is_final();
        let text = if held {
            "goes on: its guest's quiet hours are over"
        } else {
            "could have gone from here on"
        };
        lines.push((at, text.to_owned()));
    }
    lines.sort();
    let rows: Vec<Vec<String>> = lines
        .into_iter()
        .map(|(at, text)| vec![at.to_rfc3339(), text])
        .collect();
    print!("{}", table::render(&[], &rows));
    Ok(())
}
