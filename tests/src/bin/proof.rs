//! `proof NAME`: runs one of the published proofs (`make proof-NAME`). The exit code is 0 only if everything that it
//! claims is true. `SMALL=1` makes the short run, `SEED=n` changes what is random.
#![allow(clippy::print_stderr, reason = "what went wrong belongs on standard error")]

use std::process::ExitCode;

use bellhop_tests::proof::{self, Report, Scale};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [part, of @ ..] = arguments.as_slice()
        && part == proof::CROWD
    {
        // A child process of the proof `strangers`, which needs more connections than one process may have.
        return match proof::be_a_crowd(of).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let Some(name) = std::env::args().nth(1) else {
        eprintln!("usage: proof NAME, where NAME is one of:");
        for (name, what) in proof::NAMES {
            eprintln!("  {name:<8} {what}");
        }
        return ExitCode::FAILURE;
    };
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let seed = setting("SEED").map_or(Ok(1), |seed| seed.parse());
    let Ok(seed) = seed else {
        eprintln!("SEED is not a whole number");
        return ExitCode::FAILURE;
    };
    let scale = Scale {
        small: setting("SMALL").is_some_and(|small| small != "0"),
        seed,
    };
    let mut report = Report::begin(&name);
    // Dropping the proof's future ends its processes and servers and removes its folders, on Ctrl-C too.
    let error = tokio::select! {
        result = proof::run(&name, scale, &mut report) => result.err().map(|error| format!("{error:#}")),
        () = told_to_stop() => Some("stopped by a signal".to_owned()),
    };
    if let Some(error) = &error {
        eprintln!("error: {error}");
    }
    if report.end(error) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
