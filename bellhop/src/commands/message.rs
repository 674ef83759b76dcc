//! `bellhop message show ID`, a message's whole story, and `bellhop message list`.

use super::{Context, clock, print_json, table};
use crate::cli::MessageCommand;
use anyhow::{Context as _, Result, bail};
use bellhop_domain::message::MessageState;
use bellhop_domain::{MailingId, MessageId};
use bellhop_store::Pruning;
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{ListedMessage, Listing, Reading, Story};

pub async fn run(context: &Context, command: MessageCommand) -> Result<()> {
    match command {
        MessageCommand::Show { id, json } => {
            let id: MessageId = id.parse().with_context(|| format!("{id:?}"))?;
            let (parts, organisation) = context.open().await?;
            let story = parts.store.story(organisation.id, id).await?;
            if json { print_json(&story) } else { print(&story) }
        }
        MessageCommand::List {
            mailing,
            state,
            test,
            limit,
            json,
        } => {
            let state = state.as_deref().map(state_named).transpose()?;
            let (parts, organisation) = context.open().await?;
            // Read first, so that a mailing that does not exist is not mistaken for one without messages.
            let mailing = parts.store.mailing(organisation.id, MailingId(mailing)).await?.id;
            let runs = parts.store.runs_of(organisation.id, mailing).await?;
            let Some(run) = runs.into_iter().find(|run| run.test == test) else {
                let kind = if test { "tested" } else { "launched" };
                bail!("mailing {mailing} was never {kind}: it has no messages");
            };
            let messages = parts.store.messages(&run, state, limit).await?;
            if json {
                return messages.iter().try_for_each(print_json);
            }
            print_list(&messages, &organisation)?;
            let gone = parts.store.months_gone(run.id).await?;
            if !gone.is_empty() {
                println!(
                    "The messages of {} have had their time and are kept no longer; `bellhop mailing stats {mailing}` has their figures.",
                    gone.join(", ")
                );
            }
            Ok(())
        }
    }
}

fn state_named(name: &str) -> Result<MessageState> {
    let known = MessageState::ALL.into_iter().find(|state| state.name() == name);
    known.with_context(|| {
        let names = MessageState::ALL.map(MessageState::name).join(", ");
        format!("--state {name:?} is not a state of a message; the states are: {names}")
    })
}

/// Prints messages as a table, with times by the organisation's clock.
pub fn print_list(messages: &[ListedMessage], organisation: &Organisation) -> Result<()> {
    let zone = &organisation.timezone;
    let none = || "–".to_owned();
    let rows: Vec<Vec<String>> = messages
        .iter()
        .map(|it| {
            vec![
                it.message.to_string(),
                it.customer.clone().unwrap_or_else(none),
                it.channel.to_string(),
                it.state.name().replace('_', " "),
                it.reason.clone().unwrap_or_else(none),
                it.next_at.map_or_else(none, |at| clock(zone, at)),
            ]
        })
        .collect();
    let header = ["message", "customer", "channel", "state", "reason", "next"];
    print!("{}", table::render(&header, &rows));
    if messages.iter().any(|it| it.next_at.is_some()) {
        println!("Times by {}.", zone.name());
    }
    Ok(())
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
