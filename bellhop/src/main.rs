//! The `bellhop` binary: configuration, wiring, roles and commands. It decides nothing about messages: it chooses
//! backends, opens them, and prints answers. Answers go to standard output, log lines and progress to standard error.
#![allow(clippy::print_stdout, reason = "a command's answers belong on standard output")]

mod advice;
mod applying;
mod cli;
mod commands;
mod config;
mod live;
mod logging;
mod opening;
mod roles;
mod secrets;
mod welcome;
mod wiring;

use bellhop_domain::Lane;
use clap::Parser;
use cli::{Cli, Command, LaneArg};
use roles::{Roles, WorkerRole};
use std::backtrace::BacktraceStatus;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    end_with_the_reader();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(advice) = advice::on(&error) {
                eprintln!("  {advice}.");
            }
            ExitCode::FAILURE
        }
    }
}

/// Whoever reads our output may stop before its end (`| head`). Nothing is wrong then, so the program ends without an
/// error message. Of any other panic the place is told, and its words if they are the program's own: a formatted message
/// may quote what a guest was to read (`byte index 3 is not a char boundary; it is inside …`).
fn end_with_the_reader() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        if words.starts_with("failed printing to stdout") && words.contains("Broken pipe") {
            // The exit code of a program that SIGPIPE ends.
            std::process::exit(141);
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let own = panic
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or_default();
        let trace = std::backtrace::Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| format!("\n{trace}"));
        // Where stderr is closed nobody reads.
        let _ = writeln!(
            std::io::stderr(),
            "panicked at {place}: {own}{}",
            trace.unwrap_or_default()
        );
    }));
}

/// The file that says where the database is: for `apply`, if there is no other, the file to apply.
fn configuration(cli: &Cli) -> Option<&Path> {
    let given = match &cli.command {
        Command::Apply(args) => args.file.as_deref(),
        _ => None,
    };
    cli.config.as_deref().or(given)
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let file = configuration(&cli).map(Path::to_owned);
    let config = config::Config::load(file.as_deref())?;
    logging::start(&config.log, matches!(cli.command, Command::Demo(_)));
    let context = commands::Context {
        config,
        file,
        begins: cli.command.may_begin(),
        organisation: cli.organisation,
    };
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        Command::Up => roles::play(context.config, Roles::ALL, WorkerRole::default())
            .await
            .map(done),
        Command::Api => roles::play(context.config, Roles::API, WorkerRole::default())
            .await
            .map(done),
        Command::Dispatcher => roles::play(context.config, Roles::DISPATCHER, WorkerRole::default())
            .await
            .map(done),
        Command::Worker { name, lane } => {
            let lane = lane.map(|lane| match lane {
                LaneArg::Transactional => Lane::Transactional,
                LaneArg::Marketing => Lane::Marketing,
            });
            let worker = WorkerRole { name, lane };
            roles::play(context.config, Roles::WORKER, worker).await.map(done)
        }
        Command::Simulator => commands::simulator::run(&context).await.map(done),
        Command::Migrate => commands::migrate::run(&context).await.map(done),
        Command::Apply(args) => commands::apply::run(&context, &args).await.map(done),
        Command::Settings(command) => commands::settings::run(&context, command).await.map(done),
        Command::Doctor(args) => commands::doctor::run(&context, args.json).await,
        Command::Demo(args) => Box::pin(commands::demo::run(&context, &args)).await.map(done),
        Command::Import(command) => commands::import::run(&context, command).await,
        Command::Event(command) => commands::event::run(&context, command).await,
        Command::Restaurant(command) => commands::restaurant::run(&context, command).await.map(done),
        Command::Audience(command) => commands::audience::run(&context, command).await.map(done),
        Command::Mailing(command) => commands::mailing::run(&context, command).await,
        Command::Program(command) => commands::program::run(&context, command).await,
        Command::Loyalty(command) => commands::loyalty::run(command).map(done),
        Command::Promo(command) => commands::promo::run(&context, command).await,
        Command::TagRule(command) => commands::tag_rule::run(&context, command).await,
        Command::Webhook(command) => commands::webhook::run(&context, command).await.map(done),
        Command::Message(command) => commands::message::run(&context, command).await.map(done),
        Command::Guest(command) => commands::guest::run(&context, command).await.map(done),
        Command::Consent(command) => commands::consent::run(&context, command).await,
        Command::Sender(command) => commands::sender::run(&context, command).await.map(done),
        Command::ApiKey(command) => commands::api_key::run(&context, command).await.map(done),
        Command::User(command) => commands::user::run(&context, command).await.map(done),
        Command::Report(args) => commands::report::run(&context, &args).await.map(done),
        Command::Prune(args) => commands::prune::run(&context, &args).await.map(done),
        Command::Openapi => commands::openapi::run().map(done),
        Command::Completions { shell } => commands::shell::completions(shell).map(done),
        Command::Man { folder } => commands::shell::manual(&folder).map(done),
        Command::WebPushKeys { file, json } => commands::web_push_keys::run(&file, json).map(done),
    }
}
