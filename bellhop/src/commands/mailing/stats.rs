//! `bellhop mailing stats ID [--watch]`

use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_domain::message::RunState;
use bellhop_domain::statistics::{MailingState, MailingStatistics};
use bellhop_domain::{MailingId, OrgId, Timestamp};
use bellhop_store::Ledger;
use bellhop_store::statistics::Statistics;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::time::Duration;

pub async fn run(context: &Context, id: i64, watch: bool, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let store = parts.store.as_ref();
    loop {
        let statistics = Statistics::mailing(store, organisation.id, MailingId(id), Timestamp::now()).await?;
        if json {
            print_json(&statistics)?;
        } else {
            if watch && std::io::stdout().is_terminal() {
                // Clears the screen and goes to its first line (ECMA-48).
                print!("\x1b[2J\x1b[H");
            }
            print!("{}", render(&statistics));
            if statistics.state == MailingState::Run(RunState::Paused)
                && let Some(reason) = paused_reason(store, organisation.id, MailingId(id)).await?
            {
                println!("\n  paused: {reason}");
            }
            std::io::stdout().flush()?;
        }
        if !watch || over(&statistics) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Why the mailing stands still.
async fn paused_reason(ledger: &dyn Ledger, org: OrgId, mailing: MailingId) -> Result<Option<String>> {
    let runs = ledger.runs_of(org, mailing).await?;
    Ok(runs.into_iter().find(|run| !run.test).and_then(|run| run.paused_reason))
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
