//! `bellhop mailing stats ID [--watch]`

use crate::commands::{Context, clock, print_json, table};
use anyhow::Result;
use bellhop_campaigns::progress::progress;
use bellhop_campaigns::promo::PromoFigures;
use bellhop_domain::money::Amount;
use bellhop_domain::statistics::{MailingStatistics, ReasonCount};
use bellhop_domain::{MailingId, Timestamp, Zone};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::time::Duration;

pub async fn run(context: &Context, id: i64, watch: bool, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let (store, zone) = (parts.store.as_ref(), &organisation.timezone);
    loop {
        let progress = progress(store, organisation.id, MailingId(id), Timestamp::now()).await?;
        if json {
            print_json(&progress.told(zone)?)?;
        } else {
            if watch && std::io::stdout().is_terminal() {
                // Clears the screen and moves to its first line (ECMA-48).
                print!("\x1b[2J\x1b[H");
            }
            print!("{}", render(&progress.statistics, zone));
            if let Some(reason) = &progress.paused {
                println!("\n  paused: {reason}");
            }
            if let Some(short) = progress.promo_codes.as_ref().and_then(PromoFigures::short) {
                println!("\n  ! {short}");
            }
            std::io::stdout().flush()?;
        }
        if !watch || progress.is_over() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The statistics as a page for a terminal.
pub fn render(s: &MailingStatistics, zone: &Zone) -> String {
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
        for one in s.reasons.iter().filter(|one| one.state == *state) {
            let _ = writeln!(out, "    {}", why(one, zone));
        }
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

/// A reason, and when the messages held for it may continue. The times are by the organisation's clock, because its
/// guests may live in several time zones.
fn why(one: &ReasonCount, zone: &Zone) -> String {
    let mut words = format!("{}: {}", one.reason.replace('_', " "), one.messages);
    let verb = if one.state == "suppressed" {
        "could have gone"
    } else {
        "may go on"
    };
    if let Some((from, until)) = one.next_from.zip(one.next_until) {
        let (first, last) = (clock(zone, from), clock(zone, until));
        let span = if from == until {
            format!("at {first}")
        } else {
            format!("from {first} to {last}")
        };
        let _ = write!(words, ", {verb} {span} ({})", zone.name());
    }
    words
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
    let money = |m: Option<Amount>| m.map_or_else(|| "–".to_owned(), |m| m.to_string());
    let conversion = s
        .conversion
        .map_or_else(|| "–".to_owned(), |c| format!("{:.1} %", c * 100.0));
    [
        ("opened", s.opened.to_string()),
        ("followed the SMS link", s.opened_sms_link.to_string()),
        ("orders", s.orders.to_string()),
        ("revenue", s.revenue.to_string()),
        ("average check", money(s.average_check)),
        ("sends", s.sends.to_string()),
        ("revenue per send", money(s.revenue_per_send)),
        ("guests reached", s.guests_reached.to_string()),
        ("revenue per guest reached", money(s.revenue_per_guest_reached)),
        ("guests with an order", s.buyers.to_string()),
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
    fn a_reason_is_told_by_the_organisations_clock() {
        let zone = Zone::named("Asia/Vladivostok").unwrap();
        let mut one = ReasonCount {
            state: "pending",
            reason: "quiet_hours".to_owned(),
            messages: 12,
            next_from: Some(zone.parse("2026-03-29T09:00:00").unwrap()),
            next_until: Some(zone.parse("2026-03-29T16:29:00").unwrap()),
        };
        assert_eq!(
            why(&one, &zone),
            "quiet hours: 12, may go on from 2026-03-29 09:00:00 to 2026-03-29 16:29:00 (Asia/Vladivostok)"
        );
        (one.state, one.next_until) = ("suppressed", one.next_from);
        assert_eq!(
            why(&one, &zone),
            "quiet hours: 12, could have gone at 2026-03-29 09:00:00 (Asia/Vladivostok)"
        );
    }
}
