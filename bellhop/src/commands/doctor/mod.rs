//! `bellhop doctor`: what is wrong with this installation, and what to do about it. Sends no message.

mod in_clear;
mod senders;
mod settings;

use super::{Context, print_json, unmatched};
use crate::opening::{self, Parts};
use crate::wiring;
use anyhow::Result;
use bellhop_channels::{Finding, Severity};
use bellhop_domain::{Timestamp, masking};
use bellhop_store::consent::ConsentLedger;
use bellhop_store::ledger::Reading;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::timeout;

#[derive(Serialize)]
struct Line {
    severity: &'static str,
    part: String,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

#[derive(Default)]
struct Report(Vec<Line>);

/// A server that does not answer within this time is reported as not answering.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(context: &Context, json: bool) -> Result<ExitCode> {
    let mut report = Report::default();
    check_public_url(context, &mut report);
    for (part, finding) in in_clear::findings(&context.config) {
        report.add(part, finding);
    }
    check_store(context, &mut report).await;
    check_broker(context, &mut report).await;
    check_limits(context, &mut report).await;
    let errors = report.0.iter().filter(|l| l.severity == "error").count();
    if json {
        print_json(&report.0)?;
    } else {
        report.print();
        println!(
            "{}",
            if errors == 0 {
                "Nothing to mend.".to_owned()
            } else {
                format!("{errors} thing(s) to mend.")
            }
        );
    }
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Report {
    fn add(&mut self, part: &str, finding: Finding) {
        let severity = match finding.severity {
            Severity::Fine => "fine",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        self.0.push(Line {
            severity,
            part: part.to_owned(),
            what: finding.what,
            mend: finding.mend,
        });
    }

    fn print(&self) {
        for line in &self.0 {
            let mark = match line.severity {
                "fine" => "✓",
                "warning" => "!",
                _ => "✗",
            };
            println!("{mark} {:<14} {}", line.part, line.what);
            if let Some(mend) = &line.mend {
                println!("  {:<14} → {mend}", "");
            }
        }
    }
}

fn check_public_url(context: &Context, report: &mut Report) {
    let url = &context.config.http.public_url;
    let warning = |what: String, mend: &str| Finding {
        severity: Severity::Warning,
        what,
        mend: Some(mend.to_owned()),
    };
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        let mend = "set http.public_url to the address guests reach, like https://b.example";
        report.add(
            "links",
            Finding::error(
                format!("http.public_url ({}) is not a web address", masking::url(url)),
                mend,
            ),
        );
    } else if url.contains("127.0.0.1") || url.contains("localhost") {
        let mend = "set http.public_url to a short address of your own before you mail guests";
        report.add(
            "links",
            warning(format!("tracking links lead to {url}, which no guest reaches"), mend),
        );
    } else {
        report.add("links", Finding::fine(format!("tracking links begin with {url}/l/")));
    }
}

async fn check_store(context: &Context, report: &mut Report) {
    if opening::is_there(&context.config).is_err() {
        let begins =
            "`bellhop import customers FILE` or `bellhop up` begins one; or name your configuration by --config";
        let what = format!(
            "there is no database yet at {}",
            masking::url(&context.config.store.url)
        );
        report.add("store", Finding::warning(what, begins));
        return senders::check(context, &context.config.sections(), report).await;
    }
    let opened = timeout(PATIENCE, opening::open(&context.config)).await;
    let parts = match opened {
        Ok(Ok(parts)) => parts,
        Ok(Err(error)) => {
            return report.add(
                "store",
                Finding::error(
                    format!("{error:#}"),
                    "correct [store], start the database, or do as the message says",
                ),
            );
        }
        Err(_) => {
            return report.add(
                "store",
                Finding::error(
                    "no answer within 10 s",
                    "check that the database of [store] runs and is reached from here",
                ),
            );
        }
    };
    report.add(
        "store",
        Finding::fine(format!("{:?}, with a schema that fits", parts.store.dialect())),
    );
    settings::check(context, &parts, report).await;
    check_consent(&parts, report).await;
    check_restaurants(&parts, report).await;
    check_receipts(&parts, report).await;
    senders::check(context, &parts.sections, report).await;
    senders::check_pauses(&parts, report).await;
}

/// Reports answers that wait for a human.
async fn check_consent(parts: &Parts, report: &mut Report) {
    for organisation in &parts.organisations {
        let finding = match parts.store.held(organisation.id).await {
            Ok(held) if held.is_empty() => continue,
            Ok(held) => Finding {
                severity: Severity::Warning,
                what: format!(
                    "{}: {} answer(s) may have been a no and hold marketing",
                    organisation.slug,
                    held.len()
                ),
                mend: Some(format!(
                    "read them: bellhop --organisation {0} consent list --held; then: bellhop --organisation {0} consent settle",
                    organisation.slug
                )),
            },
            Err(error) => Finding::error(error.to_string(), "see the database's log"),
        };
        report.add("consent", finding);
    }
}

/// Reports restaurants whose time zone was assumed and never confirmed.
async fn check_restaurants(parts: &Parts, report: &mut Report) {
    for organisation in &parts.organisations {
        let finding = match parts.store.unconfirmed_restaurants(organisation.id).await {
            Ok(names) => match super::restaurant::unconfirmed(&names) {
                None => continue,
                Some(warning) => Finding {
                    severity: Severity::Warning,
                    what: format!("{}: {warning}", organisation.slug),
                    mend: Some(super::restaurant::MEND.to_owned()),
                },
            },
            Err(error) => Finding::error(error.to_string(), "see the database's log"),
        };
        report.add("restaurants", finding);
    }
}

/// Reports delivery reports that fit no message.
async fn check_receipts(parts: &Parts, report: &mut Report) {
    for organisation in &parts.organisations {
        match parts.store.unmatched_receipts(organisation.id, Timestamp::now()).await {
            Ok(found) => {
                for (account, finding) in unmatched::findings(&found) {
                    report.add(&account, finding);
                }
            }
            Err(error) => report.add("receipts", Finding::error(error.to_string(), "see the database's log")),
        }
    }
}

async fn check_broker(context: &Context, report: &mut Report) {
    let asked = async {
        wiring::open_broker(&context.config)?
            .ping()
            .await
            .map_err(anyhow::Error::from)
    };
    let finding = answer(
        timeout(PATIENCE, asked).await,
        &context.config.broker.url,
        "correct [broker], or start RabbitMQ",
    );
    report.add("broker", finding);
}

async fn check_limits(context: &Context, report: &mut Report) {
    let asked = async {
        wiring::open_limiter(&context.config)?
            .ping()
            .await
            .map_err(anyhow::Error::from)
    };
    let finding = answer(
        timeout(PATIENCE, asked).await,
        &context.config.limits.url,
        "correct [limits], or start Redis",
    );
    report.add("limits", finding);
}

fn answer(asked: Result<Result<()>, tokio::time::error::Elapsed>, url: &str, mend: &str) -> Finding {
    match asked {
        Ok(Ok(())) if url == "in-process:" => Finding::fine("in this process"),
        Ok(Ok(())) => Finding::fine("answers"),
        Ok(Err(error)) => Finding::error(format!("{error:#}"), mend),
        Err(_) => Finding::error("no answer within 10 s", mend),
    }
}
