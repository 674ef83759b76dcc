//! `bellhop bench fleet`: the fleet with its whole ledger, as a fraction of a bare pipeline without any.
//!
//! Both send the same number of pushes of the same size over the same connections to the same simulated FCM, on the
//! same cores as their servers, in turn. *Bare*: a publisher puts messages of 100 recipients into a quorum queue
//! (persistent, confirmed), a worker takes one, makes its 100 requests, acknowledges; no database, no limits, no
//! recovery. *Fleet*: a mailing from its launch to its last recorded outcome: planned from the guest base, leased,
//! limited, rendered, sent, every outcome in the ledger.

mod bare;
mod bare_worker;
mod guests;
mod mailing;
mod report;
mod stage;

pub use bare_worker::run as bare_worker;

use super::machine::Machine;
use super::progress;
use anyhow::Result;
use stage::Stage;
use std::time::Duration;

/// One timed run of either pipeline.
pub struct Timed {
    pub messages: u32,
    /// Fleet: launch to the run's end. Bare: first publish to last acknowledgement.
    pub took: Duration,
    /// CPU time by component.
    pub cpu: Vec<(&'static str, Duration)>,
    /// The most memory the worker had resident, bytes.
    pub worker_memory: u64,
}

impl Timed {
    pub fn per_second(&self) -> f64 {
        f64::from(self.messages) / self.took.as_secs_f64()
    }
}

/// A run of the fleet, and what only it has.
pub struct FleetTimed {
    pub timed: Timed,
    /// From the launch to the instant at which the simulator took the first message.
    pub first_message: Duration,
    /// The share of the updates of messages that touched no index.
    pub hot_updates: f64,
}

pub async fn run(recipients: u32, pairs: u32, json: bool) -> Result<()> {
    progress(&format!("bench fleet: starting servers, loading {recipients} guests"));
    let stage = Stage::set(recipients).await?;
    let machine = Machine::describe(&stage.cluster).await?;
    let (mut bare, mut fleet) = (Vec::new(), Vec::new());
    for pair in 1..=pairs.max(1) {
        bare.push(bare::run(&stage).await?);
        fleet.push(mailing::run(&stage).await?);
        let (Some(b), Some(f)) = (bare.last(), fleet.last()) else {
            continue;
        };
        progress(&format!(
            "pair {pair}: bare {:.0}/s, fleet {:.0}/s, ratio {:.2}; first message after {} ms",
            b.per_second(),
            f.timed.per_second(),
            f.timed.per_second() / b.per_second(),
            f.first_message.as_millis(),
        ));
    }
    let loaded_in = stage.loaded_in;
    stage.strike().await?;
    report::print(
        &report::Report {
            machine,
            recipients,
            loaded_in,
            bare,
            fleet,
        },
        json,
    )
}
