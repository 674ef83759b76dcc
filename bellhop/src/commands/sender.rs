//! `bellhop sender list | receipts | pause NAME | reload NAME | resume NAME`

use super::{Context, print_json, table, unmatched, who};
use crate::cli::SenderCommand;
use crate::opening::Parts;
use crate::{applying, secrets, wiring};
use anyhow::{Result, bail};
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::HealthState;
use bellhop_domain::setting::SettingKey;
use bellhop_domain::warm_up::Progress;
use bellhop_rate_limits::ScopeKey;
use bellhop_rate_limits::warm_up::{Ramp, Stage};
use bellhop_settings::reach;
use bellhop_store::SettingsBook;
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{Reading, SenderStates, SentLately};
use bellhop_store::settings::Change;
use serde::Serialize;

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    provider: &'a str,
    rate: &'a str,
    /// What a new number may mail today.
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_up: Option<String>,
    /// Why it is paused, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<Paused>,
    /// Countries that it may not send to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stopped_countries: Vec<Country>,
    /// What its provider last said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
    /// Delivery reports of the last three days that fit no message.
    #[serde(skip_serializing_if = "is_zero")]
    unmatched_receipts: u64,
}

/// Writes the sender's document again unchanged: every process then makes its provider anew and so reads its secrets.
async fn reload(context: &Context, parts: &Parts, organisation: &Organisation, name: &str) -> Result<()> {
    is_there(parts, organisation, name)?;
    let (key, base) = (
        SettingKey::sender(organisation.slug.as_str(), name),
        parts.store.load_settings().await?,
    );
    let body = base.get(&key).map(|setting| setting.body.clone());
    let (keys, who) = (secrets::keys(&context.config)?, who());
    let on = applying::ground(&keys, &who);
    let version = bellhop_settings::change(parts.store.as_ref(), on, &base, &[Change { key, body }], None).await?;
    println!("Every process reads the secrets of {name} again within two seconds (settings version {version}).");
    Ok(())
}

fn is_there(parts: &Parts, organisation: &Organisation, name: &str) -> Result<()> {
    if !parts.sections.senders_of(&organisation.slug).any(|s| s.name == name) {
        bail!(
            "{} has no sender {name:?}; `bellhop sender list` shows them",
            organisation.slug
        );
    }
    Ok(())
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Serialize)]
struct Health {
    state: HealthState,
    why: String,
    since: Timestamp,
}

#[derive(Serialize)]
struct Country {
    country: String,
    since: Timestamp,
    reason: String,
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
            let known = parts.store.sender_health().await?;
            let stopped = parts.store.stopped_countries().await?;
            let unmatched = parts
                .store
                .unmatched_receipts(organisation.id, Timestamp::now())
                .await?;
            let mut rows: Vec<Row> = Vec::new();
            for s in parts.sections.senders_of(&organisation.slug) {
                let pause = paused
                    .iter()
                    .find(|(org, name, ..)| *org == organisation.id && *name == s.name);
                let paused = pause.map(|(_, _, reason, since)| Paused {
                    since: *since,
                    reason: reason.clone(),
                });
                let health = known.iter().find(|h| h.org == organisation.id && h.sender == s.name);
                let countries = stopped
                    .iter()
                    .filter(|c| c.org == organisation.id && c.sender == s.name)
                    .map(|c| Country {
                        country: c.country.clone(),
                        since: c.since,
                        reason: c.reason.clone(),
                    });
                let warm_up = match reach::warm_up(&parts.sections.marketing, s)? {
                    Some(ramp) => warm_up(&ramp, parts.store.known_warm_up(organisation.id, &s.name).await?),
                    None => None,
                };
                rows.push(Row {
                    name: &s.name,
                    provider: &s.provider,
                    rate: &s.rate,
                    warm_up,
                    paused,
                    stopped_countries: countries.collect(),
                    health: health.map(|h| Health {
                        state: h.state,
                        why: h.why.clone(),
                        since: h.since,
                    }),
                    unmatched_receipts: unmatched::of_sender(&unmatched, &s.name),
                });
            }
            if args.json { print_json(&rows) } else { print(&rows) }
        }
        SenderCommand::Receipts(args) => unmatched::show(&parts, organisation.id, args.json).await,
        SenderCommand::Pause { name, reason } => {
            is_there(&parts, &organisation, &name)?;
            let who = who();
            let reason = format!("{reason}, by {who}");
            let (org, now) = (organisation.id, Timestamp::now());
            parts.store.pause_sender(org, &name, &reason, &who, now).await?;
            println!("Sender {name} sends nothing until `bellhop sender resume {name}`.");
            Ok(())
        }
        SenderCommand::Reload { name } => reload(context, &parts, &organisation, &name).await,
        SenderCommand::Resume { name } => {
            is_there(&parts, &organisation, &name)?;
            parts
                .store
                .resume_sender(organisation.id, &name, &who(), Timestamp::now())
                .await?;
            // Running workers notice it within a second; a hold that they share is lifted even if none is running.
            let limiter = wiring::open_limiter(&context.config)?;
            if let Err(error) = limiter.release(&ScopeKey::sender(organisation.id, &name)).await {
                eprintln!(
                    "A wait that its provider asked for could not be lifted here ({error}); running workers lift it."
                );
            }
            println!("Sender {name} is sending again.");
            Ok(())
        }
    }
}

fn print(rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        println!(
            "There are no senders: add a [[sender]] section to a file and `bellhop apply` it, see docs/channels.md."
        );
        return Ok(());
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|r| {
            let state = r
                .warm_up
                .iter()
                .fold(state(r), |state, warm_up| format!("{state}; {warm_up}"));
            vec![r.name.to_owned(), r.provider.to_owned(), r.rate.to_owned(), state]
        })
        .collect();
    print!("{}", table::render(&["sender", "provider", "rate", "state"], &rows));
    Ok(())
}

/// How far a new number's warm-up is; `None` if it has reached its full rates.
fn warm_up(ramp: &Ramp, progress: Option<Progress>) -> Option<String> {
    let Some(progress) = progress else {
        return Some("new: its first day begins when a worker first uses it".to_owned());
    };
    match ramp.stage(progress) {
        Stage::Rests { until } => Some(format!("new: no mailings before {until}, only chats")),
        Stage::Ceiling(limit) => Some(format!(
            "warming up: day {} of {}, {} messages a day",
            progress.day,
            ramp.ceilings().len(),
            limit.permits()
        )),
        Stage::Full => None,
    }
}

/// Whether it sends, where to, and what its provider says.
fn state(row: &Row) -> String {
    let but_not = row.stopped_countries.iter().map(|country| {
        format!(
            "; not to {} since {}: {}",
            country.country, country.since, country.reason
        )
    });
    let state = but_not.fold(going(row), |state, but_not| state + &but_not);
    match row.unmatched_receipts {
        0 => state,
        count => format!("{state}; {count} delivery report(s) fit no message: bellhop sender receipts"),
    }
}

fn going(row: &Row) -> String {
    match (&row.paused, &row.health) {
        (Some(p), Some(h)) if h.state != HealthState::Stopped => format!(
            "paused since {}: {} (its provider: {}, {})",
            p.since,
            p.reason,
            h.state.name(),
            h.why
        ),
        (Some(p), _) => format!("paused since {}: {}", p.since, p.reason),
        (None, Some(h)) if h.state != HealthState::Working => {
            format!(
                "sends; its provider has said {} since {}: {}",
                h.state.name(),
                h.since,
                h.why
            )
        }
        _ => "sends".to_owned(),
    }
}
