//! `bellhop-bench fleet`: the fleet with its whole ledger, as a fraction of a bare pipeline without a ledger.
//!
//! Both send the same number of pushes of the same size over the same connections to the same simulated FCM, on the
//! same cores as their servers, in turn. *Bare*: a publisher puts messages of 100 recipients into a quorum queue
//! (persistent, confirmed), a worker takes one, makes its 100 requests, acknowledges; no database, no limits, no
//! recovery. *Fleet*: a mailing from its launch to its last recorded outcome: planned from the guest base, leased,
//! limited, rendered, sent, every outcome in the ledger.

mod bare;
mod bare_worker;
mod report;

pub use bare_worker::run as bare_worker;

use super::machine::Machine;
use super::mailing;
use super::progress;
use super::stage::Stage;
use super::timed::Pairs;
use anyhow::Result;
use bellhop_domain::EndpointKind;

/// Pushes to Android phones.
const KIND: EndpointKind = EndpointKind::Fcm;

pub async fn run(recipients: u32, pairs: u32, json: bool) -> Result<()> {
    progress(&format!("bench fleet: starting servers, loading {recipients} guests"));
    let stage = Stage::set(&[KIND], recipients).await?;
    let machine = Machine::describe(&stage.cluster).await?;
    let mut made = Pairs::new(KIND);
    for _ in 0..pairs.max(1) {
        let bare = bare::run(&stage).await?;
        progress(&made.add(bare, mailing::run(&stage, KIND).await?));
    }
    let loaded_in = stage.loaded_in;
    stage.strike().await?;
    report::print(
        &report::FleetReport {
            machine,
            recipients,
            loaded_in,
            pairs: made,
        },
        json,
    )
}
