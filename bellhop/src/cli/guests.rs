//! Guests: their files, audiences, cards and consents.

use super::JsonArg;
use bellhop_domain::Channel;
use bellhop_domain::words::Language;
use clap::builder::PossibleValue;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Guests, one row each: names, phones, birthdays, tags, consents.
    Customers(ImportArgs),
    /// Orders, one row for each order or for each dish: the guest, the time, the sum.
    Orders(ImportArgs),
}

#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Send events from a file: a list, an object with the key `events`, or one event after another.
    Send {
        /// The file with JSON; `-` is the standard input.
        file: PathBuf,
        /// In which language to say what is wrong with an event.
        #[arg(long, value_enum, default_value = "en")]
        language: LanguageArg,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum RestaurantCommand {
    /// List all restaurants: their time zones, whether somebody has confirmed them, and how many guests have each as
    /// their home.
    List(JsonArg),
    /// Set the time zone of restaurants. Mailings that are planned from now on follow it.
    SetTimezone {
        /// An IANA name, like Asia/Vladivostok.
        zone: String,
        /// The restaurants, by name.
        #[arg(required_unless_present = "unconfirmed", conflicts_with = "unconfirmed")]
        restaurants: Vec<String>,
        /// All restaurants whose time zone nobody has confirmed.
        #[arg(long)]
        unconfirmed: bool,
    },
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// CSV (any usual delimiter and encoding), a workbook of Excel (.xlsx), NDJSON or a JSON array.
    pub file: PathBuf,
    /// The sheet of a workbook; if absent, the only one that names the columns.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// The encoding of a text, like windows-1251; recognised if absent.
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// What separates the cells of a CSV file; recognised if absent.
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<String>,
    /// Check everything, write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every bad row to this file (CSV: line, column, value, code, problem).
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// In which language to say what is wrong with a row.
    #[arg(long, value_enum, default_value = "en")]
    pub language: LanguageArg,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum AudienceCommand {
    /// How many guests, how many reachable, excluded by reason, by channel.
    Count(AudienceArgs),
    /// The guests themselves.
    List(AudienceArgs),
    /// Why one customer is in or out, clause by clause.
    Explain(AudienceArgs),
    /// Write the guests into a file for people: CSV, or a workbook (XLSX).
    Export(AudienceExportArgs),
}

#[derive(Debug, Args)]
pub struct AudienceExportArgs {
    /// The file to write; one that is there is replaced.
    pub file: PathBuf,
    /// The filter as JSON, or @FILE.
    #[arg(long, value_name = "JSON|@FILE")]
    pub filter: String,
    /// The instant to ask about (RFC 3339); now if absent.
    #[arg(long, value_name = "RFC3339")]
    pub as_of: Option<String>,
    /// What it is; what the file's name says if absent.
    #[arg(long, value_enum)]
    pub format: Option<ExportFormat>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What an exported audience is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Text in UTF-8, cells separated by commas.
    Csv,
    /// A workbook of Excel.
    Xlsx,
}

#[derive(Debug, Args)]
pub struct AudienceArgs {
    /// The filter as JSON, or @FILE.
    #[arg(long, value_name = "JSON|@FILE")]
    pub filter: String,
    /// The instant to ask about (RFC 3339); now if absent.
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
    /// Show what is known about a guest: addresses, consents, blacklist, orders.
    Show {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What this guest will get in the next seven days, and why not.
    NextWeek {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Set tags by hand, or remove tags that were set by hand; an import leaves these alone.
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
    /// Print every word of a guest about marketing and notifications, what it answered, and what was sent after it (JSON).
    Evidence {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Write it to this file instead.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the link of a guest's own page; whoever has it is taken for the guest.
    Page {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Erase a guest for good: from the card to the chats. Orders and figures stay, without the person.
    Erase {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Do it; without this, only say what would be erased.
        #[arg(long)]
        yes: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List what guests have said of their orders on the rating page and elsewhere, with the border of that day.
    Reviews {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Write the photos of these reviews into this folder.
        #[arg(long, value_name = "FOLDER")]
        photos: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop writing to this guest, on any card with the same phone; or lift that mark.
    #[command(group = ArgGroup::new("mark").required(true))]
    Blacklist {
        /// The customer, by external id.
        #[arg(value_name = "ID")]
        customer: String,
        /// Why; the guest never sees it.
        #[arg(long, group = "mark")]
        reason: Option<String>,
        /// Lift the mark.
        #[arg(long, group = "mark")]
        lift: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// Show everything that was said about marketing by an address, or about a customer.
    Show {
        /// A phone, the id of a Telegram user, or any other address that messages go to.
        #[arg(required_unless_present = "customer", conflicts_with = "customer")]
        address: Option<String>,
        /// A customer, by external id.
        #[arg(long, value_name = "ID")]
        customer: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Import words that were said elsewhere: the newest counts, and an old yes ends no no.
    Import(ImportArgs),
    /// Export every word of the ledger, in the columns that an import takes.
    Export {
        /// Write to this file; to the standard output if absent.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// How.
        #[arg(long, value_enum, default_value = "csv")]
        format: LedgerFormat,
    },
    /// List the answers that may have been a no; marketing to these addresses waits.
    List {
        /// Required; the only list there is: answers that wait for a human.
        #[arg(long)]
        held: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Decide what such an answer meant, after reading it.
    #[command(group = ArgGroup::new("verdict").required(true))]
    Settle {
        /// The address that the answer came from.
        address: String,
        /// The channel that the answer came on.
        #[arg(long)]
        channel: ChannelArg,
        /// It was a no: marketing ends as by STOP.
        #[arg(long, group = "verdict")]
        stop: bool,
        /// It was not a no: what was said before is in force again.
        #[arg(long, group = "verdict")]
        keep: bool,
    },
}

/// How a ledger is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LedgerFormat {
    /// A table with a line for each word.
    Csv,
    /// A line of JSON for each word.
    Ndjson,
}

/// A channel, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelArg(pub Channel);

/// A language that there are words in, by its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanguageArg(pub Language);

impl ValueEnum for LanguageArg {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: [LanguageArg; Language::ALL.len()] = {
            let mut all = [LanguageArg(Language::ALL[0]); Language::ALL.len()];
            let mut i = 1;
            while i < all.len() {
                all[i] = LanguageArg(Language::ALL[i]);
                i += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.tag()))
    }
}

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
