//! `bellhop mailing forecast ID`: when the mailing will have gone out, and what holds it back (PRODUCT.md §8).

mod backlog;
mod nights;
mod numbers;
mod view;

pub use view::{Row, View, expire};

use super::rehearsal::{Rehearsed, rehearse};
use super::{check, runs, spec_of};
use crate::commands::{Context, clock, instant, print_json, table};
use crate::wiring::Parts;
use anyhow::Result;
use backlog::of_run;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::LIFE_ENDED;
use bellhop_domain::{MailingId, Timestamp, Zone};
use bellhop_store::Ledger;
use bellhop_store::guests::Organisation;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What is foreseen of a mailing's first messages and of all that is under way. What later steps of its waterfall will
/// have to send is known only when it is known who did not open.
#[derive(Debug, Serialize)]
struct Report {
    mailing: i64,
    /// From when on; the launch, if it is still to come.
    from: Timestamp,
    /// What does not leave before then expires.
    expires: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Timestamp>,
    /// When the last of all leaves or expires; absent if one of the channels does not end within a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    finish: Option<Timestamp>,
    /// Messages that miss the deadline.
    late: u64,
    /// Messages that a launch would plan, or has planned and not sent yet.
    planned: u64,
    /// Those of them that would leave.
    leaving: u64,
    /// Guests whom a launch would leave out; those of a planned run are in its statistics.
    excluded: BTreeMap<Exclusion, u64>,
    /// Planned messages of which nothing would be sent, by reason.
    not_sent: BTreeMap<String, u64>,
    channels: Vec<Row>,
}

pub async fn run(context: &Context, id: i64, by: Option<&str>, json: bool) -> Result<ExitCode> {
    let (parts, organisation) = context.open().await?;
    let by = by.map(|text| instant(Some(text), &organisation)).transpose()?;
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let spec = spec_of(&mailing)?;
    anyhow::ensure!(
        spec.audience.is_some(),
        "mailing {id} is sent on demand: its messages leave when they are asked for, and there is nothing to foresee"
    );
    let alive = runs::alive(&parts.store, organisation.id, id).await?;
    if alive.is_none() {
        let form = check::form(context, &parts, &organisation, &spec).await?;
        if form.has_errors() {
            form.print(json)?;
            eprintln!("There is nothing to foresee: a launch would refuse these errors.");
            return Ok(ExitCode::FAILURE);
        }
    }
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
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    let alive = runs::alive(&parts.store, organisation.id, id).await?;
    let now = Timestamp::now();
    let from = alive.as_ref().map_or(now, |run| now.max(run.start_at));
    let expires = match alive.as_ref().and_then(|run| run.expires_at) {
        Some(expires) => expires,
        None => from.plus(spec_of(&mailing)?.life()),
    };
    let own = alive.as_ref().map(|run| run.id);
    let view = View::new(context, parts, organisation, own, from, expires).await?;
    let mut rehearsed = match alive.filter(|run| run.planned_at.is_some()) {
        Some(run) => {
            let leaving = of_run(&view.unsent, run.id);
            Rehearsed {
                planned: leaving.values().flat_map(BTreeMap::values).sum(),
                leaving,
                ..Rehearsed::default()
            }
        }
        None => rehearse(context, parts, organisation, &mailing, from).await?,
    };
    let rows = view.rows(&rehearsed.leaving, by).await?;
    let expired = expire(&mut rehearsed, &rows);
    let finishes: Option<Vec<Timestamp>> = rows
        .iter()
        .map(|row| if row.expire > 0 { Some(expires) } else { row.finish })
        .collect();
    Ok(Report {
        mailing: id,
        from,
        expires,
        by,
        finish: finishes.map(|all| all.into_iter().max().unwrap_or(from)),
        late: rows.iter().map(|row| row.late).sum(),
        planned: rehearsed.planned,
        leaving: rehearsed.leaving() - expired,
        excluded: rehearsed.excluded,
        not_sent: (rehearsed.not_sent.into_iter())
            .map(|(reason, failing)| (reason, failing.messages))
            .collect(),
        channels: rows,
    })
}

fn cells(row: &Row, zone: &Zone) -> Vec<String> {
    let none = || "–".to_owned();
    let senders = match row.senders.is_empty() {
        true => "none that is not stopped".to_owned(),
        false => row.senders.join(", "),
    };
    let finish = match row.finish {
        Some(at) => clock(zone, at),
        None if row.expire == row.messages => "all expire".to_owned(),
        None => "not within a year".to_owned(),
    };
    vec![
        row.name(),
        row.messages.to_string(),
        row.expire.to_string(),
        row.beside.to_string(),
        senders,
        finish,
        row.held_back_by.clone().unwrap_or_else(none),
    ]
}

impl Report {
    fn print(&self, zone: &Zone) {
        for (reason, messages) in self.not_sent.iter().filter(|(reason, _)| *reason != LIFE_ENDED) {
            println!("{messages} are planned and not sent: {}.", reason.replace('_', " "));
        }
        if self.channels.is_empty() {
            println!("Nothing is waiting to be sent.");
            return;
        }
        let rows: Vec<_> = self.channels.iter().map(|row| cells(row, zone)).collect();
        let header = [
            "first by",
            "messages",
            "expire",
            "beside",
            "senders",
            "last one leaves",
            "held back by",
        ];
        println!("{}", table::render(&header, &rows));
        let expire: u64 = self.channels.iter().map(|row| row.expire).sum();
        match self.finish {
            Some(_) if expire > 0 => {
                println!(
                    "{} leave; {expire} do not before their lives end at {} ({}).",
                    self.leaving,
                    clock(zone, self.expires),
                    zone.name()
                );
                for why in self.channels.iter().filter_map(Row::why_late) {
                    println!("  {why}");
                }
            }
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

/// On the organisation's clock, as RFC 3339 with its offset from UTC.
pub fn with_offset(zone: &Zone, at: Timestamp) -> String {
    zone.rfc3339(at).unwrap_or_else(|_| at.to_rfc3339())
}
