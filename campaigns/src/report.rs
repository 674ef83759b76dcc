//! A period over all mailings and programs, as it is told: a document, and the same as a table for a spreadsheet.

use crate::Result;
use crate::over_time::{RestaurantFigures, of_restaurant};
use bellhop_domain::money::{self, Amount};
use bellhop_domain::{Channel, CustomerId, MailingId, Money, OrgId, ProgramId, Zone};
use bellhop_store::statistics::{Brought, OfChannel, OfMailing, Period, Statistics};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// Docs/statistics.md defines each key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    pub from: String,
    pub until: String,
    pub timezone: String,
    pub currency: String,
    pub total: Figures,
    pub channels: Vec<ChannelFigures>,
    /// Those with the most revenue first; each program once, whatever its versions.
    pub programs: Vec<ProgramFigures>,
    /// The same of mailings that are no program's.
    pub mailings: Vec<MailingFigures>,
    pub restaurants: Vec<RestaurantFigures>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    pub planned: u64,
    pub sends: u64,
    pub sent: u64,
    pub delivered: u64,
    pub opened: u64,
    pub cost: Amount,
    pub orders: u64,
    pub revenue: Amount,
    pub buyers: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelFigures {
    /// `all` stands for words about all channels at once.
    pub channel: String,
    pub sends: u64,
    pub sent: u64,
    pub delivered: u64,
    pub opened: u64,
    pub cost: Amount,
    /// Guests' words against marketing on it.
    pub opt_outs: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProgramFigures {
    pub program: ProgramId,
    pub name: String,
    #[serde(flatten)]
    pub figures: Figures,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MailingFigures {
    pub mailing: MailingId,
    pub name: String,
    #[serde(flatten)]
    pub figures: Figures,
}

/// What it comes to, of one or of several mailings.
#[derive(Default)]
struct Sum {
    planned: u64,
    sent: u64,
    opened: u64,
    channels: BTreeMap<Channel, OfChannel>,
    orders: u64,
    revenue: Money,
    buyers: HashSet<CustomerId>,
}

impl Sum {
    fn add(&mut self, it: &Brought) {
        self.planned += it.planned;
        self.sent += it.sent;
        self.opened += it.opened;
        self.orders += it.orders;
        self.revenue.0 += it.revenue.0;
        self.buyers.extend(&it.buyers);
        for (channel, more) in &it.channels {
            let of = self.channels.entry(*channel).or_default();
            of.sends += more.sends;
            of.sent += more.sent;
            of.delivered += more.delivered;
            of.opened += more.opened;
            of.cost.0 += more.cost.0;
        }
    }

    fn told(&self, decimals: u32) -> Figures {
        let amount = |money| Amount { money, decimals };
        Figures {
            planned: self.planned,
            sends: self.channels.values().map(|it| it.sends).sum(),
            sent: self.sent,
            delivered: self.channels.values().map(|it| it.delivered).sum(),
            opened: self.opened,
            cost: amount(self.channels.values().map(|it| it.cost).sum()),
            orders: self.orders,
            revenue: amount(self.revenue),
            buyers: self.buyers.len() as u64,
        }
    }
}

/// Reports on a period.
///
/// # Errors
/// When the store cannot answer.
pub async fn report<S: Statistics + ?Sized>(store: &S, org: OrgId, period: Period, zone: &Zone) -> Result<Told> {
    let it = store.report(org, period).await?;
    let decimals = money::decimals(&it.currency);
    let mut total = Sum::default();
    it.mailings.iter().for_each(|of| total.add(&of.brought));
    let at = |at| zone.rfc3339(at).unwrap_or_else(|_| at.to_rfc3339());
    Ok(Told {
        from: at(period.from),
        until: at(period.until),
        timezone: zone.name().to_owned(),
        total: total.told(decimals),
        channels: channels(&total, &it.opt_outs, decimals),
        programs: programs(&it.mailings, decimals),
        mailings: mailings(&it.mailings, decimals),
        restaurants: it
            .restaurants
            .into_iter()
            .map(|of| of_restaurant(of, decimals))
            .collect(),
        currency: it.currency,
    })
}

fn channels(total: &Sum, opt_outs: &BTreeMap<Option<Channel>, u64>, decimals: u32) -> Vec<ChannelFigures> {
    let told = |channel: Option<Channel>| {
        let of = channel
            .and_then(|it| total.channels.get(&it))
            .copied()
            .unwrap_or_default();
        let opt_outs = opt_outs.get(&channel).copied().unwrap_or(0);
        (of != OfChannel::default() || opt_outs > 0).then(|| ChannelFigures {
            channel: channel.map_or("all", Channel::name).to_owned(),
            sends: of.sends,
            sent: of.sent,
            delivered: of.delivered,
            opened: of.opened,
            cost: Amount {
                money: of.cost,
                decimals,
            },
            opt_outs,
        })
    };
    let all = Channel::ALL.into_iter().map(Some).chain([None]);
    all.filter_map(told).collect()
}

fn programs(all: &[OfMailing], decimals: u32) -> Vec<ProgramFigures> {
    let mut by_program: BTreeMap<ProgramId, (&str, Sum)> = BTreeMap::new();
    for of in all {
        if let Some((program, name)) = &of.program {
            let (_, sum) = by_program
                .entry(*program)
                .or_insert_with(|| (name.as_str(), Sum::default()));
            sum.add(&of.brought);
        }
    }
    let told = by_program.into_iter().map(|(program, (name, sum))| ProgramFigures {
        program,
        name: name.to_owned(),
        figures: sum.told(decimals),
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by_key(|it| std::cmp::Reverse(it.figures.revenue.money));
    told
}

fn mailings(all: &[OfMailing], decimals: u32) -> Vec<MailingFigures> {
    let own = all.iter().filter(|of| of.program.is_none());
    let told = own.map(|of| {
        let mut sum = Sum::default();
        sum.add(&of.brought);
        MailingFigures {
            mailing: of.mailing,
            name: of.name.clone(),
            figures: sum.told(decimals),
        }
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by_key(|it| std::cmp::Reverse(it.figures.revenue.money));
    told
}

/// What stands in the first row.
const COLUMNS: [&str; 13] = [
    "of",
    "id",
    "name",
    "planned",
    "sends",
    "sent",
    "delivered",
    "opened",
    "cost",
    "orders",
    "revenue",
    "buyers",
    "opt_outs",
];

impl Told {
    /// The same as a table: a row for the whole, and for each channel, program, mailing and restaurant. CSV by RFC 4180 in UTF-8.
    pub fn csv(&self) -> String {
        let mut out = line(&COLUMNS.map(str::to_owned));
        out += &row("total", "", "", &self.total);
        for it in &self.channels {
            let mut cells = first("channel", "", &it.channel);
            cells.push(String::new());
            cells.extend([it.sends, it.sent, it.delivered, it.opened].map(|number| number.to_string()));
            cells.push(it.cost.to_string());
            cells.extend([String::new(), String::new(), String::new(), it.opt_outs.to_string()]);
            out += &line(&cells);
        }
        for it in &self.programs {
            out += &row("program", &it.program.to_string(), &it.name, &it.figures);
        }
        for it in &self.mailings {
            out += &row("mailing", &it.mailing.to_string(), &it.name, &it.figures);
        }
        for it in &self.restaurants {
            let mut cells = first("restaurant", "", it.restaurant.as_deref().unwrap_or(""));
            cells.resize(9, String::new());
            cells.extend([
                it.orders.to_string(),
                it.revenue.to_string(),
                it.buyers.to_string(),
                String::new(),
            ]);
            out += &line(&cells);
        }
        out
    }
}

fn first(of: &str, id: &str, name: &str) -> Vec<String> {
    vec![of.to_owned(), id.to_owned(), name.to_owned()]
}

fn row(of: &str, id: &str, name: &str, it: &Figures) -> String {
    let mut cells = first(of, id, name);
    cells.extend([it.planned, it.sends, it.sent, it.delivered, it.opened].map(|number| number.to_string()));
    cells.extend([
        it.cost.to_string(),
        it.orders.to_string(),
        it.revenue.to_string(),
        it.buyers.to_string(),
    ]);
    cells.push(String::new());
    line(&cells)
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula: an apostrophe in front says that it is text. Numbers may be below zero.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && cell.parse::<f64>().is_err();
    let cell = match is_formula {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    match cell.contains(['"', ',', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_and_no_formula() {
        for (cell, written) in [
            ("Back, please", "\"Back, please\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+7 \"x\"", "\"'+7 \"\"x\"\"\""),
            ("-1.50", "-1.50"),
            ("\ncmd", "\"'\ncmd\""),
            ("Пицца", "Пицца"),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }
}
