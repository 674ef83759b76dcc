//! `bellhop program journal ID`

use crate::commands::{Context, clock, print_json, table};
use anyhow::{Context as _, Result};
use bellhop_campaigns::program::reason_name;
use bellhop_domain::{FiringId, ProgramId, Zone};
use bellhop_store::programs::{FiringState, JournalEntry, ProgramsBook};
use serde_json::{Value, json};

/// What is asked for.
pub(super) struct Page<'a> {
    pub state: Option<&'a str>,
    pub before: Option<FiringId>,
    pub limit: u32,
}

pub(super) async fn run(context: &Context, id: ProgramId, page: &Page<'_>, json: bool) -> Result<()> {
    let state = page.state.map(state_named).transpose()?;
    let (parts, organisation) = context.open().await?;
    let (store, org) = (parts.store.as_ref(), organisation.id);
    // Read first, so that a program that does not exist is not mistaken for one that has fired nothing.
    store.program(org, id).await?;
    let entries = store.journal(org, id, state, page.before, page.limit).await?;
    if json {
        return entries.iter().map(told).try_for_each(|entry| print_json(&entry));
    }
    let zone = &organisation.timezone;
    let header = [
        "firing", "customer", "occasion", "version", "state", "reason", "due", "decided", "message",
    ];
    let rows: Vec<Vec<String>> = entries.iter().map(|entry| row(entry, zone)).collect();
    print!("{}", table::render(&header, &rows));
    println!("Times by {}.", zone.name());
    if let Some(last) = entries.last().filter(|_| entries.len() as u64 == u64::from(page.limit)) {
        println!("The next page: bellhop program journal {id} --before {}", last.id);
    }
    Ok(())
}

fn state_named(name: &str) -> Result<FiringState> {
    let known = FiringState::ALL.into_iter().find(|state| state.name() == name);
    known.with_context(|| {
        let names = FiringState::ALL.map(FiringState::name).join(", ");
        format!("--state {name:?} is not a state of a firing; the states are: {names}")
    })
}

/// Why it was not sent; of what was sent, what its message says of itself.
fn reason(it: &JournalEntry) -> Option<String> {
    it.reason.map(reason_name).or_else(|| it.message_reason.clone())
}

fn told(it: &JournalEntry) -> Value {
    json!({
        "firing": it.id, "customer": it.customer, "occasion": it.occasion, "version": it.version,
        "state": it.state.name(), "reason": it.reason.map(reason_name),
        "fired_at": it.fired_at, "due_at": it.due_at, "decided_at": it.decided_at,
        "message": it.message, "message_state": it.message_state.map(|state| state.name()),
        "message_reason": it.message_reason,
    })
}

fn row(it: &JournalEntry, zone: &Zone) -> Vec<String> {
    let none = || "–".to_owned();
    let message = it.message.map(|id| match it.message_state {
        Some(state) => format!("{id} {}", state.name().replace('_', " ")),
        None => id.to_string(),
    });
    vec![
        it.id.to_string(),
        it.customer.clone().unwrap_or_else(none),
        it.occasion.clone(),
        it.version.to_string(),
        it.state.name().to_owned(),
        reason(it).map_or_else(none, |reason| reason.replace('_', " ")),
        clock(zone, it.due_at),
        it.decided_at.map_or_else(none, |at| clock(zone, at)),
        message.unwrap_or_else(none),
    ]
}
