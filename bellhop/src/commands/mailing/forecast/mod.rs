//! `bellhop mailing forecast ID`: when the mailing will have gone out, and what holds it back (PRODUCT.md §8).

mod backlog;
mod numbers;

use super::{runs, spec_of};
use crate::commands::{Context, instant, print_json, table};
use crate::reach;
use crate::wiring::{self, Parts};
use anyhow::Result;
use backlog::{ByZone, beside, first_kinds, of_run};
use bellhop_domain::{Channel, EndpointKind, MailingId, Timestamp, Zone};
use bellhop_rate_limits::forecast::{Forecast, Part, Remedy, Task, forecast};
use bellhop_store::Ledger;
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::Backlog;
use numbers::{ceiling, numbers, stopped};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

/// Nobody waits longer.
const FORESEEN: Duration = Duration::from_secs(366 * 24 * 3600);

/// What is foreseen of a mailing's first messages and of all that is under way. What later steps of its waterfall will
/// have to send is known only when it is known who did not open.
#[derive(Debug, Serialize)]
struct Report {
    mailing: i64,
    /// From when on; the launch, if it is still to come.
    from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Timestamp>,
    /// When the last of all leaves; absent if one of the channels does not end within a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    finish: Option<Timestamp>,
    /// Messages that miss the deadline.
    late: u64,
    channels: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    channel: Channel,
    /// The kind of address.
    kind: &'static str,
    messages: u64,
    /// Messages of other mailings that go out meanwhile: runs take turns.
    beside: u64,
    /// Those that are not stopped.
    senders: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_back_by: Option<String>,
    late: u64,
    /// Each is enough by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    would_fit: Vec<String>,
}

pub async fn run(context: &Context, id: i64, by: Option<&str>, json: bool) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let by = by.map(|text| instant(Some(text), &organisation)).transpose()?;
    let report = foresee(context, &parts, &organisation, id, by).await?;
    if json {
        print_json(&report)?;
    } else {
        report.print(&organisation.timezone);
    }
    Ok(if report.late == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn foresee(
    context: &Context,
    parts: &Parts,
    organisation: &Organisation,
    id: i64,
    by: Option<Timestamp>,
) -> Result<Report> {
    let (store, org) = (&parts.store, organisation.id);
    let mailing = store.mailing(org, MailingId(id)).await?;
    anyhow::ensure!(
        spec_of(&mailing)?.audience.is_some(),
        "mailing {id} is transactional: its messages leave when they are asked for, before all marketing"
    );
    let alive = runs::alive(store, org, id).await?;
    let mut from = Timestamp::now();
    let unsent = store.unsent(org).await?;
    let messages = match &alive {
        Some(run) if run.planned_at.is_some() => of_run(&unsent, run.id),
        _ => first_kinds(context, parts, organisation, &spec_of(&mailing)?).await?,
    };
    if let Some(run) = &alive {
        from = from.max(run.start_at);
    }
    let senders = wiring::senders(&context.config, &parts.organisations)?;
    let stopped = stopped(parts, org).await?;
    let own = alive.map(|run| run.id);
    let mut nights = Nights::new(organisation, from);
    let mut rows = Vec::new();
    for (kind, by_zone) in messages {
        let messages = by_zone.values().sum();
        let beside = beside(&unsent, own, kind, messages);
        let task = Task {
            parts: nights.parts([&by_zone, &beside])?,
            numbers: numbers(parts, senders.pool(org, kind), &stopped, from).await?,
            shared: Vec::new(),
            ceiling: ceiling(&senders, &senders.pool(org, kind)),
            pacing: reach::pacing(&organisation.settings),
            deadline: by,
        };
        let beside = beside.values().sum();
        rows.push(Row::new(kind, messages, beside, &task, forecast(&task, from)));
    }
    let finishes: Option<Vec<Timestamp>> = rows.iter().map(|row| row.finish).collect();
    Ok(Report {
        mailing: id,
        from,
        by,
        finish: finishes.map(|all| all.into_iter().max().unwrap_or(from)),
        late: rows.iter().map(|row| row.late).sum(),
        channels: rows,
    })
}

/// The quiet hours of each time zone, from the launch on.
struct Nights<'a> {
    organisation: &'a Organisation,
    from: Timestamp,
    known: BTreeMap<Option<String>, Vec<(Timestamp, Timestamp)>>,
}

impl<'a> Nights<'a> {
    fn new(organisation: &'a Organisation, from: Timestamp) -> Self {
        Self {
            organisation,
            from,
            known: BTreeMap::new(),
        }
    }

    fn parts(&mut self, messages: [&ByZone; 2]) -> Result<Vec<Part>> {
        let mut all = ByZone::new();
        for (zone, messages) in messages.into_iter().flatten() {
            *all.entry(zone.clone()).or_default() += messages;
        }
        let part = |(zone, messages)| {
            let closed = self.of(zone)?;
            Ok(Part { messages, closed })
        };
        all.into_iter().map(part).collect()
    }

    /// A zone that this version does not know has the organisation's nights, as where it is held.
    fn of(&mut self, zone: Option<String>) -> Result<Vec<(Timestamp, Timestamp)>> {
        if let Some(known) = self.known.get(&zone) {
            return Ok(known.clone());
        }
        let closed = match (&zone, self.organisation.settings.quiet_hours) {
            (Some(name), Some(quiet)) => {
                let zone = Zone::named(name).unwrap_or_else(|_| self.organisation.timezone.clone());
                quiet.stretches(&zone, self.from, self.from.plus(FORESEEN))?
            }
            _ => Vec::new(),
        };
        self.known.insert(zone, closed.clone());
        Ok(closed)
    }
}

impl Row {
    fn new(kind: EndpointKind, messages: u64, beside: u64, task: &Task, foreseen: Forecast) -> Self {
        Self {
            channel: kind.channel(),
            kind: kind.name(),
            messages,
            beside,
            senders: task.numbers.iter().map(|number| number.name.clone()).collect(),
            finish: foreseen.finish,
            held_back_by: foreseen.bottleneck.map(|it| it.to_string()),
            // Who is late among those that take turns, nobody knows: at most all of these.
            late: foreseen.late.min(messages),
            would_fit: (foreseen.remedies.iter())
                .map(|remedy| match remedy {
                    Remedy::Messages(all) => Remedy::Messages(all.saturating_sub(beside)).to_string(),
                    other => other.to_string(),
                })
                .collect(),
        }
    }

    fn cells(&self, zone: &Zone) -> Vec<String> {
        let none = || "–".to_owned();
        let senders = match self.senders.is_empty() {
            true => "none that is not stopped".to_owned(),
            false => self.senders.join(", "),
        };
        vec![
            format!("{} ({})", self.channel, self.kind),
            self.messages.to_string(),
            self.beside.to_string(),
            senders,
            self.finish
                .map_or_else(|| "not within a year".to_owned(), |at| clock(zone, at)),
            self.held_back_by.clone().unwrap_or_else(none),
        ]
    }
}

impl Report {
    fn print(&self, zone: &Zone) {
        if self.channels.is_empty() {
            println!("Nothing is waiting to be sent.");
            return;
        }
        let rows: Vec<_> = self.channels.iter().map(|row| row.cells(zone)).collect();
        let header = [
            "first by",
            "messages",
            "beside",
            "senders",
            "last one leaves",
            "held back by",
        ];
        println!("{}", table::render(&header, &rows));
        match self.finish {
            Some(at) => println!("All have left at {} ({}).", clock(zone, at), zone.name()),
            None => println!("It does not end within a year."),
        }
        let Some(by) = self.by else { return };
        if self.late == 0 {
            println!("Everything leaves before {}.", clock(zone, by));
            return;
        }
        println!("{} messages miss {}.", self.late, clock(zone, by));
        for row in self.channels.iter().filter(|row| !row.would_fit.is_empty()) {
            println!("  {} would fit with {}.", row.channel, row.would_fit.join(", or "));
        }
    }
}

/// On the organisation's clock.
pub fn clock(zone: &Zone, at: Timestamp) -> String {
    let local = zone.local(at);
    local.map_or_else(|_| at.to_rfc3339(), |it| it.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
