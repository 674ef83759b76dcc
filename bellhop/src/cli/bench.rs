//! Measurements.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// The fleet with its whole ledger against a bare RabbitMQ pipeline without a database.
    Fleet {
        /// Guests who get a message.
        #[arg(long, default_value_t = 1_000_000)]
        recipients: u32,
        /// Pairs of runs, of which the median counts.
        #[arg(long, default_value_t = 3)]
        pairs: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The bare pipeline's worker; `bench fleet` starts it.
    #[command(hide = true)]
    BareWorker {
        /// The queue to work through.
        #[arg(long)]
        queue: String,
        /// AMQP messages to work through.
        #[arg(long)]
        messages: u32,
    },
    /// APNs and web push over TLS: the fleet with its whole ledger against the same client without one.
    Channels {
        /// Through each of the two channels.
        #[arg(long, default_value_t = 100_000)]
        messages: u32,
        /// Pairs of runs per channel, of which the median counts.
        #[arg(long, default_value_t = 3)]
        pairs: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The client without a ledger; `bench channels` starts it.
    #[command(hide = true)]
    BareSender {
        /// The sender of the configuration to send through.
        #[arg(long)]
        sender: String,
        /// A file of addresses, one a line.
        #[arg(long)]
        addresses: PathBuf,
    },
    /// Six segments over a large guest base.
    Audience {
        /// Guests in the base.
        #[arg(long, default_value_t = 1_000_000)]
        customers: u32,
        /// Their orders.
        #[arg(long, default_value_t = 10_000_000)]
        orders: u32,
        /// Questions per segment.
        #[arg(long, default_value_t = 20)]
        rounds: u32,
        /// Ask this PostgreSQL database, drawn before, instead of drawing one.
        #[arg(long, value_name = "URL")]
        drawn: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Importing orders against COPY of the same file.
    Import {
        /// Orders in the file.
        #[arg(long, default_value_t = 10_000_000)]
        orders: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Permits through Redis against bare EVALSHA, and in process against bare governor.
    Limits {
        /// How long each measurement takes.
        #[arg(long, default_value_t = 2.0)]
        seconds: f64,
        /// Rounds, of which the median counts.
        #[arg(long, default_value_t = 5)]
        rounds: u32,
        /// Callers at once.
        #[arg(long, default_value_t = 16)]
        callers: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}
