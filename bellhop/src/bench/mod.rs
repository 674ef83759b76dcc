//! `bellhop bench …`: this build, measured on this machine, as a ratio to a limit or peer that is named.
//!
//! A bench starts private servers (PostgreSQL with `fsync` on) on free ports of 127.0.0.1, does its work through real
//! child processes of this very binary, and leaves nothing behind: children are ended by their ids, folders removed.
//! It never touches the configured installation. Progress goes to standard error, figures to standard output: a table,
//! or with `--json` one object with `ratio`, `machine` and what it was measured against.

mod accounting;
mod audience;
mod channels;
mod child;
mod config_file;
mod figures;
mod fleet;
mod guests;
mod import;
mod limits;
mod machine;
mod mailing;
mod providers;
mod recipient;
mod stage;
mod statements;
mod timed;

use crate::cli::BenchCommand;
use crate::commands::Context;
use anyhow::Result;

pub async fn run(context: &Context, command: BenchCommand) -> Result<()> {
    match command {
        BenchCommand::Fleet {
            recipients,
            pairs,
            json,
        } => fleet::run(recipients, pairs, json).await,
        BenchCommand::BareWorker { queue, messages } => fleet::bare_worker(context, &queue, messages).await,
        BenchCommand::Channels { messages, pairs, json } => channels::run(messages, pairs, json).await,
        BenchCommand::BareSender { sender, addresses } => channels::bare_sender(context, &sender, &addresses).await,
        BenchCommand::Audience {
            customers,
            orders,
            rounds,
            drawn,
            json,
        } => audience::run(customers, orders, rounds, drawn, json).await,
        BenchCommand::Import { orders, json } => import::run(orders, json).await,
        BenchCommand::Limits {
            seconds,
            rounds,
            callers,
            json,
        } => limits::run(seconds, rounds, callers, json).await,
    }
}

/// Says on standard error how far a bench is.
fn progress(line: &str) {
    eprintln!("{line}");
}
