//! `bellhop mailing stats ID --series hour|day`

use crate::cli::SeriesArg;
use crate::commands::{Context, print_json, table};
use anyhow::Result;
use bellhop_campaigns::over_time::{Series, series};
use bellhop_domain::curve::By;
use bellhop_domain::{MailingId, Timestamp};

pub async fn run(context: &Context, id: MailingId, by: SeriesArg, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let by = match by {
        SeriesArg::Hour => By::Hour,
        SeriesArg::Day => By::Day,
    };
    let (store, zone) = (parts.store.as_ref(), &organisation.timezone);
    let told = series(store, organisation.id, id, by, zone, Timestamp::now()).await?;
    if json {
        return print_json(&told);
    }
    print(&told);
    Ok(())
}

fn print(told: &Series) {
    let rows = told.buckets.iter().map(|it| {
        let mut cells = vec![it.from.clone()];
        let figures = [it.planned, it.sent, it.delivered, it.opened, it.orders];
        cells.extend(figures.map(|number| number.to_string()));
        cells.push(it.revenue.to_string());
        cells
    });
    let rows: Vec<_> = rows.collect();
    let header = ["from", "planned", "sent", "delivered", "opened", "orders", "revenue"];
    print!("{}", table::render(&header, &rows));
    let it = &told.funnel;
    println!(
        "\n  planned {} → sent {} → delivered {} → opened {} → guests with an order {}",
        it.planned, it.sent, it.delivered, it.opened, it.buyers
    );
    println!("  Times by {}.", told.timezone);
}
