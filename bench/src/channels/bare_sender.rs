//! A process that only sends: the provider of a worker, with as many requests under way, and nothing around it.

use crate::bare_config::{BareConfig, Width};
use crate::recipient::Recipient;
use crate::signalled;
use anyhow::{Context as _, Result, bail};
use bellhop_channels::{Provider, registry};
use bellhop_domain::Outcome;
use futures_util::{StreamExt, stream};
use std::iter;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// What is to be sent, and how far the tasks have got.
struct Work {
    recipients: Vec<Recipient>,
    next: AtomicUsize,
}

/// Sends one message to each address, says `done`, the number of accepted ones and how many microseconds it took, and
/// waits to be stopped.
pub async fn run(config: &Path, sender: &str, addresses: &Path) -> Result<()> {
    let config = BareConfig::read(config)?;
    let section = config.senders.iter().find(|section| section.name == sender);
    let section = section.with_context(|| format!("there is no sender {sender:?}"))?;
    let provider = registry::build(&section.provider, &section.settings, &|name| std::env::var(name).ok())?;
    let width = Width::of_a_worker()?;
    let work = Arc::new(Work::read(addresses)?);
    println!("ready {}", work.recipients.len());
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..width.batches_at_once {
        tasks.spawn(send(provider.clone(), work.clone(), width.requests_per_batch));
    }
    let mut accepted = 0;
    while let Some(sent) = tasks.join_next().await {
        accepted += sent??;
    }
    println!("done {accepted} {}", started.elapsed().as_micros());
    signalled().await?;
    Ok(())
}

impl Work {
    fn read(addresses: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(addresses)?;
        let numbered = (1..).zip(text.lines());
        Ok(Self {
            recipients: numbered
                .map(|(number, address)| Recipient::new(number, address.to_owned()))
                .collect(),
            next: AtomicUsize::new(0),
        })
    }

    /// The index of a recipient that no other task takes.
    fn take(&self) -> Option<usize> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        (place < self.recipients.len()).then_some(place)
    }
}

/// One of the tasks that share the work; returns how many of its messages were accepted.
async fn send(provider: Arc<dyn Provider>, work: Arc<Work>, width: usize) -> Result<u32> {
    let mut outcomes = stream::iter(iter::from_fn(|| work.take()))
        .map(|place| work.recipients[place].send(&*provider))
        .buffer_unordered(width);
    let mut accepted = 0;
    while let Some(outcome) = outcomes.next().await {
        match outcome {
            Outcome::Accepted { .. } => accepted += 1,
            other => bail!("a message was not accepted: {other:?}"),
        }
    }
    Ok(accepted)
}
