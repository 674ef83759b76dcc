//! The command line.

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Measures the `bellhop` beside it on this machine, as ratios to a named limit or peer, and runs private test servers.
#[derive(Debug, Parser)]
#[command(name = "bellhop-bench", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
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
    /// The bare pipeline's worker; `bellhop-bench fleet` starts it.
    #[command(hide = true)]
    BareWorker {
        /// The fleet's configuration.
        #[arg(long)]
        config: PathBuf,
        /// The queue to work through.
        #[arg(long)]
        queue: String,
        /// AMQP messages to work through.
        #[arg(long)]
        messages: u32,
    },
    /// APNs and web push over TLS: the fleet with its whole ledger against the same client without one.
    Channels {
        /// Messages through each of the two channels.
        #[arg(long, default_value_t = 100_000)]
        messages: u32,
        /// Pairs of runs per channel, of which the median counts.
        #[arg(long, default_value_t = 3)]
        pairs: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The client without a ledger; `bellhop-bench channels` starts it.
    #[command(hide = true)]
    BareSender {
        /// The fleet's configuration.
        #[arg(long)]
        config: PathBuf,
        /// The sender of the configuration to send through.
        #[arg(long)]
        sender: String,
        /// A file of addresses, one a line.
        #[arg(long)]
        addresses: PathBuf,
    },
    /// Counts of six segments over a large guest base.
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
    /// Taking events of guests against COPY of the rows that they leave.
    Events {
        /// Events in the file.
        #[arg(long, default_value_t = 300_000)]
        events: u32,
        /// Events a second that a fleet is told of then.
        #[arg(long, default_value_t = 2_000)]
        per_second: u32,
        /// For how long; 0 leaves it out.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
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
    /// What a dispatcher costs while very many runs are alive but idle.
    Idle {
        /// How many runs are alive.
        #[arg(long, default_value_t = 2_000)]
        runs: u32,
        /// How many runs are alive in the comparison.
        #[arg(long, default_value_t = 20)]
        few: u32,
        /// How long each measurement takes.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The fleet with years of messages in its ledger against the same fleet with an empty one.
    Scale {
        /// Messages of the past.
        #[arg(long, default_value_t = 50_000_000)]
        history: u64,
        /// Guests who get a message.
        #[arg(long, default_value_t = 300_000)]
        recipients: u32,
        /// Pairs of mailings, of which the median counts.
        #[arg(long, default_value_t = 3)]
        pairs: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// A million carts that wait while thousands change every second, and a wave of birthdays, beside graphile-worker.
    Timers {
        /// Carts that wait.
        #[arg(long, default_value_t = 1_000_000)]
        timers: u32,
        /// Carts that change in a second.
        #[arg(long, default_value_t = 2_000)]
        changes: u32,
        /// How long they change.
        #[arg(long, default_value_t = 120)]
        seconds: u64,
        /// Birthdays of one minute; none if 0.
        #[arg(long, default_value_t = 40_000)]
        wave: u32,
        /// Do without graphile-worker, which npm fetches.
        #[arg(long)]
        no_peer: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Private PostgreSQL, Redis and RabbitMQ for tests, by `run -- COMMAND…`, `up FILE` and `down FILE`.
    #[command(disable_help_flag = true)]
    Servers {
        /// `run -- COMMAND…` has them for the time of one command, `up FILE` lets them stay and `down FILE` ends them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<OsString>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_argument_says_what_it_is() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
        }
    }

    #[test]
    fn what_follows_servers_is_passed_on_as_it_is() {
        let cli = Cli::try_parse_from(["bellhop-bench", "servers", "run", "--", "ls", "--all"]).unwrap();
        let Command::Servers { arguments } = cli.command else {
            panic!("{cli:?}");
        };
        assert_eq!(arguments, ["run", "--", "ls", "--all"]);
    }
}
