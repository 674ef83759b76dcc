//! Mailings and their messages.

use super::{JsonArg, RehearsalArgs};
use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum MailingCommand {
    /// List all mailings and their states, the latest first.
    List(JsonArg),
    /// Create a draft from a mailing file; prints its id.
    Create {
        /// The file, with or without @ before its name; or the JSON itself.
        #[arg(value_name = "FILE")]
        file: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a mailing: its state, its version and its file.
    Show {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put another file in the place of a mailing's; not while it is under way.
    Edit {
        /// The mailing, by its number.
        id: i64,
        /// The file, with or without @ before its name; or the JSON itself.
        #[arg(value_name = "FILE")]
        file: String,
        /// Only if it is still at this version, as `show` told it.
        #[arg(long, value_name = "VERSION")]
        from_version: Option<i64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a draft with the same file; prints its id.
    Duplicate {
        /// The mailing, by its number.
        id: i64,
        /// The name of the new one; the same if absent.
        #[arg(long)]
        name: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Delete a mailing that was never launched.
    Delete {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show everything that is wrong with a mailing, and what its audience would get, before anything is sent.
    Check {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the texts as these customers would get them.
    Preview {
        /// The mailing, by its number.
        id: i64,
        /// The customer, by external id; may be repeated.
        #[arg(long, required = true, value_name = "ID")]
        customer: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send to these customers, outside the statistics.
    Test {
        /// The mailing, by its number.
        id: i64,
        /// The customer, by external id; may be repeated.
        #[arg(long, required = true, value_name = "ID")]
        customer: Vec<String>,
        /// How long to wait for the results, in seconds.
        #[arg(long, default_value_t = 30, value_name = "SECONDS")]
        wait: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Start now or at an instant.
    Launch {
        /// The mailing, by its number.
        id: i64,
        /// When to start; a time without an offset is by the organisation's clock. Now if absent.
        #[arg(long, value_name = "RFC3339")]
        at: Option<String>,
        /// Send a mailing again that was launched before, also to those who have had it.
        #[arg(long)]
        again: bool,
        /// Start at once, although the time of --at is past.
        #[arg(long)]
        now: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let it start by itself: at an instant, at each guest's own time, or again and again.
    Schedule {
        /// The mailing, by its number.
        id: i64,
        /// The schedule: a file with or without @ before its name, or the JSON itself.
        #[arg(value_name = "FILE")]
        file: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove its schedule; runs that have begun go on.
    Unschedule {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop everything that has not left; `resume` continues.
    Pause {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Continue a paused mailing.
    Resume {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop everything that has not left, for good.
    Cancel {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Forecast when the mailing will be finished, what holds it back, and whether it is in time.
    Forecast {
        /// The mailing, by its number.
        id: i64,
        /// A deadline; shows how many messages would miss it, and what would get them out in time.
        #[arg(long, value_name = "RFC3339")]
        by: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play the starts of its schedule in a time without sending: who would get it and when, who would not and why.
    Rehearse {
        /// The mailing, by its number.
        id: i64,
        #[command(flatten)]
        time: RehearsalArgs,
    },
    /// Show the statistics.
    Stats {
        /// The mailing, by its number.
        id: i64,
        /// Show them again every second until the mailing ends.
        #[arg(long)]
        watch: bool,
        /// Show them over time instead, by the organisation's hours or days.
        #[arg(long, value_enum, value_name = "BY", conflicts_with = "watch")]
        series: Option<SeriesArg>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// By what statistics over time are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeriesArg {
    Hour,
    Day,
}

#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// Show the whole story of a message.
    Show {
        /// The message, by its id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the messages of a mailing's latest run, in the order of their ids.
    List {
        /// The mailing, by its number.
        #[arg(long, value_name = "ID")]
        mailing: i64,
        /// Only messages in this state, like failed or suppressed.
        #[arg(long)]
        state: Option<String>,
        /// The messages of the latest test instead.
        #[arg(long)]
        test: bool,
        /// The most messages to list.
        #[arg(long, default_value_t = 1_000)]
        limit: u32,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
}
