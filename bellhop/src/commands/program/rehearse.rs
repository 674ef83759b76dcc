//! `bellhop program rehearse ID`

use crate::cli::RehearsalArgs;
use crate::commands::mailing::{Desk, rendering, stretch};
use crate::commands::{Context, clock, print_json, table};
use anyhow::Result;
use bellhop_campaigns::programs::rehearsal::{Rehearsed, Row, Stretch, rehearse};
use bellhop_domain::{ProgramId, Timestamp, Zone};

pub(super) async fn run(context: &Context, id: ProgramId, args: &RehearsalArgs) -> Result<()> {
    let desk = Desk::open(context).await?;
    let rendering = rendering(context, &desk.parts, &desk.organisation)?;
    let now = Timestamp::now();
    let (from, until) = stretch(args, &desk.organisation, now)?;
    let time = Stretch {
        from,
        until,
        rows: args.rows,
    };
    let store = desk.parts.store.as_ref();
    let told = rehearse(&desk.brand(), store, &rendering, id, time, now).await?;
    if args.json {
        return print_json(&told);
    }
    print(&told, &desk.organisation.timezone);
    Ok(())
}

fn print(it: &Rehearsed, zone: &Zone) {
    println!(
        "Program {} {:?}, version {}, from {} to {} ({}):",
        it.program,
        it.name,
        it.version,
        clock(zone, it.from),
        clock(zone, it.until),
        zone.name()
    );
    let of = &it.outcomes;
    println!(
        "{} would be sent, {} skipped, {} cancelled, {} still wait.",
        of.sent, of.skipped, of.cancelled, of.waiting
    );
    let mut rows = Vec::new();
    let mut row = |name: String, n: u64| rows.push(vec![name, n.to_string()]);
    of.reasons.iter().for_each(|(reason, n)| row(words(reason), *n));
    of.leaving
        .iter()
        .for_each(|(channel, n)| row(format!("leave by {channel}"), *n));
    of.not_sent
        .iter()
        .for_each(|(reason, n)| row(format!("made and not sent: {}", words(reason)), *n));
    if of.sms_parts > 0 {
        row("SMS parts".to_owned(), of.sms_parts);
    }
    print!("{}", table::render(&[], &rows));
    if let Some(cost) = of.cost {
        println!("They would cost about {cost}, by what messages have cost in the last month.");
    }
    if !it.rows.is_empty() {
        let header = ["customer", "occasion", "due", "becomes", "reason", "by", "leaves"];
        let rows: Vec<_> = it.rows.iter().map(|row| cells(row, zone)).collect();
        print!("{}", table::render(&header, &rows));
    }
    if it.rows_left_off > 0 {
        println!("…and {} more; --rows lists more.", it.rows_left_off);
    }
    if !it.taken_as_today.is_empty() {
        let today: Vec<_> = it.taken_as_today.iter().map(|name| words(name)).collect();
        println!(
            "Taken as they are today, because their past is not kept: {}.",
            today.join(", ")
        );
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

pub(in crate::commands) fn cells(it: &Row, zone: &Zone) -> Vec<String> {
    let none = || "–".to_owned();
    let message = it.message.as_ref();
    let reason = it.reason.map(words).or_else(|| message?.not_sent.as_deref().map(words));
    vec![
        it.customer.clone(),
        it.occasion.clone(),
        clock(zone, it.due_at),
        it.state.to_owned(),
        reason.unwrap_or_else(none),
        message.map_or_else(none, |it| it.channel.to_string()),
        message.map_or_else(none, |it| clock(zone, it.leaves_at)),
    ]
}
