//! `bellhop mailing forecast ID`: when the mailing will be finished, and what holds it back (PRODUCT.md §8).

use super::{Desk, check, rendering};
use crate::commands::{Context, clock, instant, print_json, table};
use anyhow::Result;
use bellhop_campaigns::forecast::{Forecast, ForecastAnswer, Row, foresee};
use bellhop_domain::message::LIFE_ENDED;
use bellhop_domain::{MailingId, Timestamp, Zone};
use std::process::ExitCode;

pub async fn run(context: &Context, id: MailingId, by: Option<&str>, json: bool) -> Result<ExitCode> {
    let desk = Desk::open(context).await?;
    let by = by.map(|text| instant(Some(text), &desk.organisation)).transpose()?;
    let rendering = rendering(context, &desk.parts, &desk.organisation)?;
    let forecast = match foresee(&desk.brand(), &rendering, id, by, Timestamp::now()).await? {
        ForecastAnswer::Foreseen(forecast) => forecast,
        ForecastAnswer::Refused(form) => {
            check::print(&form, json)?;
            eprintln!("There is no forecast: a launch would be refused because of these errors.");
            return Ok(ExitCode::FAILURE);
        }
    };
    if json {
        print_json(&forecast)?;
    } else {
        print(&forecast, &desk.organisation.timezone);
    }
    Ok(if forecast.late == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cells(row: &Row, zone: &Zone) -> Vec<String> {
    let none = || "–".to_owned();
    let senders = match row.senders.is_empty() {
        true => "all are stopped".to_owned(),
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

fn print(forecast: &Forecast, zone: &Zone) {
    for (reason, messages) in forecast.not_sent.iter().filter(|(reason, _)| *reason != LIFE_ENDED) {
        println!("{messages} are planned and not sent: {}.", reason.replace('_', " "));
    }
    if let Some(past) = forecast.past_own_time.filter(|past| *past > 0) {
        println!("For {past} guests it is past by their own clocks when it begins.");
    }
    if forecast.channels.is_empty() {
        println!("Nothing is waiting to be sent.");
        return;
    }
    let rows: Vec<_> = forecast.channels.iter().map(|row| cells(row, zone)).collect();
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
    let expire: u64 = forecast.channels.iter().map(|row| row.expire).sum();
    match forecast.finish {
        Some(_) if expire > 0 => {
            println!(
                "{} leave; {expire} do not before their lives end at {} ({}).",
                forecast.leaving,
                clock(zone, forecast.expires),
                zone.name()
            );
            for why in forecast.channels.iter().flat_map(Row::why_late) {
                println!("  {why}");
            }
        }
        Some(at) => println!("All have left at {} ({}).", clock(zone, at), zone.name()),
        None => println!("It does not end within a year."),
    }
    let Some(by) = forecast.by else { return };
    if forecast.late == 0 {
        println!("Everything leaves before {}.", clock(zone, by));
        return;
    }
    println!("{} messages miss {}.", forecast.late, clock(zone, by));
    for row in forecast.channels.iter().filter(|row| !row.would_fit.is_empty()) {
        println!("  {} would fit with {}.", row.channel, row.would_fit.join(", or "));
    }
}
