//! `bellhop mailing check ID`: everything wrong with a mailing, and what its audience would get, before it is sent.

use super::{Desk, rendering};
use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_campaigns::check::{CheckReport, LaunchFigures, check};
use bellhop_domain::fault::Severity;
use bellhop_domain::{MailingId, Timestamp};
use std::process::ExitCode;

pub async fn run(context: &Context, id: MailingId, json: bool) -> Result<ExitCode> {
    let desk = Desk::open(context).await?;
    let rendering = rendering(context, &desk.parts, &desk.organisation)?;
    let report = check(&desk.brand(), &rendering, id, Timestamp::now()).await?;
    print(&report, json)?;
    Ok(if report.has_errors() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

pub fn print(report: &CheckReport, json: bool) -> Result<()> {
    if json {
        return print_json(report);
    }
    for p in &report.problems {
        let mark = if p.severity == Severity::Error { "✗" } else { "!" };
        println!("{mark} {}", p.fault);
    }
    let Some(audience) = &report.audience else {
        if report.problems.is_empty() {
            println!("Nothing is wrong.");
        }
        return Ok(());
    };
    println!(
        "{} messages would be planned, {} would be sent.",
        audience.planned, audience.leaving
    );
    print!("{}", table::render(&[], &rows(audience)));
    if !report.has_errors() && report.problems.is_empty() {
        println!("Nothing is wrong.");
    }
    Ok(())
}

/// A reason as a marketer reads it.
fn words(reason: &str) -> String {
    reason.replace('_', " ")
}

fn rows(audience: &LaunchFigures) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if let Some(at) = audience.at {
        rows.push(vec!["at the next start".to_owned(), at.to_string()]);
    }
    let mut row = |name: String, n: u64| rows.push(vec![name, n.to_string()]);
    (audience.first_step.iter()).for_each(|(c, n)| row(format!("planned first by {c}"), *n));
    (audience.leaving_by.iter()).for_each(|(c, n)| row(format!("sent first by {c}"), *n));
    (audience.sms_parts.iter()).for_each(|(parts, n)| row(format!("SMS of {parts} part(s)"), *n));
    if !audience.widened.is_none() {
        row(
            "SMS in UCS-2 because of guests' own letters".to_owned(),
            audience.widened.messages,
        );
    }
    if let Some(past) = audience.past_own_time {
        row("past their own time when it begins".to_owned(), past);
    }
    (audience.excluded.iter()).for_each(|(r, n)| row(format!("excluded: {}", words(r.name())), *n));
    for (reason, failing) in &audience.not_sent {
        let examples = match failing.examples.is_empty() {
            true => String::new(),
            false => format!(" (for instance {})", failing.examples.join(", ")),
        };
        row(format!("not sent: {}{examples}", words(reason)), failing.messages);
    }
    if let Some(promo) = &audience.promo_codes {
        row(format!("promo codes of {} left", promo.list), promo.left);
    }
    rows
}
