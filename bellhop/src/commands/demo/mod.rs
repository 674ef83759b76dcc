//! `bellhop demo`: everything in one process, from a guest list to the orders a mailing brought.
//!
//! Nothing here is a shortcut: files are imported, the audience is counted, and the mailing is launched, planned,
//! sent to the simulated providers over their real protocols and followed as in a real installation. Only the waits
//! are short: guests open within seconds, and the SMS follows an unopened push after three.

mod brands;
mod figures;
mod guests;
mod providers;
mod senders;
mod site;
mod stage;

use super::import::Kind;
use super::mailing::render_statistics;
use super::{Context, print_json};
use crate::cli::DemoArgs;
use crate::roles;
use anyhow::{Context as _, Result, bail, ensure};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::message::RunState;
use bellhop_domain::segment::Segment;
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::{MailingId, OrgId, Origin, Purpose, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::audience::Audience;
use bellhop_store::ledger::{Commanding, Launch, Reading};
use bellhop_store::statistics::Statistics;
use brands::Brand;
use figures::Figures;
use serde_json::Value;
use stage::Stage;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const COME_BACK: &str = include_str!("mailings/come_back.json");
/// The mailings in the order in which they are shown. They go out together.
const MAILINGS: [(Brand, &str); 3] = [
    (Brand::Pizza, COME_BACK),
    (Brand::Pizza, include_str!("mailings/regulars.json")),
    (Brand::Sushi, include_str!("mailings/sushi.json")),
];
/// The whole demo takes seconds; if something hangs, it is reported instead of waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// Delivery reports come within a second or two of the last send.
const REPORTS: Duration = Duration::from_secs(15);

/// A brand and the statistics of its mailing.
type MailingFigures = (Brand, MailingStatistics);

pub async fn run(context: &Context, args: &DemoArgs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    say("Bellhop demo: all roles in this process, SQLite, every provider simulated over its own protocol");
    let stage = Stage::set(context, folder.path(), args.port).await?;
    let store = stage.store().clone();

    say("\n1. Guest lists come in, of two brands");
    let files = guests::write(folder.path(), args.customers, Timestamp::now(), 1)?;
    stage.import(&files).await?;
    stage.register(args.customers).await?;
    let sushi = guests::write_sushi(folder.path(), (args.customers / 10).clamp(20, 500))?;
    stage.import_file(Brand::Sushi, Kind::Customers, &sushi).await?;

    say("\n2. Who is lost or cooling?");
    say(&lost_or_cooling(&stage).await?);

    say("\n3. A push goes out to them, an SMS to who has no app, cannot be reached by it or does not open");
    let mut launched = Vec::new();
    for (brand, mailing) in MAILINGS {
        launched.push(launch(&stage, brand, mailing).await?);
    }
    let [come_back, rest @ ..] = launched.as_slice() else {
        bail!("the demo has mailings");
    };
    follow(&store, come_back).await?;

    say("\n4. The regulars are told on whichever channel they have, and the other brand has channels of its own");
    for mailing in rest {
        follow(&store, mailing).await?;
    }

    say("\n5. Guests open and order");
    stage.people_are_done(PATIENCE).await?;
    let (told, figures) = final_figures(&stage, &launched).await?;
    say("\n6. What the push and the SMS brought");
    print!(
        "{}",
        render_statistics(&told[0].1, &stage.organisation(told[0].0).timezone)
    );
    say("\n7. Every channel, over all mailings");
    figures::print(&figures);
    figures::check(&told, &figures)?;

    if !args.exit {
        serve(&stage).await?;
    }
    stage.strike().await;
    if args.json {
        print_json(&as_json(&told, &figures)?)
    } else {
        Ok(())
    }
}

async fn lost_or_cooling(stage: &Stage) -> Result<String> {
    let spec: MailingSpec<Segment> = serde_json::from_str(COME_BACK)?;
    let org = stage.organisation(Brand::Pizza).id;
    let audience = spec.audience.context("the demo's mailing has no audience")?;
    let count = stage.store().count(org, &audience, Timestamp::now()).await?;
    let excluded = count
        .excluded
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(r, n)| format!("{n} {}", r.name().replace('_', " ")));
    let excluded: Vec<_> = excluded.collect();
    Ok(format!(
        "   {} guests, {} reachable ({} excluded: {})",
        count.count,
        count.reachable,
        count.count - count.reachable,
        excluded.join(", ")
    ))
}

/// A mailing under way.
struct Launched {
    brand: Brand,
    org: OrgId,
    mailing: MailingId,
    name: String,
    at: Instant,
}

async fn launch(stage: &Stage, brand: Brand, mailing: &str) -> Result<Launched> {
    let spec: MailingSpec<Segment> = serde_json::from_str(mailing)?;
    let (store, org, now) = (stage.store(), stage.organisation(brand).id, Timestamp::now());
    let text = serde_json::to_string(&spec)?;
    let mailing = store.create_mailing(org, &spec.name, &text, "demo", now).await?;
    let launch = Launch {
        mailing,
        start_at: now,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: text,
    };
    store.launch(org, launch, "demo", now).await?;
    Ok(Launched {
        brand,
        org,
        mailing,
        name: spec.name,
        at: Instant::now(),
    })
}

impl Launched {
    async fn statistics(&self, store: &SqlStore) -> Result<MailingStatistics> {
        Ok(Statistics::mailing(store, self.org, self.mailing, Timestamp::now()).await?)
    }
}

/// The statistics, once the last delivery report is in.
async fn final_figures(stage: &Stage, launched: &[Launched]) -> Result<(Vec<MailingFigures>, Vec<Figures>)> {
    let started = Instant::now();
    loop {
        let mut told = Vec::new();
        for it in launched {
            told.push((it.brand, it.statistics(stage.store()).await?));
        }
        let figures = figures::of_all(&told, &stage.far_ledger());
        if figures::are_final(&figures) || started.elapsed() > REPORTS {
            return Ok((told, figures));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn serve(stage: &Stage) -> Result<()> {
    say(&format!(
        "\nServing on {}, metrics on {}, simulator on {}/_sim/summary. Ctrl-C stops.",
        stage.api_url(),
        stage.metrics_url(),
        stage.simulator_url()
    ));
    say(&format!(
        "{} is a site: subscribe your own browser there and send it a push (its push service must be reachable).",
        stage.site_url()
    ));
    if let Some(link) = stage.invitation().await? {
        say(&format!(
            "The console, in a browser, with these mailings in it:\n  {link}"
        ));
    }
    roles::signalled().await;
    Ok(())
}

/// The first mailing's statistics, with those of all and the figures by channel beside them.
fn as_json(told: &[MailingFigures], figures: &[Figures]) -> Result<Value> {
    let mut object = serde_json::to_value(&told[0].1)?;
    object["mailings"] = told
        .iter()
        .map(|(_, it)| serde_json::to_value(it))
        .collect::<Result<_, _>>()?;
    object["every_channel"] = serde_json::to_value(figures)?;
    Ok(object)
}

/// Shows progress until the run has ended.
async fn follow(store: &SqlStore, it: &Launched) -> Result<()> {
    let terminal = std::io::stderr().is_terminal();
    loop {
        let line = format!("{}: {}", it.name, progress(&it.statistics(store).await?));
        if terminal {
            eprint!("\r   {line:<116}");
        }
        let runs = store.runs_of(it.org, it.mailing).await?;
        if runs.iter().all(|r| r.state == RunState::Finished) {
            if terminal {
                eprint!("\r{:120}\r", "");
            }
            say(&format!("   {line} — {:.1} s", it.at.elapsed().as_secs_f64()));
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
            it.at.elapsed() < PATIENCE,
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

fn say(line: &str) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}
