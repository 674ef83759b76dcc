//! `bellhop-bench …`: the `bellhop` beside this program, measured on this machine as a ratio to a named limit or
//! peer; and the private servers that tests run against.
//!
//! A bench starts private servers (PostgreSQL with `fsync` on) on free ports of 127.0.0.1, does its work through real
//! processes of the product, and leaves nothing behind: children are ended by their ids, folders removed. It never
//! touches an installation. Progress goes to standard error, figures to standard output: a table, or with `--json` one
//! object with `ratio`, `machine` and what it was measured against.
#![allow(clippy::print_stdout, reason = "figures belong on standard output")]

mod accounting;
mod audience;
mod bare_config;
mod channels;
mod child;
mod cli;
mod config_file;
mod crew;
mod events;
mod figures;
mod fleet;
mod guests;
mod idle;
mod import;
mod limits;
mod machine;
mod mailing;
mod print;
mod product;
mod providers;
mod recipient;
mod scale;
mod stage;
mod statements;
mod timed;
mod timers;
mod traffic;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Fleet {
            recipients,
            pairs,
            json,
        } => fleet::run(recipients, pairs, json).await?,
        Command::BareWorker {
            config,
            queue,
            messages,
        } => fleet::bare_worker(&config, &queue, messages).await?,
        Command::Channels { messages, pairs, json } => channels::run(messages, pairs, json).await?,
        Command::BareSender {
            config,
            sender,
            addresses,
        } => channels::bare_sender(&config, &sender, &addresses).await?,
        Command::Audience {
            customers,
            orders,
            rounds,
            drawn,
            json,
        } => audience::run(customers, orders, rounds, drawn, json).await?,
        Command::Events {
            events,
            per_second,
            seconds,
            json,
        } => events::run(events, (per_second, seconds), json).await?,
        Command::Import { orders, json } => import::run(orders, json).await?,
        Command::Limits {
            seconds,
            rounds,
            callers,
            json,
        } => limits::run(seconds, rounds, callers, json).await?,
        Command::Idle {
            runs,
            few,
            seconds,
            json,
        } => idle::run(runs, few, seconds, json).await?,
        Command::Scale {
            history,
            recipients,
            pairs,
            json,
        } => scale::run(history, recipients, pairs, json).await?,
        Command::Timers {
            timers,
            changes,
            seconds,
            wave,
            no_peer,
            json,
        } => {
            let size = timers::Size {
                timers,
                changes,
                seconds,
                wave,
                peer: !no_peer,
            };
            timers::run(size, json).await?
        }
        Command::Servers { arguments } => return bellhop_test_services::command(Some("servers"), &arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reports on standard error how far a bench is.
fn progress(line: &str) {
    eprintln!("{line}");
}

/// Returns when the bench that started this process tells it to stop.
async fn signalled() -> Result<()> {
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}
