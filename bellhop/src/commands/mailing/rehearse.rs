//! `bellhop mailing rehearse ID`

use super::{Desk, rendering};
use crate::cli::RehearsalArgs;
use crate::commands::{Context, clock, instant, print_json, table};
use anyhow::Result;
use bellhop_campaigns::rehearsal::{MailingRehearsal, StartRehearsed, rehearse_mailing};
use bellhop_domain::{MailingId, Timestamp, Zone};
use bellhop_store::guests::Organisation;
use std::time::Duration;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// The time that is rehearsed: from now on, and for a week, if nobody says otherwise.
pub(in crate::commands) fn stretch(
    args: &RehearsalArgs,
    organisation: &Organisation,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp)> {
    let from = match &args.from {
        Some(text) => instant(Some(text), organisation)?,
        None => now,
    };
    let until = match &args.to {
        Some(text) => instant(Some(text), organisation)?,
        None => from.plus(WEEK),
    };
    Ok((from, until))
}

pub(super) async fn run(context: &Context, id: MailingId, args: &RehearsalArgs) -> Result<()> {
    let desk = Desk::open(context).await?;
    let rendering = rendering(context, &desk.parts, &desk.organisation)?;
    let now = Timestamp::now();
    let time = stretch(args, &desk.organisation, now)?;
    let told = rehearse_mailing(&desk.brand(), &rendering, id, time, args.rows, now).await?;
    if args.json {
        return print_json(&told);
    }
    print(&told, &desk.organisation.timezone);
    Ok(())
}

fn print(it: &MailingRehearsal, zone: &Zone) {
    if it.starts.is_empty() {
        println!("Mailing {} has no start in this time.", it.mailing);
    }
    for start in &it.starts {
        print_start(start, zone);
    }
    if it.more_starts {
        println!("There are more starts in this time; name a shorter one to see them.");
    }
    println!(
        "Times by {}. Orders are as of each start; all else is as it is today.",
        zone.name()
    );
}

fn print_start(it: &StartRehearsed, zone: &Zone) {
    println!(
        "{}: {} messages would be planned, {} would be sent.",
        clock(zone, it.at),
        it.planned,
        it.leaving
    );
    let mut rows = Vec::new();
    let mut row = |name: String, n: u64| rows.push(vec![name, n.to_string()]);
    it.first_step
        .iter()
        .for_each(|(channel, n)| row(format!("planned first by {channel}"), *n));
    it.excluded
        .iter()
        .for_each(|(reason, n)| row(format!("excluded: {}", words(reason.name())), *n));
    it.not_sent
        .iter()
        .for_each(|(reason, of)| row(format!("not sent: {}", words(reason)), of.messages));
    if let Some(past) = it.past_own_time {
        row("past their own time when it begins".to_owned(), past);
    }
    print!("{}", table::render(&[], &rows));
    if let Some(cost) = it.cost {
        println!("  They would cost about {cost}, by what messages have cost in the last month.");
    }
    let none = || "–".to_owned();
    let guests = it.rows.iter().map(|it| {
        vec![
            it.customer.clone().unwrap_or_else(none),
            it.channel.map_or_else(none, |channel| channel.to_string()),
            it.at.map_or_else(none, |at| clock(zone, at)),
            it.reason.as_deref().map_or_else(none, words),
        ]
    });
    let guests: Vec<_> = guests.collect();
    if !guests.is_empty() {
        print!("{}", table::render(&["customer", "by", "at", "reason"], &guests));
    }
    if it.rows_left_off > 0 {
        println!("…and {} more; --rows lists more.", it.rows_left_off);
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}
