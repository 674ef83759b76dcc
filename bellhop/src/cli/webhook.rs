//! Outgoing webhooks: other systems that are told of what happens.

use super::JsonArg;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Tell another system of what happens from now on. Prints the secret by which it knows that it is us, once.
    Create(CreateWebhookArgs),
    /// List all webhooks, and how many deliveries wait and are dead.
    List(JsonArg),
    /// Give a webhook another secret, and print it; the present one signs beside it for a while.
    Rotate {
        /// The webhook, by its number.
        id: i64,
        /// For how many hours both are valid.
        #[arg(long, default_value_t = 24)]
        hours: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Call a webhook again that was switched off.
    On {
        /// The webhook, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Do not call a webhook; it is not told of what happens meanwhile.
    Off {
        /// The webhook, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove a webhook with all of its deliveries.
    Delete {
        /// The webhook, by its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List what a webhook was told and what became of it, the latest first.
    Deliveries(DeliveriesArgs),
    /// Deliver something once more, whatever became of it.
    Replay {
        /// The delivery, by its number.
        delivery: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub struct CreateWebhookArgs {
    /// Where it listens; https:, and an address of the public Internet.
    pub url: String,
    /// What it is told, separated by commas: message.state, consent.changed, program.granted, program.revoked, guest.tagged.
    #[arg(long, value_delimiter = ',', required = true)]
    pub kinds: Vec<String>,
    /// What it is called in lists; the host of the URL if absent.
    #[arg(long)]
    pub name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DeliveriesArgs {
    /// The webhook, by its number.
    pub id: i64,
    /// Only those that were tried for a day in vain.
    #[arg(long)]
    pub dead: bool,
    /// Only deliveries before this one, by its number: the next page.
    #[arg(long, value_name = "ID")]
    pub before: Option<i64>,
    /// The most deliveries to list.
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}
