//! Mailings and their messages.

use super::JsonArg;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum MailingCommand {
    /// All mailings, the latest first, and where each stands.
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
    /// Everything wrong with a mailing, and what its audience would get, before anything is sent.
    Check {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The texts as named customers would get them.
    Preview {
        /// The mailing, by its number.
        id: i64,
        /// The customer, by external id; as many as wanted.
        #[arg(long, required = true, value_name = "ID")]
        customer: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send to named customers, outside the statistics.
    Test {
        /// The mailing, by its number.
        id: i64,
        /// The customer, by external id; as many as wanted.
        #[arg(long, required = true, value_name = "ID")]
        customer: Vec<String>,
        /// How long to wait for what becomes of them, in seconds.
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
        /// When to start; without an offset by the organisation's clock. Now if absent.
        #[arg(long, value_name = "RFC3339")]
        at: Option<String>,
        /// A mailing that was launched before goes out once more, also to who has had it.
        #[arg(long)]
        again: bool,
        /// Start at once, though the instant of --at is over.
        #[arg(long)]
        now: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop what has not left; `resume` goes on.
    Pause {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Go on with a paused mailing.
    Resume {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop for good what has not left.
    Cancel {
        /// The mailing, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// When it will have gone out, what holds it back, and whether it is in time.
    Forecast {
        /// The mailing, by its number.
        id: i64,
        /// A deadline: how many messages would miss it, and what would make them fit.
        #[arg(long, value_name = "RFC3339")]
        by: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The statistics.
    Stats {
        /// The mailing, by its number.
        id: i64,
        /// Show them anew every second until the mailing ends.
        #[arg(long)]
        watch: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// A message's whole story.
    Show {
        /// The message, by its id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The messages of a mailing's latest run, in the order of their ids.
    List {
        /// The mailing, by its number.
        #[arg(long, value_name = "ID")]
        mailing: i64,
        /// Those in this state only, like failed or suppressed.
        #[arg(long)]
        state: Option<String>,
        /// Those of the latest test instead.
        #[arg(long)]
        test: bool,
        /// As many at most.
        #[arg(long, default_value_t = 1_000)]
        limit: u32,
        /// Print JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
}
