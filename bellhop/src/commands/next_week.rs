//! `bellhop guest next-week ID`

use super::mailing::{Desk, rendering};
use super::{Context, clock, print_json, program, table};
use anyhow::Result;
use bellhop_campaigns::programs::rehearsal::{GuestWeek, WeekRow, next_week};
use bellhop_domain::{Timestamp, Zone};

pub async fn run(context: &Context, customer: &str, json: bool) -> Result<()> {
    let desk = Desk::open(context).await?;
    let rendering = rendering(context, &desk.parts, &desk.organisation)?;
    let store = desk.parts.store.as_ref();
    let told = next_week(&desk.brand(), store, &rendering, customer, Timestamp::now()).await?;
    if json {
        return print_json(&told);
    }
    print(&told, &desk.organisation.timezone);
    Ok(())
}

fn print(it: &GuestWeek, zone: &Zone) {
    let rows: Vec<_> = it.rows.iter().map(|row| cells(row, zone)).collect();
    println!("{} until {}:", it.customer, clock(zone, it.until));
    let header = ["of", "occasion", "due", "becomes", "reason", "by", "leaves"];
    print!("{}", table::render(&header, &rows));
    for nothing in &it.nothing_from {
        let why = match nothing.reason {
            "no_date" => "no date of the guest falls into this time",
            _ => "it waits for an event",
        };
        println!("Program {} {:?}: nothing, {why}.", nothing.program, nothing.name);
    }
    println!("If nothing happens meanwhile. Times by {}.", zone.name());
}

fn cells(row: &WeekRow, zone: &Zone) -> Vec<String> {
    let none = || "–".to_owned();
    match row {
        WeekRow::Program { name, row, .. } => {
            let mut cells = program::rehearsed_cells(row, zone);
            cells[0].clone_from(name);
            cells
        }
        WeekRow::Mailing {
            name,
            start,
            channel,
            leaves_at,
            reason,
            ..
        } => vec![
            name.clone(),
            "start".to_owned(),
            clock(zone, *start),
            if reason.is_none() { "sent" } else { "excluded" }.to_owned(),
            reason.as_deref().map_or_else(none, |it| it.replace('_', " ")),
            channel.map_or_else(none, |it| it.to_string()),
            leaves_at.map_or_else(none, |at| clock(zone, at)),
        ],
    }
}
