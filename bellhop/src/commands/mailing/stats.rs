//! `bellhop mailing stats ID [--watch]`

use super::forecast::clock;
use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_domain::message::RunState;
use bellhop_domain::statistics::{MailingState, MailingStatistics};
use bellhop_domain::{MailingId, OrgId, Timestamp, Zone};
use bellhop_store::Ledger;
use bellhop_store::ledger::{Backlog, HeldAtNight, Run};
use bellhop_store::statistics::Statistics;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::time::Duration;

pub async fn run(context: &Context, id: i64, watch: bool, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    loop {
        let statistics = Statistics::mailing(store, organisation.id, MailingId(id), Timestamp::now()).await?;
        let run = current(store, organisation.id, MailingId(id)).await?;
        let held = match &run {
            Some(run) => store.held_at_night(organisation.id, run.id).await?,
            None => None,
        };
        if json {
            print_json(&Told {
                statistics: &statistics,
                quiet_hours: held,
            })?;
        } else {
            if watch && std::io::stdout().is_terminal() {
                // Clears the screen and goes to its first line (ECMA-48).
                print!("\x1b[2J\x1b[H");
            }
            print!("{}", render(&statistics));
            if statistics.state == MailingState::Run(RunState::Paused)
                && let Some(reason) = run.and_then(|run| run.paused_reason)
            {
                println!("\n  paused: {reason}");
            }
            if let Some(held) = held {
                println!("\n  {}", at_night(&held, &organisation.timezone));
            }
            std::io::stdout().flush()?;
        }
        if !watch || over(&statistics) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The statistics, and what quiet hours hold of them now.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    statistics: &'a MailingStatistics,
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_hours: Option<HeldAtNight>,
}

/// The latest run that was no test.
async fn current(ledger: &dyn Ledger, org: OrgId, mailing: MailingId) -> Result<Option<Run>> {
    let runs = ledger.runs_of(org, mailing).await?;
    Ok(runs.into_iter().find(|run| !run.test))
}

/// By the organisation's clock: its guests may live by several.
fn at_night(held: &HeldAtNight, zone: &Zone) -> String {
    let (from, until) = (clock(zone, held.from), clock(zone, held.until));
    format!(
        "quiet hours hold {} messages: the first may go at {from}, the last at {until} ({})",
        held.messages,
        zone.name()
    )
}

fn over(statistics: &MailingStatistics) -> bool {
    matches!(
        statistics.state,
        MailingState::Run(RunState::Finished | RunState::Cancelled)
    )
}

/// The statistics as a page for a terminal.
pub fn render(s: &MailingStatistics) -> String {
    let mut out = String::new();
    let excluded: u64 = s.excluded.values().sum();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "  {}: {} planned, {excluded} guests excluded",
        s.state.name(),
        s.planned
    );
    let mut states: Vec<_> = s.by_state.iter().filter(|(_, n)| **n > 0).collect();
    states.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    for (state, n) in states {
        let _ = writeln!(
            out,
            "  {:<12} {n:>8}  {:>6}  {}",
            state.replace('_', " "),
            share(*n, s.planned),
            bar(*n, s.planned)
        );
    }
    for (reason, n) in s.excluded.iter().filter(|(_, n)| **n > 0) {
        let _ = writeln!(out, "  excluded: {} {n}", reason.replace('_', " "));
    }
    out.push('\n');
    out.push_str(&table::render(
        &["channel", "sent", "delivered", "failed", "opened", "cost"],
        &channels(s),
    ));
    out.push_str(&failures(s));
    out.push('\n');
    out.push_str(&table::render(&[], &results(s)));
    out
}

fn channels(s: &MailingStatistics) -> Vec<Vec<String>> {
    s.channels
        .iter()
        .map(|(channel, c)| {
            let failed: u64 = c.failed.values().sum();
            let delivered = c.delivered.map_or_else(|| "–".to_owned(), |n| n.to_string());
            vec![
                channel.to_string(),
                c.sent.to_string(),
                delivered,
                failed.to_string(),
                c.opened.to_string(),
                c.cost.to_string(),
            ]
        })
        .collect()
}

fn failures(s: &MailingStatistics) -> String {
    let mut out = String::new();
    for (channel, c) in &s.channels {
        for (reason, n) in &c.failed {
            let _ = writeln!(out, "  {channel} failed: {reason} {n}");
        }
    }
    out
}

fn results(s: &MailingStatistics) -> Vec<Vec<String>> {
    let money = |m: Option<bellhop_domain::Money>| m.map_or_else(|| "–".to_owned(), |m| m.to_string());
    let conversion = s
        .conversion
        .map_or_else(|| "–".to_owned(), |c| format!("{:.1} %", c * 100.0));
    [
        ("opened", s.opened.to_string()),
        ("followed the SMS link", s.opened_sms_link.to_string()),
        ("orders", s.orders.to_string()),
        ("revenue", s.revenue.to_string()),
        ("average check", money(s.average_check)),
        ("revenue per message", money(s.revenue_per_message)),
        ("conversion", conversion),
        (
            "orders with the promo by others",
            s.orders_by_non_recipients.to_string(),
        ),
        ("cost", s.cost.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect()
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        "–".to_owned()
    } else {
        format!("{:.1} %", part as f64 * 100.0 / whole as f64)
    }
}

fn bar(part: u64, whole: u64) -> String {
    let length = if whole == 0 {
        0.0
    } else {
        part as f64 * 30.0 / whole as f64
    };
    "█".repeat(length.round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_night_holds_is_told_by_the_organisations_clock() {
        let zone = Zone::named("Asia/Vladivostok").unwrap();
        let held = HeldAtNight {
            messages: 12,
            from: zone.parse("2026-03-29T09:00:00").unwrap(),
            until: zone.parse("2026-03-29T16:29:00").unwrap(),
        };
        assert_eq!(
            at_night(&held, &zone),
            "quiet hours hold 12 messages: the first may go at 2026-03-29 09:00:00, the last at 2026-03-29 16:29:00 \
             (Asia/Vladivostok)"
        );
    }
}
