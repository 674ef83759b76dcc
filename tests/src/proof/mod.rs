//! The published evidence: one module per proof, each a story with real processes that ends in a verdict.

mod audit;
mod badfile;
mod ban;
mod bulkheads;
mod cdnow;
mod consent;
mod crash;
mod faults;
mod forecast;
mod lanes;
mod limits;
mod pause;
mod peers;
mod pool;
mod portfolio;
mod programs;
mod providers;
mod report;
mod settings;
mod smpp;
mod strangers;
mod webhooks;
mod webpush;

use std::time::Duration;

use anyhow::{Result, bail};
use bellhop_test_services::{Cluster, Options};

pub use report::Report;
pub use strangers::{CROWD, be_a_crowd};

use crate::fleet::Servers;

/// The proofs by name, with what each shows.
pub const NAMES: [(&str, &str); 20] = [
    ("crash", "no message is lost and no SMS doubled, whatever is killed"),
    (
        "pause",
        "a pause holds within a second, a resume goes on exactly, a cancel ends the rest",
    ),
    ("faults", "a mailing gets through a bad day of its providers"),
    (
        "cdnow",
        "retention categories are right at any instant, on both databases",
    ),
    ("badfile", "a bad file costs its bad rows, and no memory"),
    ("consent", "who said no, however and whenever, is not written to again"),
    (
        "limits",
        "no number is ever above its limits, whatever dies, and its pace is used",
    ),
    (
        "portfolio",
        "no guest gets two messages in six seconds of a Cloud number, and its portfolio writes to no more guests than it may",
    ),
    (
        "ban",
        "a number is banned in mid-mailing: the others serve its guests, nobody twice",
    ),
    ("lanes", "a login code leaves within a second, whatever is queued"),
    (
        "bulkheads",
        "a provider that answers in half a minute does not delay another organisation",
    ),
    (
        "forecast",
        "the forecast is right to 2 %, whatever else goes out and whatever falls out",
    ),
    ("smpp", "SMS over SMPP arrive whole at an SMSC that others wrote"),
    (
        "peers",
        "libraries of other hands agree with the product and with its simulator",
    ),
    (
        "webhooks",
        "what providers tell counts once and in any order, what others tell not at all",
    ),
    (
        "webpush",
        "a real browser subscribes, reads what is encrypted for it, shows it and opens its link",
    ),
    (
        "providers",
        "every error that the providers document is followed by what it asks for",
    ),
    (
        "programs",
        "an event fires once, whatever is told twice and whoever is killed, and the journal says why nothing went",
    ),
    (
        "strangers",
        "what strangers send costs little, and nobody else waits for it",
    ),
    (
        "settings",
        "limits, quiet hours, pauses, new senders and rotated secrets hold within two seconds, without a restart",
    ),
];

/// How a proof is run.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// The short run that is part of `make test`.
    pub small: bool,
    /// The seed from which everything random is drawn.
    pub seed: u64,
}

impl Scale {
    fn pick<T>(self, full: T, small: T) -> T {
        if self.small { small } else { full }
    }

    /// Servers that this proof has for itself. A short run that does not break them uses a part of those that all
    /// tests share, because starting servers would take as long as the run.
    async fn servers(self) -> Result<(Option<Cluster>, Servers)> {
        if self.small {
            return Ok((None, Servers::shared().await?));
        }
        let cluster = Cluster::start(Options::durable()).await?;
        let servers = Servers::of(&cluster).await?;
        Ok((Some(cluster), servers))
    }

    fn patience(self) -> Duration {
        self.pick(Duration::from_secs(1_200), Duration::from_secs(480))
    }
}

/// Runs a proof to its verdict, within a bounded time.
///
/// # Errors
/// When there is no such proof, or something failed before there was a verdict.
pub async fn run(name: &str, scale: Scale, report: &mut Report) -> Result<()> {
    let proof = async {
        match name {
            "crash" => crash::run(scale, report).await,
            "pause" => pause::run(scale, report).await,
            "faults" => faults::run(scale, report).await,
            "cdnow" => cdnow::run(report).await,
            "badfile" => badfile::run(scale, report).await,
            "consent" => consent::run(scale, report).await,
            "limits" => limits::run(scale, report).await,
            "portfolio" => portfolio::run(scale, report).await,
            "ban" => ban::run(scale, report).await,
            "lanes" => lanes::run(scale, report).await,
            "bulkheads" => bulkheads::run(scale, report).await,
            "forecast" => forecast::run(scale, report).await,
            "smpp" => smpp::run(scale, report).await,
            "peers" => peers::run(scale, report).await,
            "webhooks" => webhooks::run(scale, report).await,
            "webpush" => webpush::run(scale, report).await,
            "providers" => providers::run(scale, report).await,
            "programs" => programs::run(scale, report).await,
            "strangers" => strangers::run(scale, report).await,
            "settings" => settings::run(scale, report).await,
            _ => bail!(
                "there is no proof {name:?}; there are: {}",
                NAMES.map(|(name, _)| name).join(", ")
            ),
        }
    };
    match tokio::time::timeout(scale.patience(), Box::pin(proof)).await {
        Ok(done) => done,
        Err(_) => bail!("no verdict within {} s", scale.patience().as_secs()),
    }
}
