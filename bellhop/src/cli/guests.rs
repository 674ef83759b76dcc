//! Guests: their files, audiences, cards and consents.

use super::JsonArg;
use bellhop_domain::Channel;
use clap::builder::PossibleValue;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Guests: names, phones, birthdays, tags, consents; a row each.
    Customers(ImportArgs),
    /// Orders, with whose they are, when and for how much; a row each, or each dish.
    Orders(ImportArgs),
}

#[derive(Debug, Subcommand)]
pub enum RestaurantCommand {
    /// All restaurants: their time zones, whether somebody has said them, and how many guests call each their home.
    List(JsonArg),
    /// Say in which time zone restaurants are. Mailings that are planned from now on obey it.
    SetTimezone {
        /// An IANA name, like Asia/Vladivostok.
        zone: String,
        /// Restaurants, by name.
        #[arg(required_unless_present = "unconfirmed", conflicts_with = "unconfirmed")]
        restaurants: Vec<String>,
        /// All restaurants whose time zone nobody has said.
        #[arg(long)]
        unconfirmed: bool,
    },
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// CSV (any usual delimiter and encoding) or NDJSON.
    pub file: PathBuf,
    /// Check everything, write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every bad row to this file (CSV: line, column, value, problem).
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum AudienceCommand {
    /// How many guests, how many reachable, excluded by reason, by channel.
    Count(AudienceArgs),
    /// Who.
    List(AudienceArgs),
    /// Why one customer is in or out, clause by clause.
    Explain(AudienceArgs),
}

#[derive(Debug, Args)]
pub struct AudienceArgs {
    /// The filter as JSON, or @FILE.
    #[arg(long, value_name = "JSON|@FILE")]
    pub filter: String,
    /// The instant to ask at (RFC 3339); now if absent.
    #[arg(long, value_name = "RFC3339")]
    pub as_of: Option<String>,
    /// The customer to explain, by external id.
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum GuestCommand {
    /// What is known of a guest: addresses, consents, blacklist, orders.
    Show {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Set tags by hand, or take back what was set by hand; an import leaves these alone.
    #[command(group = ArgGroup::new("change").required(true).multiple(true))]
    Tag {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// A tag to set; may be repeated.
        #[arg(long, value_name = "TAG", group = "change")]
        set: Vec<String>,
        /// A tag that was set by hand; may be repeated. It stays if an import, a rule or another source says it too.
        #[arg(long, value_name = "TAG", group = "change")]
        remove: Vec<String>,
    },
    /// Write to this guest no more, on any card with the same phone; or take the mark away.
    #[command(group = ArgGroup::new("mark").required(true))]
    Blacklist {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Why; the guest never sees it.
        #[arg(long, group = "mark")]
        reason: Option<String>,
        /// Take the mark away.
        #[arg(long, group = "mark")]
        lift: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// Every word that was said by an address, or about a customer.
    Show {
        /// A phone, a Telegram user's id, or what else messages go to.
        #[arg(required_unless_present = "customer", conflicts_with = "customer")]
        address: Option<String>,
        /// A customer, by external id.
        #[arg(long, value_name = "ID")]
        customer: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The answers that may have been a no: marketing to these addresses waits.
    List {
        /// The only list that there is: what waits for a human.
        #[arg(long)]
        held: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what such an answer was, after reading it.
    #[command(group = ArgGroup::new("verdict").required(true))]
    Settle {
        /// The address that answered.
        address: String,
        /// The channel that it answered on.
        #[arg(long)]
        channel: ChannelArg,
        /// It was a no: marketing ends as by STOP.
        #[arg(long, group = "verdict")]
        stop: bool,
        /// It was none: what was said before holds again.
        #[arg(long, group = "verdict")]
        keep: bool,
    },
}

/// A channel, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelArg(pub Channel);

impl ValueEnum for ChannelArg {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: [ChannelArg; Channel::ALL.len()] = {
            let mut all = [ChannelArg(Channel::ALL[0]); Channel::ALL.len()];
            let mut i = 1;
            while i < all.len() {
                all[i] = ChannelArg(Channel::ALL[i]);
                i += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}
