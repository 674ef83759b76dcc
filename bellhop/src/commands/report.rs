//! `bellhop report [--from WHEN] [--until WHEN]`

use super::{Context, print_json, table};
use crate::cli::ReportArgs;
use anyhow::{Result, ensure};
use bellhop_campaigns::report::{Figures, Told, report};
use bellhop_domain::Timestamp;
use bellhop_store::statistics::Period;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// What is reported on if nothing else is asked for.
const USUAL: Duration = Duration::from_secs(30 * 86_400);

pub async fn run(context: &Context, args: &ReportArgs) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let zone = &organisation.timezone;
    let read = |text: &Option<String>| text.as_deref().map(|text| zone.parse(text)).transpose();
    let until = read(&args.until)?.unwrap_or_else(Timestamp::now);
    let from = read(&args.from)?.unwrap_or(until.minus(USUAL));
    ensure!(
        from < until && until.since(from) <= DAY * 400,
        "the period is to end after it begins, and to be 400 days long at most"
    );
    let told = report(parts.store.as_ref(), organisation.id, Period { from, until }, zone).await?;
    if args.json {
        return print_json(&told);
    }
    match args.csv {
        true => print!("{}", told.csv()),
        false => print(&told),
    }
    Ok(())
}

fn print(told: &Told) {
    println!("From {} until {}, in {}:\n", told.from, told.until, told.currency);
    let mut rows = vec![row("total", "", &told.total)];
    let programs = told.programs.iter();
    rows.extend(programs.map(|it| row(&format!("program {}", it.program), &it.name, &it.figures)));
    let mailings = told.mailings.iter();
    rows.extend(mailings.map(|it| row(&format!("mailing {}", it.mailing), &it.name, &it.figures)));
    let header = [
        "of", "name", "sends", "sent", "opened", "cost", "orders", "revenue", "buyers",
    ];
    println!("{}", table::render(&header, &rows));
    let channels = told.channels.iter().map(|it| {
        let figures = [it.sends, it.sent, it.delivered, it.opened, it.opt_outs].map(|number| number.to_string());
        let mut cells = vec![it.channel.clone()];
        cells.extend(figures);
        cells.push(it.cost.to_string());
        cells
    });
    let channels: Vec<_> = channels.collect();
    let header = ["channel", "sends", "sent", "delivered", "opened", "opt-outs", "cost"];
    println!("{}", table::render(&header, &channels));
    let restaurants = told.restaurants.iter().map(|it| {
        let name = it.restaurant.as_deref().unwrap_or("–").to_owned();
        vec![
            name,
            it.orders.to_string(),
            it.revenue.to_string(),
            it.buyers.to_string(),
        ]
    });
    let restaurants: Vec<_> = restaurants.collect();
    print!(
        "{}",
        table::render(&["restaurant", "orders", "revenue", "buyers"], &restaurants)
    );
}

fn row(of: &str, name: &str, it: &Figures) -> Vec<String> {
    vec![
        of.to_owned(),
        name.to_owned(),
        it.sends.to_string(),
        it.sent.to_string(),
        it.opened.to_string(),
        it.cost.to_string(),
        it.orders.to_string(),
        it.revenue.to_string(),
        it.buyers.to_string(),
    ]
}
