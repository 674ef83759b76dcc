//! The command line: a contract, names and JSON keys stay.

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Bellhop: a self-hosted delivery fleet for the mailings of restaurant and food-delivery brands.
#[derive(Debug, Parser)]
#[command(name = "bellhop", version, propagate_version = true)]
pub struct Cli {
    /// Configuration file (TOML). Without one the embedded default holds, with its data in ./bellhop-data.
    #[arg(long, global = true, env = "BELLHOP_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The organisation to work for, by its slug; the configuration's first if absent.
    #[arg(long, global = true, value_name = "SLUG")]
    pub organisation: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything: all roles in one process, simulated providers, sample guests, one mailing from launch to statistics.
    Demo(DemoArgs),
    /// Run all roles in one process.
    Up,
    /// Serve the HTTP API, tracking links and provider webhooks.
    Api,
    /// Plan, publish and keep mailings going.
    Dispatcher,
    /// Send.
    Worker {
        /// Its name in leases and logs; the host's name and process number if absent.
        #[arg(long)]
        name: Option<String>,
        /// Send on this lane only; on both if absent. A process of its own for transactional messages never waits for a
        /// million pushes to be rendered, as long as others take the marketing.
        #[arg(long)]
        lane: Option<LaneArg>,
    },
    /// Play the providers' far side: FCM and an SMS gateway.
    Simulator,
    /// Bring the database's schema up to this version.
    Migrate,
    /// Check configuration, database, broker, Redis and credentials, and say what to mend.
    Doctor(JsonArg),
    /// Bring in customers or orders from a CSV or NDJSON file.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Ask who is in an audience.
    #[command(subcommand)]
    Audience(AudienceCommand),
    /// Create, check, launch and follow mailings.
    #[command(subcommand)]
    Mailing(MailingCommand),
    /// Look into single messages.
    #[command(subcommand)]
    Message(MessageCommand),
    /// What guests have said of marketing, and answers that wait for a human.
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// Senders that stand still.
    #[command(subcommand)]
    Sender(SenderCommand),
    /// Keys for the HTTP API.
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Make the key pair that browsers' subscriptions are bound to; prints the public key for the site.
    WebPushKeys {
        /// Where the private key goes, PEM; a file that is there already is left alone.
        file: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Measure this build on this machine, as ratios to a named limit or peer.
    #[command(subcommand)]
    Bench(BenchCommand),
}

#[derive(Debug, Clone, Copy, Args)]
pub struct JsonArg {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many sample guests.
    #[arg(long, default_value_t = 1_000)]
    pub customers: u32,
    /// Stop when the mailing is finished, instead of serving on.
    #[arg(long)]
    pub exit: bool,
    /// Print the statistics object as the last line.
    #[arg(long)]
    pub json: bool,
    /// Port of the HTTP API on 127.0.0.1; a free one if absent.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    Customers(ImportArgs),
    Orders(ImportArgs),
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// CSV (any usual delimiter) or NDJSON, UTF-8.
    pub file: PathBuf,
    /// Check everything, write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write every bad row to this file (CSV: line, column, value, problem).
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
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
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum MailingCommand {
    /// Create a draft from a mailing file; prints its id.
    Create {
        /// @FILE, or the JSON itself.
        #[arg(value_name = "@FILE")]
        file: String,
        #[arg(long)]
        json: bool,
    },
    /// Everything wrong with a mailing, and what its audience would get, before anything is sent.
    Check {
        id: i64,
        #[arg(long)]
        json: bool,
    },
    /// The texts as named customers would get them.
    Preview {
        id: i64,
        #[arg(long, required = true)]
        customer: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// Send to named customers, outside the statistics.
    Test {
        id: i64,
        #[arg(long, required = true)]
        customer: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// Start now or at an instant.
    Launch {
        id: i64,
        #[arg(long, value_name = "RFC3339")]
        at: Option<String>,
        /// A mailing that was launched before goes out once more, also to who has had it.
        #[arg(long)]
        again: bool,
        /// Start at once, though the instant of --at is over.
        #[arg(long)]
        now: bool,
        #[arg(long)]
        json: bool,
    },
    Pause {
        id: i64,
        #[arg(long)]
        json: bool,
    },
    Resume {
        id: i64,
        #[arg(long)]
        json: bool,
    },
    Cancel {
        id: i64,
        #[arg(long)]
        json: bool,
    },
    /// When it will have gone out, what holds it back, and whether it is in time.
    Forecast {
        id: i64,
        /// A deadline: how many messages would miss it, and what would make them fit.
        #[arg(long, value_name = "RFC3339")]
        by: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// The statistics.
    Stats {
        id: i64,
        /// Show them anew every second until the mailing ends.
        #[arg(long)]
        watch: bool,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// A message's whole story.
    Show {
        id: String,
        #[arg(long)]
        json: bool,
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
        #[arg(long)]
        json: bool,
    },
    /// The answers that may have been a no: marketing to these addresses waits.
    List {
        /// The only list that there is: what waits for a human.
        #[arg(long)]
        held: bool,
        #[arg(long)]
        json: bool,
    },
    /// Say what such an answer was, after reading it.
    #[command(group = ArgGroup::new("verdict").required(true))]
    Settle {
        address: String,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ChannelArg {
    Push,
    WebPush,
    #[value(name = "whatsapp")]
    WhatsApp,
    Sms,
    Telegram,
}

#[derive(Debug, Subcommand)]
pub enum SenderCommand {
    /// All senders, and why one stands still.
    List(JsonArg),
    /// Delivery reports that fit no message, and what to look at.
    Receipts(JsonArg),
    /// Let a stopped sender go on, after its trouble is mended.
    Resume { name: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LaneArg {
    Transactional,
    Marketing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    Orders,
    Opens,
    Endpoints,
    /// Costs money: only if it is named.
    Messages,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKindArg {
    Backend,
    App,
}

#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make a key; it is shown this once.
    Create {
        name: String,
        /// Where it will live. A backend's key speaks for every guest: it never leaves your servers. One that ships inside an
        /// app or a page, where anybody can read it, is an app's.
        #[arg(long, value_enum, default_value_t = KeyKindArg::Backend)]
        kind: KeyKindArg,
        /// What it may do. [default: orders,opens,endpoints; of an app's: opens,endpoints, which is all that it may have]
        #[arg(long, value_delimiter = ',')]
        scopes: Vec<ScopeArg>,
        #[arg(long)]
        json: bool,
    },
    /// Revoke every key of this name.
    Revoke { name: String },
}

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// The fleet with its whole ledger against a bare RabbitMQ pipeline without a database.
    Fleet {
        #[arg(long, default_value_t = 1_000_000)]
        recipients: u32,
        /// Pairs of runs, of which the median counts.
        #[arg(long, default_value_t = 3)]
        pairs: u32,
        #[arg(long)]
        json: bool,
    },
    /// The bare pipeline's worker; `bench fleet` starts it.
    #[command(hide = true)]
    BareWorker {
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
        #[arg(long, default_value_t = 1_000_000)]
        customers: u32,
        #[arg(long, default_value_t = 10_000_000)]
        orders: u32,
        /// Questions per segment.
        #[arg(long, default_value_t = 20)]
        rounds: u32,
        /// Ask this PostgreSQL database, drawn before, instead of drawing one.
        #[arg(long, value_name = "URL")]
        drawn: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Importing orders against COPY of the same file.
    Import {
        #[arg(long, default_value_t = 10_000_000)]
        orders: u32,
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
        #[arg(long)]
        json: bool,
    },
}
