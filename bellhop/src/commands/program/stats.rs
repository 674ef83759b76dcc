//! `bellhop program stats ID`

use super::reason_name;
use crate::commands::mailing::render_statistics;
use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_campaigns::progress::progress;
use bellhop_domain::{ProgramId, Timestamp};
use bellhop_store::programs::{DayCount, FiringState, ProgramsBook};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Firings by what became of them: a state, or a state and its reason.
type Outcomes = BTreeMap<(FiringState, Option<String>), u64>;

pub(super) async fn run(context: &Context, id: ProgramId, days: u32, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, org, now) = (parts.store.as_ref(), organisation.id, Timestamp::now());
    let program = store.program(org, id).await?;
    let waiting = store.waiting(org, id).await?;
    let from = now.minus(DAY * days);
    let counts = store.outcomes(org, id, from, now.plus(DAY)).await?;
    let mut versions = Vec::new();
    for version in store.versions(org, id).await? {
        versions.push((version.clone(), progress(store, org, version.mailing, now).await?));
    }
    let zone = &organisation.timezone;
    let by_day = by_day(&counts);
    if json {
        let days: Vec<Value> = by_day.iter().map(|(day, of)| with("day", day, of)).collect();
        let mut told = with("name", &program.name, &totals(&counts));
        told["id"] = json!(id);
        told["state"] = json!(program.state.name());
        told["waiting"] = json!(waiting);
        told["days"] = json!(days);
        told["timezone"] = json!(zone.name());
        let mut of_versions = Vec::new();
        for (version, progress) in &versions {
            of_versions.push(json!({
                "version": version.version, "mailing": version.mailing, "statistics": progress.told(zone)?,
            }));
        }
        told["versions"] = json!(of_versions);
        return print_json(&told);
    }
    println!(
        "Program {id} {:?}: {}, {waiting} firing(s) wait",
        program.name,
        program.state.name()
    );
    let rows = by_day.iter().flat_map(|(day, of)| {
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
    for (version, progress) in &versions {
        println!("\nVersion {} (mailing {}):", version.version, version.mailing);
        print!("{}", render_statistics(&progress.statistics, zone));
    }
    Ok(())
}

fn by_day(counts: &[DayCount]) -> BTreeMap<String, Outcomes> {
    let mut days: BTreeMap<String, Outcomes> = BTreeMap::new();
    for it in counts {
        let of_day = days.entry(it.day.clone()).or_default();
        *of_day.entry(outcome(it)).or_default() += it.firings;
    }
    days
}

fn totals(counts: &[DayCount]) -> Outcomes {
    let mut all = Outcomes::new();
    for it in counts {
        *all.entry(outcome(it)).or_default() += it.firings;
    }
    all
}

fn outcome(it: &DayCount) -> (FiringState, Option<String>) {
    (it.state, it.reason.map(reason_name))
}

/// Firings by state, and those that were not sent by reason.
fn with(key: &str, value: &str, of: &Outcomes) -> Value {
    let sum = |state: FiringState| {
        of.iter()
            .filter(|((it, _), _)| *it == state)
            .map(|(_, n)| n)
            .sum::<u64>()
    };
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, reason), firings) in of {
        if let Some(reason) = reason {
            *reasons.entry(reason).or_default() += firings;
        }
    }
    json!({
        key: value,
        "sent": sum(FiringState::Sent),
        "skipped": sum(FiringState::Skipped),
        "cancelled": sum(FiringState::Cancelled),
        "reasons": reasons,
    })
}
