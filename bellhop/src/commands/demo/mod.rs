//! `bellhop demo`: everything in one process, from a guest list to the orders a mailing brought.
//!
//! Nothing here is a shortcut: files are imported, the audience is asked, the mailing is launched, planned, sent over
//! HTTP to the simulated providers and followed as in a real installation. Only the waits are short: guests open
//! within seconds, and the SMS follows an unopened push after three.

mod guests;
mod site;
mod stage;

use super::mailing::render_statistics;
use super::{Context, print_json, table};
use crate::cli::DemoArgs;
use crate::roles;
use anyhow::{Result, ensure};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::message::RunState;
use bellhop_domain::segment::Segment;
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::{Lane, MailingId, OrgId, Timestamp};
use bellhop_store::audience::Audience;
use bellhop_store::ledger::Launch;
use bellhop_store::statistics::Statistics;
use bellhop_store::{Ledger, SqlStore};
use stage::Stage;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const MAILING: &str = include_str!("mailing.json");
/// The whole demo takes seconds; whatever hangs is reported instead of waited for.
const PATIENCE: Duration = Duration::from_secs(600);

pub async fn run(context: &Context, args: &DemoArgs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    say("Bellhop demo: all roles in this process, SQLite, simulated FCM and SMS gateway");
    let stage = Stage::set(context, folder.path(), args.port).await?;
    let (store, org) = (stage.store().clone(), stage.organisation.id);

    say("\n1. A guest list comes in");
    let files = guests::write(folder.path(), args.customers, Timestamp::now(), 1)?;
    stage.import(&files).await?;

    say("\n2. Who is lost or cooling?");
    let spec: MailingSpec<Segment> = serde_json::from_str(MAILING)?;
    let count = store.count(org, &spec.audience, Timestamp::now()).await?;
    let excluded = count
        .excluded
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(r, n)| format!("{n} {}", r.name().replace('_', " ")));
    let excluded: Vec<_> = excluded.collect();
    say(&format!(
        "   {} guests, {} reachable ({} excluded: {})",
        count.count,
        count.reachable,
        count.count - count.reachable,
        excluded.join(", ")
    ));

    say("\n3. A push goes out, an SMS to who has no app, cannot be reached by it or does not open");
    let now = Timestamp::now();
    let mailing = store
        .create_mailing(org, &spec.name, &serde_json::to_string(&spec)?, "demo", now)
        .await?;
    let launch = Launch {
        mailing,
        start_at: now,
        lane: Lane::Marketing,
        test: false,
        spec: serde_json::to_string(&spec)?,
    };
    store.launch(org, launch, "demo", now).await?;
    follow(&store, org, mailing).await?;

    say("\n4. Guests open and order");
    stage.people_are_done(PATIENCE).await?;
    let statistics = Statistics::mailing(store.as_ref(), org, mailing, Timestamp::now()).await?;
    say("\n5. What it brought");
    print!("{}", render_statistics(&statistics));
    check(&statistics)?;
    stage.print_simulators_ledger()?;

    if !args.exit {
        say(&format!(
            "\nServing on {} (try /metrics), simulator on {}/_sim/summary. Ctrl-C stops.",
            stage.api_url(),
            stage.simulator_url()
        ));
        say(&format!(
            "{} is a site: subscribe your own browser there and send it a push (its push service must be reachable).",
            stage.site_url()
        ));
        roles::signalled().await;
    }
    stage.strike().await;
    if args.json { print_json(&statistics) } else { Ok(()) }
}

/// Shows progress until the run has ended.
async fn follow(store: &SqlStore, org: OrgId, mailing: MailingId) -> Result<()> {
    let started = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    loop {
        let statistics = Statistics::mailing(store, org, mailing, Timestamp::now()).await?;
        let line = progress(&statistics);
        if terminal {
            eprint!("\r   {line:<76}");
        }
        let runs = store.runs_of(org, mailing).await?;
        if runs.iter().all(|r| r.state == RunState::Finished) {
            if terminal {
                eprint!("\r{:80}\r", "");
            }
            say(&format!("   {line} — {:.1} s", started.elapsed().as_secs_f64()));
            return Ok(());
        }
        let paused = runs
            .iter()
            .find_map(|r| r.paused_reason.clone().filter(|_| r.state == RunState::Paused));
        ensure!(
            paused.is_none(),
            "the mailing was paused: {}",
            paused.unwrap_or_default()
        );
        ensure!(
            started.elapsed() < PATIENCE,
            "the mailing did not end within {} s: {line}",
            PATIENCE.as_secs()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn progress(statistics: &MailingStatistics) -> String {
    let shown = statistics.by_state.iter().filter(|(_, n)| **n > 0);
    let states: Vec<_> = shown
        .map(|(state, n)| format!("{n} {}", state.replace('_', " ")))
        .collect();
    format!("{} planned: {}", statistics.planned, states.join(", "))
}

/// The figures must add up before anybody is asked to believe them.
fn check(statistics: &MailingStatistics) -> Result<()> {
    let total: u64 = statistics.by_state.values().sum();
    ensure!(
        total == statistics.planned,
        "figures do not add up: {} planned, {total} in states",
        statistics.planned
    );
    say(&format!(
        "   Figures add up: {} planned = the sum over all states.",
        statistics.planned
    ));
    Ok(())
}

fn say(line: &str) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}

fn rows(rows: &[Vec<String>]) {
    print!("{}", table::render(&[], rows));
}
