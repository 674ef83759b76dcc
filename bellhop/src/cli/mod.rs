//! The command line. It is a contract: names and JSON keys do not change.

mod guests;
mod loyalty;
mod mailing;
mod operations;
mod program;
mod promo;
mod settings;
mod tag_rule;
mod user;
mod webhook;

pub use guests::{
    AudienceArgs, AudienceCommand, AudienceExportArgs, ConsentCommand, EventCommand, ExportFormat, GuestCommand,
    ImportArgs, ImportCommand, LanguageArg, LedgerFormat, RestaurantCommand,
};
pub use loyalty::LoyaltyCommand;
pub use mailing::{MailingCommand, MessageCommand, SeriesArg};
pub use operations::{ApiKeyCommand, KeyKindArg, PruneArgs, ReportArgs, ScopeArg, SenderCommand};
pub use program::{CreateProgramArgs, ProgramCommand, RehearsalArgs};
pub use promo::{PromoCommand, PromoImportArgs};
pub use settings::{ApplyArgs, SealArgs, SettingsCommand};
pub use tag_rule::{RuleFileArgs, TagRuleCommand};
pub use user::{InviteArgs, RoleArg, UserCommand};
pub use webhook::{CreateWebhookArgs, DeliveriesArgs, WebhookCommand};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Bellhop: a self-hosted delivery fleet for the mailings of restaurant and food-delivery brands.
#[derive(Debug, Parser)]
#[command(name = "bellhop", version, propagate_version = true)]
pub struct Cli {
    /// Configuration file (TOML). Without one the embedded default applies, with its data in ./bellhop-data.
    #[arg(long, global = true, env = "BELLHOP_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The organisation to work for, by its slug; needed if the database has several.
    #[arg(long, global = true, env = "BELLHOP_ORGANISATION", value_name = "SLUG")]
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
    /// Plan and publish mailings, and keep them going.
    Dispatcher,
    /// Send messages.
    Worker {
        /// Its name in leases and logs; the host's name and process number if absent.
        #[arg(long)]
        name: Option<String>,
        /// Send on this lane only; on both if absent. A process that sends only transactional messages never waits
        /// for a million pushes to be rendered; other processes must then take the marketing.
        #[arg(long)]
        lane: Option<LaneArg>,
    },
    /// Play the providers' far side and their guests, to try things out without a provider.
    ///
    /// FCM and SMS gateways over HTTP are always played; APNs, web push, SMPP, WhatsApp (Cloud API, WAHA, Green-API),
    /// Telegram, MAX and the guests each with its section of the configuration (docs/simulator.md).
    Simulator,
    /// Bring the database's schema up to this version.
    Migrate,
    /// Apply the organisations, senders and marketing section of a file to the database, and say what that changes.
    Apply(ApplyArgs),
    /// The settings in the database: their history, and their sealed secrets.
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Check configuration, database, broker, Redis and credentials, and say what to fix.
    Doctor(JsonArg),
    /// Import customers or orders from a CSV, Excel or JSON file.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Tell what has happened to guests, as the HTTP API takes it.
    #[command(subcommand)]
    Event(EventCommand),
    /// Restaurants and their time zones, which decide when it is night for their guests.
    #[command(subcommand)]
    Restaurant(RestaurantCommand),
    /// Ask who is in an audience.
    #[command(subcommand)]
    Audience(AudienceCommand),
    /// Create, check, launch and follow mailings.
    #[command(subcommand)]
    Mailing(MailingCommand),
    /// Create, switch and follow programs, which send by themselves because of an event or a date.
    #[command(subcommand)]
    Program(ProgramCommand),
    /// Promo codes: lists of them, and tags for those who use one.
    #[command(subcommand)]
    Promo(PromoCommand),
    /// Rules that set tags by themselves, from what guests ordered in the last days, and take them back.
    #[command(subcommand)]
    TagRule(TagRuleCommand),
    /// Other systems that are told of what happens, by Standard Webhooks.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Try rules of bonuses on a cart.
    #[command(subcommand)]
    Loyalty(LoyaltyCommand),
    /// Look at a guest, or stop writing to them.
    #[command(subcommand)]
    Guest(GuestCommand),
    /// Look into single messages.
    #[command(subcommand)]
    Message(MessageCommand),
    /// What guests have said about marketing, and answers that wait for a human.
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// Senders: their states, pausing and resuming.
    #[command(subcommand)]
    Sender(SenderCommand),
    /// Keys for the HTTP API.
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// People who log in: who they are, and links for who is to come in or locked out.
    #[command(subcommand)]
    User(UserCommand),
    /// Report on a period over all mailings and programs: what was sent, what it cost, what it brought.
    Report(ReportArgs),
    /// Remove what has had its time: old messages, opens, delivery reports, audit entries. A dispatcher does the same once a day.
    Prune(PruneArgs),
    /// Print the HTTP API as an OpenAPI 3.1 document.
    Openapi,
    /// Print what makes a shell complete these commands; source it, or put it where the shell looks for such files.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: ShellArg,
    },
    /// Write a manual page for each command.
    Man {
        /// The folder for them; it is made if need be.
        folder: PathBuf,
    },
    /// Make the key pair that browsers' subscriptions are bound to; prints the public key for the site.
    WebPushKeys {
        /// The file for the private key (PEM); an existing file is never overwritten.
        file: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    /// Whether the command may be the first on a new SQLite file, and then makes its tables and brings the
    /// configuration's sections in. Only the ones with which an installation begins; `up` sees to it itself.
    pub fn may_begin(&self) -> bool {
        matches!(self, Command::Import(_) | Command::ApiKey(ApiKeyCommand::Create { .. }))
    }
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
    /// Stop when the mailing is finished, instead of continuing to serve.
    #[arg(long)]
    pub exit: bool,
    /// Print the statistics as JSON, as the last line.
    #[arg(long)]
    pub json: bool,
    /// Port of the HTTP API on 127.0.0.1; a free one if absent.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
}

/// A shell that completes commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellArg {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LaneArg {
    /// Messages that are requested one by one.
    Transactional,
    /// Mailings to audiences.
    Marketing,
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory, Parser};

    /// Everything in a command and its subcommands that has no help text.
    fn silent(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        if command.get_about().is_none() {
            found.push(path.to_owned());
        }
        let arguments = command.get_arguments().filter(|it| it.get_help().is_none());
        found.extend(arguments.map(|it| format!("{path} {}", it.get_id())));
        for sub in command.get_subcommands() {
            silent(sub, &format!("{path} {}", sub.get_name()), found);
        }
    }

    #[test]
    fn few_commands_begin_an_installation() {
        for (words, begins) in [
            ("import customers guests.csv", true),
            ("import orders orders.csv", true),
            ("api-key create till", true),
            ("api-key list", false),
            ("api-key revoke till", false),
            ("restaurant list", false),
            ("sender list", false),
            ("doctor", false),
            ("migrate", false),
        ] {
            let cli = Cli::try_parse_from(format!("bellhop {words}").split(' ')).unwrap();
            assert_eq!(cli.command.may_begin(), begins, "{words}");
        }
    }

    #[test]
    fn every_command_and_argument_says_what_it_is() {
        let mut command = Cli::command();
        command.build();
        let mut found = Vec::new();
        silent(&command, "bellhop", &mut found);
        assert!(found.is_empty(), "without help: {found:#?}");
    }
}
